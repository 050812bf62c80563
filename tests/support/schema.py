"""Holds records against proto/schema with a validator that is not ours: what any test makes `cubed replay` print, and
what tests read from a broker. Members that the schemas do not name are refused here, although readers must let them
pass: a member that no table names would have no documentation."""
import contextlib
import copy
import gc
import json
from pathlib import Path

import cache
from tap import Failed
from wire import unpack

FOLDER = Path(__file__).resolve().parents[2] / "proto" / "schema"
VALUES = {"cube.state": "cube.state", "cube.snapshot": "cube.state", "cube.changes": "cube.changes", "cube.alerts": "cube.alerts",
          "cube.customers": "cube.customers", "cube.customers.snapshot": "cube.customers"}
TYPES = {"io.cubed.state": "cube.state", "io.cubed.change": "cube.changes", "io.cubed.alert": "cube.alerts", "io.cubed.customer": "cube.customers"}
judged = {}  # records held against each schema by this program

_validators = {}
_seen = set()  # lines judged: replays are often repeated


def library():
    cache.use_package(cache.JSON_SCHEMA)
    import jsonschema_rs
    return jsonschema_rs


def schema(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def closed(x):
    """The same schema, letting no other members pass."""
    if isinstance(x, list):
        return [closed(y) for y in x]
    if not isinstance(x, dict):
        return x
    out = {k: closed(v) for k, v in x.items()}
    if out.get("type") == "object" and "properties" in out:
        out.setdefault("additionalProperties", False)
    return out


def validator(name, strict=True):
    if (name, strict) not in _validators:
        plain = schema(name)
        _validators[name, strict] = library().validator_for(closed(copy.deepcopy(plain)) if strict else plain)
    return _validators[name, strict]


def judge(topic, value, strict=True):
    """Failed when the value of a record is not as the schema of its topic says; None (a tombstone) and topics without one pass."""
    name = VALUES.get(topic)
    if name is None or value is None:
        return
    judged[name] = judged.get(name, 0) + 1
    error = next(iter(validator(name, strict).iter_errors(value)), None)
    if error is not None:
        raise Failed(f"a record of {topic} is not as proto/schema/{name}.json says: {error.message} at {list(error.instance_path)}: "
                     f"{json.dumps(value)[:400]}")


def judge_record(record):
    """A record of kafka-python with the headers of an output; any other passes."""
    headers = {k: (v or b"").decode(errors="replace") for k, v in record.headers or ()}
    topic = TYPES.get(headers.get("ce_type"))
    if topic and record.value is not None:
        packed = headers["content-type"].endswith("msgpack")
        judge(topic, unpack(record.value) if packed else json.loads(record.value))


def reader():
    cache.use_package(cache.JSON)
    import orjson
    return orjson.loads


@contextlib.contextmanager
def no_collector():
    """Looking for circles among values by the million, of which none is in one, takes longer than reading them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@no_collector()
def judge_lines(output):
    """The lines of `cubed replay`, as maps. What is no JSON is for others to find: None then."""
    lines, read = [], reader()
    for line in output.splitlines():
        try:
            x = read(line)
        except ValueError:
            return None
        lines.append(x)
        known = hash(line)
        if isinstance(x, dict) and known not in _seen:
            _seen.add(known)
            judge(x.get("topic"), x.get("value"))
    return lines
