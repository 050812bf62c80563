#!/usr/bin/env python3
"""Order does not show: the demo company's events in many orders shuffled within out_of_order, over several
partition counts and commit intervals, give the same final states, the same changes and alerts per key, the
same customers and the same last records."""
import json
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import cubed, folder, last, lines_of, record, sequences, write_config, write_events  # noqa: E402
from tap import equal, holds, main  # noqa: E402

SEED = int(os.environ.get("ORDER_SEED", "1"))
OUT_OF_ORDER_MS = 6 * 3600 * 1000
PARTITIONS = (1, 4, 12)
HR_KINDS = ("hire", "exit", "transfer", "absence.start", "absence.update", "absence.end", "productive", "recruit_cost", "enps", "headcount")
PACK = """version: 1
name: pack
kafka: {bootstrap.servers: "127.0.0.1:9092"}
time: {out_of_order: 6h, lateness: 1d, idle_after: never}
scopes: [division, region, segment, department, [region, segment]]
publish: {customers: all}
privacy: {k: 3}
cube: {tick: 1h, dwell: 1h, min_coverage: 0.2, confidence: none, hysteresis: 0.5}
"""


def company(count):
    return [json.loads(line) for line in cubed("demo", "--print", count).stdout.splitlines()]


def demo_config():
    """The demo's configuration, with more disorder allowed and judging so eagerly that something happens all the time."""
    text = cubed("demo", "--print-config").stdout.decode()
    for demo, eager in (("out_of_order: 1m", "out_of_order: 6h"), ("dwell: 6h", "dwell: 10m, confidence: none, hysteresis: 0.5, min_coverage: 0.2"),
                        ("min_n: 10", "min_n: 2"), ("below: 0.75, bound: upper, clear: 0.85", "below: 0.9, clear: 0.92"),
                        ("below: 20, bound: upper, clear: 25", "below: 60, clear: 61")):
        holds(demo in text, f"the demo's configuration says {demo}")
        text = text.replace(demo, eager)
    return text


def topic_of(e):
    if e["kind"] in HR_KINDS or (e["kind"] == "survey" and "customer" not in e):
        return "hr"
    return "cpi" if e["kind"] in ("measurement", "survey", "benchmark") else "interactions"


def as_record(e):
    topic = topic_of(e)
    return record(topic, e["employee"] if topic == "hr" else e.get("customer", e.get("subject")), json.dumps(e))


def shuffled(events, seed):
    """No event comes after one that is out_of_order younger: nothing is a straggler, in any partition."""
    r = random.Random(seed)
    return sorted(events, key=lambda e: e["ts"] + r.randrange(OUT_OF_ORDER_MS))


def outcome(config, events, partitions, every):
    with folder() as place:
        path = write_config(place / "config.yaml", config)
        records = write_events(place / "records.ndjson", map(as_record, events))
        options = ["--commit-every", every] if every else []
        lines = lines_of(cubed("replay", "-c", path, "--records", records, "--partitions", partitions, *options, timeout=300).stdout)
    return {"states": last(lines, "cube.state"), "customers": last(lines, "cube.customers"), "changes": sequences(lines, "cube.changes"),
            "alerts": sequences(lines, "cube.alerts"), "refused": sorted(x["topic"] for x in lines if x["topic"] in ("cube.late", "cube.dead-letters"))}


def same(config, events, combinations, seed):
    """Plays the events in as many orders as there are combinations, each under its (partitions, every)."""
    want = outcome(config, events, 1, 0)
    for i, (partitions, every) in enumerate(combinations):
        got = outcome(config, shuffled(events, seed + i), partitions, every)
        for part, value in want.items():
            equal(got[part], value, f"{part} with seed {seed + i}, {partitions} partitions, committed every {every} records")
    return want


def in_turn(orders):
    if "asan" in os.environ.get("CUBED_BINARY", ""):
        orders = min(orders, 3)  # several times as slow, and the orders are not what it looks for
    pairs = [(p, every) for every in (1, 100, 10000) for p in PARTITIONS]
    return [pairs[i % len(pairs)] for i in range(orders)]


def test_shuffled_demo_company_ends_in_the_same_states_changes_and_alerts():
    want = same(demo_config(), company(12000), in_turn(9), SEED)
    holds(len(want["states"]) > 15 and len(want["customers"]) > 1000, "there is something to compare")
    holds(sum(map(len, want["changes"].values())) >= 3, "scopes moved")
    holds(sum(map(len, want["alerts"].values())) > 10, "alerts fired")
    equal(want["refused"], [], "late records and dead letters")


def test_shuffled_company_under_the_built_in_pack_gives_the_same():
    want = same(PACK, company(8000), in_turn(9), SEED + 1000)
    holds(len(want["states"]) > 15 and len(want["customers"]) == 2000, "there is something to compare")


def regretted(events, seed):
    """The same with some purchases cancelled and some customers erased, within the hours that are shuffled."""
    r = random.Random(seed)
    more = []
    for e in events:
        after = {"v": 1, "ts": e["ts"] + r.randrange(1, OUT_OF_ORDER_MS), "customer": e.get("customer")}
        if e["kind"] == "purchase" and r.random() < 0.3:
            more.append({**after, "id": f"cancel-{e['id']}", "kind": "order.cancelled", "order": e["order"]})
        if "customer" in e and r.random() < 0.01:
            more.append({**after, "id": f"erase-{e['id']}", "kind": "customer.erase"})
    return sorted(events + more, key=lambda e: e["ts"]), more


def test_shuffled_cancellations_and_erasures_give_the_same():
    events, more = regretted(company(3000), SEED)
    want = same(PACK, events, in_turn(5), SEED + 2000)
    holds(len(more) > 100 and any(x is None for x in want["customers"].values()), "orders were cancelled and customers erased")


if __name__ == "__main__":
    print(f"# seed {SEED} (ORDER_SEED)")
    main()
