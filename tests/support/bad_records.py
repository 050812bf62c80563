"""Records that must be refused, with the reason, for `cubed replay --records` and for a real broker.

Every case is (name, topic, key, value, reason): key and value as bytes or None. The reasons and the order of
the checks are those of the model page: of two faults in one record the earlier check tells.
"""
import json

from wire import pack

T0 = 1_704_067_200_000  # 2024-01-01T00:00:00Z: behind the clock of any machine
DAY = 86_400_000
REASONS = ("undecodable", "not_a_map", "missing_field", "wrong_type", "wrong_topic", "not_finite", "version", "key_mismatch", "future",
           "too_large", "too_deep", "late")

_count = 0


def fresh(name, /, **fields):
    """A good event with an id of its own; a field of value Ellipsis is left out."""
    global _count
    _count += 1
    event = {"v": 1, "id": f"b{_count}", "ts": T0, "kind": name, "customer": "c1", **fields}
    return {k: v for k, v in event.items() if v is not ...}


def complaint(**fields):
    return fresh("complaint", **fields)


def purchase(**fields):
    return fresh("purchase", **{"order": "o1", "revenue": 5, **fields})


def measured(**fields):
    return fresh("measurement", **{"cpi": "minutes", "value": 1, **fields})


def hr(name, /, **fields):
    return fresh(name, **{"customer": ..., "employee": "e1", **fields})


def text(event):
    """JSON as bytes; allow_nan is off: NaN is no JSON."""
    return json.dumps(event, ensure_ascii=False, allow_nan=False).encode()


def spliced(event, member):
    """JSON with one more member, given as text."""
    return text(event)[:-1] + b", " + member + b"}"


def packed_pairs(*pairs):
    """A MessagePack map of pairs, which may repeat keys or have keys that are no text."""
    body = b"".join(pack(k) + (v if isinstance(v, bytes) else pack(v)) for k, v in pairs)
    return bytes([0x80 | len(pairs)]) + body if len(pairs) < 16 else b"\xde" + len(pairs).to_bytes(2, "big") + body


def both(name, topic, key, event, reason):
    """The same in the two forms."""
    return [(f"{name} (MessagePack)", topic, key, pack(event), reason), (f"{name} (JSON)", topic, key, text(event), reason)]


def undecodable():
    good = complaint()
    pairs = list(good.items())
    broken = [("no value", None), ("an empty value", b""), ("JSON that ends early", text(good)[:-1]), ("JSON that is none", b"{v: 1}"),
              ("bytes after JSON", text(good) + b" 1"), ("a second map after JSON", text(good) * 2), ("bytes after MessagePack", pack(good) + b"\x01"),
              ("MessagePack that ends early", pack(good)[:-3]), ("a byte that begins nothing", b"\xc1"),
              ("a byte that begins nothing, inside", packed_pairs(*pairs, ("note", b"\xc1"))),
              ("a key twice (JSON)", spliced(good, b'"kind": "complaint"')), ("an unknown key twice (JSON)", spliced(good, b'"x": 1, "x": 2')),
              ("a key twice (MessagePack)", packed_pairs(*pairs, ("kind", "complaint"))),
              ("an unknown key twice (MessagePack)", packed_pairs(*pairs, ("x", 1), ("x", 2))),
              ("a key that is a number", packed_pairs(*pairs, (7, 1))), ("a lone surrogate", spliced(good, b'"note": "\\ud800"')),
              ("no UTF-8 (JSON)", spliced(good, b'"note": "\xff"')), ("no UTF-8 (MessagePack)", packed_pairs(*pairs, ("note", b"\xa2\xc0\x80"))),
              ("NaN in JSON", spliced(good, b'"x": NaN'))]
    return [(name, "interactions", b"c1", value, "undecodable") for name, value in broken]


def not_a_map():
    values = [("a list", pack([1, 2])), ("nil", pack(None)), ("a number", pack(7)), ("a text", pack("complaint")), ("a number in text", b"7")]
    return [(name, "cpi", b"c1", value, "not_a_map") for name, value in values]


def version():
    return [case for v in (2, 0, -1, "1", True, 1.5, [1]) for case in both(f"v is {v!r}", "interactions", b"c1", complaint(v=v), "version")]


def missing_field():
    rows = [("v", "interactions", complaint(v=...)), ("v is null", "interactions", complaint(v=None)), ("kind", "interactions", complaint(kind=...)),
            ("kind is null", "interactions", complaint(kind=None)), ("id", "interactions", complaint(id=...)), ("ts", "interactions", complaint(ts=...)),
            ("ts is null", "interactions", complaint(ts=None)), ("customer", "interactions", complaint(customer=...)),
            ("order", "interactions", purchase(order=...)), ("revenue", "interactions", purchase(revenue=None)),
            ("amount and minutes", "interactions", fresh("cost", category="sales")), ("value", "cpi", measured(value=...)),
            ("cpi", "cpi", measured(cpi=...)), ("instrument", "cpi", fresh("survey", value=3))]
    cases = [case for name, topic, event in rows for case in both(f"without {name}", topic, b"c1", event, "missing_field")]
    for name, event in (("employee", hr("hire", employee=...)), ("theme", hr("survey", value=3, scale=5)), ("enps value", hr("enps"))):
        cases += both(f"without {name}", "hr", b"e1", event, "missing_field")
    return cases


def wrong_type():
    rows = [("kind is a number", "interactions", complaint(kind=5)), ("ts is a text", "interactions", complaint(ts="now")),
            ("ts is negative", "interactions", complaint(ts=-1)), ("ts is beyond the year 9999", "interactions", complaint(ts=253_402_300_800_000)),
            ("ts has a fraction", "interactions", complaint(ts=1.5)), ("id is empty", "interactions", complaint(id="")),
            ("id is a number", "interactions", complaint(id=7)), ("customer is a list", "interactions", complaint(customer=["c1"])),
            ("region is a number", "interactions", complaint(region=3)), ("revenue is a text", "interactions", purchase(revenue="5")),
            ("revenue is true", "interactions", purchase(revenue=True)), ("revenue does not fit", "interactions", purchase(revenue=1e13)),
            ("satisfied is a number", "interactions", fresh("contact.confirm", case="1", satisfied=1)),
            ("influence beyond 100", "interactions", fresh("social.like", ref="r", influence=101)),
            ("nps of 11", "cpi", fresh("survey", instrument="nps", value=11)), ("nps of 7.5", "cpi", fresh("survey", instrument="nps", value=7.5)),
            ("csat of 0", "cpi", fresh("survey", instrument="csat", value=0)), ("value is a map", "cpi", measured(value={"a": 1}))]
    cases = [case for name, topic, event in rows for case in both(name, topic, b"c1", event, "wrong_type")]
    for name, event in (("answer beyond its scale", hr("survey", theme="pride", value=6, scale=5)), ("scale of 1", hr("survey", theme="pride", value=1, scale=1)),
                        ("voluntary is a text", hr("exit", voluntary="yes")), ("enps of -1", hr("enps", value=-1))):
        cases += both(name, "hr", b"e1", event, "wrong_type")
    pairs = list(purchase(revenue=...).items())
    cases.append(("bin in a known field", "interactions", b"c1", packed_pairs(*pairs, ("revenue", b"\xc4\x01\x05")), "wrong_type"))
    cases.append(("ext in a known field", "interactions", b"c1", packed_pairs(*pairs, ("revenue", b"\xd4\x01\x05")), "wrong_type"))
    return cases


def wrong_topic():
    return [*both("a purchase on cpi", "cpi", b"c1", purchase(), "wrong_topic"), *both("a measurement on hr", "hr", b"c1", measured(), "wrong_topic"),
            *both("a hire on interactions", "interactions", b"e1", hr("hire"), "wrong_topic"), *both("enps on cpi", "cpi", b"e1", hr("enps", value=9), "wrong_topic")]


def not_finite():
    inf, nan = float("inf"), float("nan")
    cases = [(f"revenue {v} (MessagePack)", "interactions", b"c1", pack(purchase(revenue=v)), "not_finite") for v in (inf, -inf, nan)]
    single = packed_pairs(*purchase(revenue=...).items(), ("revenue", b"\xca\x7f\x80\x00\x00"))
    cases.append(("infinite in single precision", "interactions", b"c1", single, "not_finite"))
    cases.append(("beyond a double (JSON)", "interactions", b"c1", spliced(purchase(revenue=...), b'"revenue": 1e999'), "not_finite"))
    cases.append(("beyond a double, negative", "cpi", b"c1", spliced(measured(value=...), b'"value": -1e400'), "not_finite"))
    return cases


def key_mismatch():
    subject = fresh("benchmark", customer=..., subject="rival", metric="nps", value=3)
    return [*both("no key", "interactions", None, complaint(), "key_mismatch"), *both("another key", "interactions", b"c2", complaint(), "key_mismatch"),
            *both("an empty key", "interactions", b"", complaint(), "key_mismatch"), *both("a longer key", "interactions", b"c11", complaint(), "key_mismatch"),
            *both("a key that is no UTF-8", "cpi", b"\xff\xfe", measured(), "key_mismatch"), *both("another employee", "hr", b"e2", hr("hire"), "key_mismatch"),
            *both("a benchmark under a customer", "cpi", b"c1", subject, "key_mismatch")]


def too_large():
    filler = "x" * 65_000
    record = complaint(**{f"n{i}": filler for i in range(17)})
    return [*both("a record beyond 1 MiB", "interactions", b"c1", record, "too_large"), *both("a text beyond 64 KiB", "interactions", b"c1", complaint(note="x" * 65_537), "too_large"),
            *both("a text beyond 64 KiB in a known field", "cpi", b"c1", measured(unit="x" * 65_537), "too_large"),
            *both("more than 4096 members", "interactions", b"c1", complaint(x=list(range(4_100))), "too_large"),
            *both("a key beyond 1024 bytes", "interactions", b"k" * 1_025, complaint(customer="k" * 1_025), "too_large"),
            ("a text that says it is long", "interactions", b"c1", packed_pairs(("v", 1), ("note", b"\xdb\x7f\xff\xff\xff")), "too_large")]


def too_deep():
    deep = 1
    for _ in range(17):
        deep = [deep]
    maps = 1
    for _ in range(40):
        maps = {"m": maps}
    return [*both("lists in lists", "interactions", b"c1", complaint(x=deep), "too_deep"), *both("maps in maps", "cpi", b"c1", measured(x=maps), "too_deep"),
            ("four thousand lists", "interactions", b"c1", b"\x81\xa1x" + b"\x91" * 4_000 + b"\x01", "too_deep"),
            ("nothing but open braces", "interactions", b"c1", b'{"x":' * 4_000, "too_deep")]


def two_faults():
    """Of two faults the earlier check tells."""
    inf = float("inf")
    rows = [("too deep before undecodable", "interactions", b"c1", b"\x81\xa1x" + b"\x91" * 30, "too_deep"),
            ("undecodable before version", "interactions", b"c1", pack(complaint(v=2)) + b"\x01", "undecodable"),
            ("version before kind", "interactions", b"c1", pack(complaint(v=2, kind=...)), "version"),
            ("kind before required fields", "interactions", b"c1", pack(complaint(kind=5, id=...)), "wrong_type"),
            ("wrong topic before required fields", "cpi", b"c1", pack(purchase(order=...)), "wrong_topic"),
            ("required fields before types", "interactions", b"c1", pack(purchase(order=..., revenue="5")), "missing_field"),
            ("types before finiteness", "interactions", b"c1", pack(purchase(revenue=inf, order=5)), "wrong_type"),
            ("finiteness before the key", "interactions", b"c2", pack(purchase(revenue=inf)), "not_finite"),
            ("the key before the clock", "interactions", b"c2", pack(complaint(ts=T0 + 400 * DAY)), "key_mismatch")]
    return rows


def all_cases():
    """All that are refused by what they hold (not by the clock, not by the watermark)."""
    return [case for part in (undecodable, not_a_map, version, missing_field, wrong_type, wrong_topic, not_finite, key_mismatch, too_large, too_deep, two_faults)
            for case in part()]


def ignored_cases():
    """(name, topic, key, value): of an unknown kind, whatever else they lack."""
    rows = [("an unknown kind", complaint(kind="no.such")), ("without id, ts and customer", {"v": 1, "kind": "no.such"}),
            ("an empty kind", complaint(kind="")), ("with a wrong type", complaint(kind="no.such", ts="now"))]
    return [(name, topic, b"c1", form(event)) for name, event in rows for topic in ("interactions", "cpi", "hr") for form in (pack, text)]


def odd_but_good():
    """(name, topic, key, value): complaints that must count."""
    zero = "a\u0000b"
    return [("an unknown field", "interactions", b"c1", pack(complaint(colour="red"))),
            ("ext in an unknown field", "interactions", b"c1", packed_pairs(*complaint().items(), ("x", b"\xd4\x01\x05"))),
            ("a null in an optional field", "interactions", b"c1", text(complaint(region=None))),
            ("U+0000 in a text", "interactions", zero.encode(), text(complaint(customer=zero))),
            ("white space around JSON", "interactions", b"c1", b'{ "v" : 1,' + text(complaint(v=...))[1:] + b" \n"),
            ("a surrogate pair", "interactions", b"c1", spliced(complaint(), b'"note": "\\ud83d\\ude00"')),
            ("sixteen levels", "interactions", b"c1", pack(complaint(x=[[[[[[[[[[[[[[1]]]]]]]]]]]]]])))]
