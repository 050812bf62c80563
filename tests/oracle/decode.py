"""From the bytes of a record to an event, or to the reason why not; the checks in the order of domain.md section 2."""
import json
from decimal import Decimal, ROUND_HALF_UP
from math import isfinite

from kinds import AMOUNTS, BOOLEANS, DIMENSIONS, EITHER, INTEGERS, KINDS, KNOWN
from packed import Bytes, DEPTH_MAX, ELEMENTS_MAX, KEY_MAX, Pairs, RECORD_MAX, Refused, STRING_MAX, unpack

TS_MAX = 253402300799999
MICRO = 1_000_000
SCALES = {"nps": (0, 10, True), "csat": (1, 5, True), "ces": (1, 7, True), "grade10": (1, 10, False)}
TEN = ("expectation", "fulfilment", "importance", "role", "experience")


class NotFinite:
    pass


def _json_constant(_):
    raise Refused("undecodable")  # NaN and Infinity are no JSON


def _measure(value, depth, total):
    """Bounds of a decoded value: depth, elements, strings."""
    if isinstance(value, Pairs):
        members = [x for pair in value for x in pair]
        total[0] += len(value)
    elif isinstance(value, list):
        members = value
        total[0] += len(value)
    else:
        if isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > STRING_MAX:
            raise Refused("too_large")
        return
    if depth >= DEPTH_MAX:
        raise Refused("too_deep")
    if total[0] > ELEMENTS_MAX:
        raise Refused("too_large")
    for m in members:
        _measure(m, depth + 1, total)


def parse(raw):
    if raw is None:
        raise Refused("undecodable")
    if len(raw) > RECORD_MAX:
        raise Refused("too_large")
    if not raw.startswith(b"{"):
        return unpack(raw)
    try:
        value = json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=_json_constant, object_pairs_hook=Pairs)
    except (ValueError, RecursionError):
        raise Refused("undecodable") from None
    _measure(value, 0, [0])
    json_text_check(value)
    return value


def json_text_check(value):
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Refused("undecodable") from None
    elif isinstance(value, list):
        for m in value:
            json_text_check(list(m) if isinstance(m, tuple) else m)


def as_map(value):
    if not isinstance(value, Pairs):
        raise Refused("not_a_map")
    fields = {}
    for key, x in value:
        if not isinstance(key, str) or key in fields:
            raise Refused("undecodable")
        fields[key] = x
    return fields


def finite(x):
    return isfinite(float(x)) if isinstance(x, (int, float, Decimal)) else True


def micro(x):
    """Fixed point with six decimals, half away from zero."""
    return int((Decimal(x) * MICRO).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def is_number(x):
    return isinstance(x, (int, float, Decimal)) and not isinstance(x, bool)


def whole(x):
    if is_number(x) and finite(x) and Decimal(x) == int(Decimal(x)):
        return int(Decimal(x))
    return None


def typed(name, x):
    """A field's value in its type, NotFinite, or Refused."""
    if name in AMOUNTS:
        if not is_number(x):
            raise Refused("wrong_type")
        if not finite(x):
            return NotFinite
        if abs(Decimal(x)) > Decimal(2 ** 63) / MICRO or abs(micro(x)) >= 2 ** 63:
            raise Refused("wrong_type")
        return micro(x)
    if name in INTEGERS:
        if is_number(x) and not finite(x):
            return NotFinite
        if whole(x) is None:
            raise Refused("wrong_type")
        return whole(x)
    if name in BOOLEANS:
        if not isinstance(x, bool):
            raise Refused("wrong_type")
        return x
    if not isinstance(x, str):
        raise Refused("wrong_type")
    return x


def on_scale(value, low, high, integer):
    if not low * MICRO <= value <= high * MICRO or (integer and value % MICRO):
        raise Refused("wrong_type")


def check_values(e):
    if e["kind"] == "enps":
        on_scale(e["value"], 0, 10, True)
    if e["kind"] == "survey" and "instrument" in e:
        if e["instrument"] in SCALES:
            on_scale(e["value"], *SCALES[e["instrument"]])
        elif e["instrument"] in TEN:
            on_scale(e["value"], 0, 10, False)
    if e["kind"] == "survey" and "scale" in e:
        if not 2 <= e["scale"] <= 100:
            raise Refused("wrong_type")
        on_scale(e["value"], 1, e["scale"], False)
    if "influence" in e:
        on_scale(e["influence"], 0, 100, False)
    if "fraction" in e:
        on_scale(e["fraction"], 0, 100, False)


def entity_field(topic, kind):
    return "subject" if kind == "benchmark" else "employee" if topic == "hr" else "customer"


def event_of(topic, key, raw):
    """The event as a map of typed fields; None for an unknown kind; Refused with the reason."""
    if key is not None and len(key) > KEY_MAX:
        raise Refused("too_large")
    fields = {k: v for k, v in as_map(parse(raw)).items() if v is not None}
    if "v" not in fields:
        raise Refused("missing_field")
    if isinstance(fields["v"], bool) or whole(fields["v"]) != 1:
        raise Refused("version")
    if "kind" not in fields:
        raise Refused("missing_field")
    if not isinstance(fields["kind"], str):
        raise Refused("wrong_type")
    kind = KINDS.get((topic, fields["kind"]))
    if kind is None:
        if fields["kind"] in KNOWN:
            raise Refused("wrong_topic")
        return None
    entity = entity_field(topic, kind.name)
    if any(f not in fields for f in ["id", "ts", entity, *kind.required]):
        raise Refused("missing_field")
    if kind.name in EITHER and not any(f in fields for f in EITHER[kind.name]):
        raise Refused("missing_field")
    return convert(kind, entity, fields, key)


def convert(kind, entity, fields, key):
    e = {"kind": kind.name, "topic": kind.topic, "act": kind.act}
    for name in ["id", entity, *kind.required, *kind.optional, *DIMENSIONS, "source"]:
        if name in fields:
            if isinstance(fields[name], Bytes):
                raise Refused("wrong_type")
            e[name] = typed(name, fields[name])
    ts = fields["ts"]
    if is_number(ts) and not finite(ts):
        e["ts"] = NotFinite
    else:
        e["ts"] = whole(ts)
        if e["ts"] is None or not 0 <= e["ts"] <= TS_MAX:
            raise Refused("wrong_type")
    if not e["id"] or not e[entity]:
        raise Refused("wrong_type")
    if NotFinite in e.values():
        raise Refused("not_finite")
    check_values(e)
    if key is None or key != e[entity].encode():
        raise Refused("key_mismatch")
    e["entity"] = e[entity]
    return e
