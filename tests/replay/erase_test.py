#!/usr/bin/env python3
"""Erased customers through cubed replay: stocks go, flows stay, what comes late makes nobody again."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import cubed, event, folder, last, lines_of, of_topic, record, replay, write_config, write_events
from tap import equal, main

T0 = 1767225600000
HOUR = 3_600_000
DAY = 24 * HOUR
CONFIG = {"version": 1, "name": "erased", "pack": "none", "scopes": ["region"], "publish": {"customers": "all"}, "time": {"out_of_order": "0s", "lateness": "1d"},
          "measures": [{"name": "orders", "aggregation": "count", "from": {"kind": "purchase"}, "window": "30d"},
                       {"name": "customers", "aggregation": "active", "window": "30d"},
                       {"name": "margin", "aggregation": "mean", "from": {"ledger": "margin", "per": "customer"}, "window": "30d"},
                       {"name": "cases", "aggregation": "first_time", "window": "30d"},
                       {"name": "quotes", "aggregation": "duration", "from": {"open": "request.open", "close": "request.done", "by": "request"}, "target": "1d", "window": "30d"}]}


def figures(lines):
    m = last(lines, "cube.state")["region=north"]["measures"]
    return (m["orders"]["n"], m["customers"]["n"], m["margin"]["n"], m["cases"]["waiting"], m["quotes"]["waiting"])


def act(kind, ts, customer="c1", **fields):
    return event(kind, ts, customer=customer, region="north", **fields)


def life(customer="c1", start=T0):
    return [act("purchase", start, customer, order="a", revenue=10), act("contact.open", start + 1, customer, case="k"), act("request.open", start + 2, customer, request="q"),
            act("customer.erase", start + HOUR, customer)]


def test_stragglers_count_in_flows_and_make_nobody():
    late = [act("purchase", T0 + 3, order="b", revenue=5), act("contact.open", T0 + 4, case="k2"), act("request.open", T0 + HOUR, request="q2")]
    lines = replay(CONFIG, "--until", "2026-01-02T00:00:00Z", "--customers", "--at", "2026-01-02T00:00:00Z",
                   interactions=[*life(), act("selfservice.login", T0 + 5 * HOUR, "other"), *late])
    equal(figures(lines), (2, 1, 1, 0, 0))
    equal([v is None for v in of_topic(lines, "cube.customers", "c1")][-1], True)
    equal([x["key"] for x in lines if x["topic"] == "cube.customers.snapshot"], ["other"])


def test_a_later_event_begins_anew_and_old_ones_leave_it_alone():
    lines = replay(CONFIG, "--until", "2026-01-04T00:00:00Z",
                   interactions=[*life(), act("purchase", T0 + 2 * HOUR, order="c", revenue=7), act("purchase", T0 + 3, order="b", revenue=5), act("customer.erase", T0 + 5)])
    equal(figures(lines), (3, 1, 1, 0, 0))
    c = last(lines, "cube.customers")["c1"]
    equal((c["purchases"], c["revenue"], c["first_seen"]), (1, 7.0, T0 + 2 * HOUR))


def test_partitions_and_commits_do_not_show():
    events = [e for i in range(30) for e in life(f"c{i}", T0 + i * HOUR // 3)]
    events += [act("purchase", T0 + i * HOUR // 2, f"c{i}", order="z", revenue=i) for i in range(0, 30, 3)]
    events += [act("selfservice.login", T0 + 3 * DAY, f"c{i}") for i in range(0, 30, 4)]
    events.sort(key=lambda e: (e["ts"], e["id"]))
    with folder() as place:
        config = write_config(place / "c.yaml", CONFIG)
        path = write_events(place / "r.ndjson", [record("interactions", e["customer"], json.dumps(e)) for e in events])
        runs = []
        for partitions, every in ((1, 0), (5, 1), (12, 7)):
            options = ["--commit-every", every] if every else []
            lines = lines_of(cubed("replay", "-c", config, "--records", path, "--partitions", partitions, *options).stdout)
            runs.append((last(lines, "cube.state"), last(lines, "cube.customers")))
    equal(runs[1], runs[0])
    equal(runs[2], runs[0])


if __name__ == "__main__":
    main()
