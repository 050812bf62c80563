#!/usr/bin/env python3
"""proto/schema: not stale, well formed, and of one mind with the decoder: what a schema refuses becomes a dead letter,
and nothing else does."""
import importlib.machinery
import importlib.util
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import schema
from program import cubed, of_topic, record, replay
from tap import Failed, equal, holds, main

TOPICS = ("interactions", "cpi", "hr")
T0 = 1_767_225_600_000
CONFIG = {"version": 1, "pack": "none", "kafka": {"bootstrap.servers": "127.0.0.1:9092"}, "scopes": ["region"], "measures": [
    {"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "1d"}]}


def made():
    loader = importlib.machinery.SourceFileLoader("write", str(Path(__file__).resolve().parent / "write"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("write", loader))
    loader.exec_module(module)
    return module.made()


def test_the_files_are_what_the_tables_say():
    kept = {p.name: p.read_text(encoding="utf-8") for p in schema.FOLDER.iterdir()}
    files = made()
    equal(sorted(kept), sorted(files), "files; tests/schema/write makes them anew")
    stale = [name for name in files if files[name] != kept[name]]
    equal(stale, [], "stale files; tests/schema/write makes them anew")


def test_every_schema_is_one_of_draft_2020_12():
    for path in sorted(schema.FOLDER.glob("*.json")):
        it = json.loads(path.read_text(encoding="utf-8"))
        equal(it["$schema"], "https://json-schema.org/draft/2020-12/schema", path.name)
        schema.library().meta.validate(it)


def test_a_record_that_no_table_names_is_refused():
    state = {"v": 1, "scope": "organisation", "as_of": 1, "revision": 0, "complete": True, "missing": [], "model": "0123abcd", "undecided": False,
             "stale": False, "axes": {a: {"side": "unknown", "coverage": 0.0, "basis": "own"} for a in "EXV"}, "measures": {}, "levers": []}
    schema.judge("cube.state", state)
    for wrong in ({"more": 1}, {"v": 2}, {"as_of": 1.5}, {"model": "4f1c9ad"}, {"octant": "limbo"}, {"code": 8}, {"levers": [{}]}, {"missing": [1]},
                  {"axes": {"E": state["axes"]["E"]}}, {"measures": {"m": {"n": 1}}}, {"measures": {"m": {"window": "1d", "mode": 1}}}):
        try:
            schema.judge("cube.state", {**state, **wrong})
        except Failed:
            continue
        raise Failed(f"{wrong} passed")
    schema.judge("cube.state", {**state, "more": 1}, strict=False)  # readers let members pass that they do not know


# ---------------------------------------------------------------- the decoder and the schemas

def good_value(r, name, rule, event):
    kind = rule["type"] if isinstance(rule["type"], str) else rule["type"][0]
    if kind == "string":
        return r.choice(("nps", "csat", "ces", "grade10", "walk")) if name == "instrument" else r.choice(("a", "b-7", "caf\u00e9"))
    if kind == "boolean":
        return r.random() < 0.5
    low, high = max(rule.get("minimum", 0), -1e6), min(rule.get("maximum", 1e6), 1e6)
    if name == "value":
        scale = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "grade10": (1, 10)}.get(event.get("instrument"))
        low, high = scale or ((1, event["scale"]) if "scale" in event else (low, high))
    return r.randint(int(low), int(high))


def good_event(r, topic, kind, rules, number):
    event = {"v": 1, "id": f"{topic}-{kind}-{number}", "ts": T0 + number, "kind": kind}
    names = sorted(rules["properties"], key=lambda n: n == "value")  # the scale first
    either = [x["required"][0] for x in rules.get("anyOf", ())]
    for name in names:
        if name in rules["required"] or name in either[:1] or r.random() < 0.4:
            event[name] = good_value(r, name, rules["properties"][name], event)
    return event


def damaged(r, event):
    """One thing is another now; it may still be good."""
    name = r.choice([n for n in event if n not in ("kind", "ts", "id")])
    change = r.randrange(6)
    out = dict(event)
    if change == 0:
        del out[name]
    else:
        out[name] = (None, "text", -3.5, True, 11, [])[change]
    return out


def said_by_schema(topic, event):
    return schema.validator(topic, strict=False).is_valid(event)


def key_of(topic, event):
    name = "employee" if topic == "hr" else "subject" if event["kind"] == "benchmark" else "customer"
    value = event.get(name)
    return value if isinstance(value, str) else "k"


def test_the_decoder_and_the_schemas_refuse_the_same():
    r = random.Random(7)
    kinds = refused = 0
    for topic in TOPICS:
        events = []
        for kind, rules in schema.schema(topic)["$defs"].items():
            kinds += 1
            for i in range(12):
                event = good_event(r, topic, kind, rules, len(events))
                holds(said_by_schema(topic, event), f"the schema takes {event}")
                events.append(event if i < 3 else damaged(r, event))
        lines = replay(CONFIG, records=[record(topic, key_of(topic, e), json.dumps(e)) for e in events])
        dead = {int(x["headers"]["cubed.source.offset"]): x["headers"] for x in lines if x["topic"] == "cube.dead-letters"}
        for offset, event in enumerate(events):
            good = said_by_schema(topic, event)
            refused += not good
            equal(offset not in dead, good, f"{topic} {json.dumps(event)}: the decoder says {dead.get(offset)}")
    equal(kinds, 49, "kinds")
    holds(refused > 100, f"{refused} refused")
    print(f"# {kinds} kinds, {refused} events refused by both")


def test_the_events_of_the_demo_are_as_the_schemas_say():
    kinds = {name: set(schema.schema(name)["$defs"]) for name in TOPICS}
    seen = set()
    for line in cubed("demo", "--print", "60000").stdout.decode().splitlines():
        event = json.loads(line)
        topic = "hr" if "customer" not in event and event["kind"] != "benchmark" else "cpi" if event["kind"] in kinds["cpi"] else "interactions"
        holds(event["kind"] in kinds[topic], f"{event['kind']} is a kind of {topic}")
        error = next(iter(schema.validator(topic, strict=False).iter_errors(event)), None)
        holds(error is None, f"{line}: {error}")
        seen.add((topic, event["kind"]))
    holds(len(seen) > 20, f"{len(seen)} kinds")


def test_unknown_kinds_and_fields_pass():
    for topic in TOPICS:
        holds(said_by_schema(topic, {"v": 1, "id": "a", "ts": T0, "kind": "something.else", "more": [1]}), "an unknown kind is ignored")
        holds(not said_by_schema(topic, {"v": 2, "id": "a", "ts": T0, "kind": "something.else"}), "another version is refused")
    lines = replay(CONFIG, interactions=[{"v": 1, "id": "a", "ts": T0, "kind": "complaint", "customer": "c", "more": [1]}])
    equal(of_topic(lines, "cube.dead-letters"), [], "an unknown field is no fault")


if __name__ == "__main__":
    main()
