"""Records that must be refused, with the reason, made from good events; and good ones as raw records."""
import json
import random
import struct

from wire import pack

DEEP = "[" * 40 + "]" * 40


def bad_records(seed, events):
    """(topic, key, value, reason) per way of being wrong; reason None: ignored."""
    r = random.Random(seed)
    topic, good = r.choice([(t, e) for t, es in events.items() for e in es if e["kind"] != "unheard.of"])
    return [(t, k, v, why) for t, k, v, why in ways(topic, dict(good, id=f"bad{seed}"), r)]


def key_of(e):
    return (e.get("employee") or e.get("customer")).encode()


def ways(topic, e, r):
    key = key_of(e)
    other = "hr" if topic != "hr" else "interactions"
    who = "employee" if topic == "hr" else "customer"

    def text(x):
        return json.dumps(x).encode()

    def without(name):
        return text({k: v for k, v in e.items() if k != name})

    survey = {"v": 1, "id": e["id"], "ts": e["ts"], "kind": "survey", "customer": "c0", "instrument": "nps", "value": 5}
    cut = pack(e)
    return [
        (topic, key, None, "undecodable"),
        (topic, key, b"", "undecodable"),
        (topic, key, text(e)[:-1], "undecodable"),
        (topic, key, text(e) + b"x", "undecodable"),
        (topic, key, cut[:r.randrange(1, len(cut))], "undecodable"),
        (topic, key, cut + b"\xc0", "undecodable"),
        (topic, key, text(e).replace(b'"id"', b'"ts": 1, "id"'), "undecodable"),
        (topic, key, text(e)[:-1] + b', "unit": "\xff"}', "undecodable"),
        (topic, key, text(e)[:-1] + b', "zzz": "\\ud800"}', "undecodable"),
        (topic, key, text(e)[:-1] + b', "zzz": NaN}', "undecodable"),
        (topic, key, pack(e)[:1] + b"\x01" + pack(e)[3:], "undecodable"),
        (topic, key, b"[1]", "undecodable"),
        (topic, key, pack([1, 2]), "not_a_map"),
        (topic, key, pack("text"), "not_a_map"),
        (topic, key, text(e)[:-1] + b', "zzz": ' + DEEP.encode() + b"}", "too_deep"),
        (topic, key, text(dict(e, zzz="x" * 70_000)), "too_large"),
        (topic, key, text(dict(e, zzz=list(range(5000)))), "too_large"),
        (topic, b"k" * 1100, text(e), "too_large"),
        (topic, key, b'{"a":"' + b"x" * (1 << 20) + b'"}', "too_large"),
        (topic, key, without("v"), "missing_field"),
        (topic, key, text(dict(e, v=None)), "missing_field"),
        (topic, key, text(dict(e, v=2)), "version"),
        (topic, key, text(dict(e, v="1")), "version"),
        (topic, key, text(dict(e, v=1.5)), "version"),
        (topic, key, without("kind"), "missing_field"),
        (topic, key, text(dict(e, kind=7)), "wrong_type"),
        (other, key, text(dict(e, kind="purchase" if other == "hr" else "hire")), "wrong_topic"),
        (topic, key, text(dict(e, kind="no.such.kind", ts="x")), None),
        (topic, key, without("id"), "missing_field"),
        (topic, key, without("ts"), "missing_field"),
        (topic, key, without(who), "missing_field"),
        (topic, key, text(dict(e, id="")), "wrong_type"),
        (topic, key, text(dict(e, id=5)), "wrong_type"),
        (topic, key, text(dict(e, ts=-1)), "wrong_type"),
        (topic, key, text(dict(e, ts=253402300800000)), "wrong_type"),
        (topic, key, text(dict(e, ts=e["ts"] + 0.5)), "wrong_type"),
        (topic, key, text(dict(e, region=3)), "wrong_type"),
        (topic, key, cut[:1].replace(cut[:1], bytes([cut[0] + 1])) + cut[1:] + pack("region") + b"\xc4\x01a" if "region" not in e else cut[:-1], "wrong_type" if "region" not in e else "undecodable"),
        ("cpi", b"c0", text(dict(survey, value=11)), "wrong_type"),
        ("cpi", b"c0", text(dict(survey, value=5.5)), "wrong_type"),
        ("cpi", b"c0", text(dict(survey, value=True)), "wrong_type"),
        ("cpi", b"c0", text(survey).replace(b'"value": 5', b'"value": 1e999'), "not_finite"),
        ("cpi", b"c0", pack(survey).replace(pack("value") + b"\x05", pack("value") + b"\xcb" + struct.pack(">d", float("nan"))), "not_finite"),
        ("cpi", b"c0", text(dict(survey, value=1e300)), "wrong_type"),
        (topic, b"somebody else", text(e), "key_mismatch"),
        (topic, None, text(e), "key_mismatch"),
    ]
