#!/usr/bin/env python3
"""Cancelled orders through cubed replay: the same as without the purchase, in any number of partitions and commits."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import cubed, event, folder, last, lines_of, record, replay, sequences, write_config, write_events
from tap import equal, holds, main

T0 = 1767225600000
HOUR = 3_600_000
DAY = 24 * HOUR
CONFIG = {"version": 1, "name": "orders", "pack": "none", "scopes": ["region"], "publish": {"customers": "all"}, "time": {"out_of_order": "0s"},
          "points": [{"kind": "purchase", "points": 25, "per": "product_group", "once": True, "where": {"product_group": ["care", "lease"]}}],
          "measures": [
              {"name": "revenue", "aggregation": "sum", "from": {"kind": "purchase", "value": "revenue"}, "window": "30d"},
              {"name": "care", "aggregation": "ratio", "from": {"kind": "purchase"}, "hits": {"where": {"product_group": "care"}}, "window": "30d"},
              {"name": "order_value", "aggregation": "within", "from": {"kind": "purchase", "value": "revenue"}, "target": 100, "window": "30d"},
              {"name": "margin", "aggregation": "mean", "from": {"ledger": "margin", "per": "customer"}, "window": "30d"},
              {"name": "points", "aggregation": "points", "window": "30d"},
              {"name": "cancelled", "aggregation": "count", "from": {"kind": "order.cancelled"}, "window": "30d"}]}


def bought(ts, customer, order, revenue, **fields):
    return event("purchase", ts, customer=customer, order=order, revenue=revenue, **fields)


def cancelled(ts, customer, order, **fields):
    return event("order.cancelled", ts, customer=customer, order=order, **fields)


def test_a_cancelled_purchase_leaves_only_the_acts():
    events = [bought(T0, "c1", "a", 120.5, cost=20, product_group="care", region="north"), bought(T0 + HOUR, "c1", "b", 80, product_group="lease"),
              cancelled(T0 + 2 * DAY, "c1", "a", region="south"), cancelled(T0 + 2 * DAY + 1, "c1", "a"), cancelled(T0 + 2 * DAY + 2, "c2", "b")]
    lines = replay(CONFIG, "--at", "2026-01-02T00:00:00Z", "--until", "2026-01-05T00:00:00Z", interactions=events)
    before = next(x["value"]["measures"] for x in lines if x["topic"] == "cube.snapshot" and x["key"] == "region=north")
    north, south = (last(lines, "cube.state")[f"region={r}"]["measures"] for r in ("north", "south"))
    equal((before["revenue"]["value"], before["care"]["hits"], before["points"]["value"], before["margin"]["value"]), (200.5, 1, 50.0, 180.5))
    equal((north["revenue"]["value"], north["revenue"]["n"], north["care"]["n"], north["care"]["hits"], north["order_value"]["hits"], north["points"]["value"]), (80.0, 1, 1, 0, 1, 25.0))
    holds(abs(north["order_value"]["p50"] - 80) < 80 * 0.016, "the other order is all there is")
    equal((north["margin"]["n"], south["margin"]["n"], south["margin"]["value"], south["cancelled"]["value"]), (0, 1, 80.0, 2.0))
    c = last(lines, "cube.customers")["c1"]
    equal((c["purchases"], c["revenue"], c["margin"]["total"], c["points"], c["products"], c["last_seen"]), (1, 80.0, 80.0, 25, 1, T0 + 2 * DAY + 1))


def test_a_cancellation_in_time_counts_however_late_it_comes():
    config = {**CONFIG, "money": {"cancel_within": "2h"}, "time": {"out_of_order": "0s", "lateness": "6h"}}
    for after, left in ((2 * HOUR, 1), (2 * HOUR + 1, 2)):
        for late in (False, True):
            done, other = cancelled(T0 + after, "c1", "a"), bought(T0 + 6 * HOUR, "c2", "b", 10)
            lines = replay(config, interactions=[bought(T0, "c1", "a", 80), *([other, done] if late else [done, other])])
            equal(last(lines, "cube.state")["organisation"]["measures"]["revenue"]["n"], left, f"{after} ms after, late {late}")


def test_a_purchase_that_comes_behind_its_cancellation_is_taken_back():
    """In later buckets than that, with one process or another in between."""
    config = {**CONFIG, "time": {"out_of_order": "0s", "lateness": "6h"}}
    events = [cancelled(T0 + HOUR, "c1", "a"), bought(T0 + 3 * HOUR, "c2", "b", 10), bought(T0, "c1", "a", 80, product_group="care")]
    lines = replay(config, "--commit-every", 1, interactions=events)
    whole, c = last(lines, "cube.state")["organisation"]["measures"], last(lines, "cube.customers")["c1"]
    equal((whole["revenue"]["n"], whole["revenue"]["value"], whole["points"].get("value", 0), whole["care"]["hits"]), (1, 10.0, 0, 0))
    equal((c["purchases"], c["revenue"], c["points"], c["products"], c["first_seen"]), (0, 0.0, 0, 0, T0))


def test_a_cancelled_order_takes_all_its_lines():
    events = [bought(T0, "c1", "a", 100, product_group="care"), bought(T0 + 1, "c1", "a", 50, product_group="lease"), cancelled(T0 + HOUR, "c1", "a")]
    for order in (events, [events[0], events[2], events[1]], [events[2], events[1], events[0]]):
        config = {**CONFIG, "time": {"out_of_order": "0s", "lateness": "6h"}}
        lines = replay(config, interactions=order)
        c = last(lines, "cube.customers")["c1"]
        equal((c["purchases"], c["revenue"], c["points"], c["products"]), (0, 0.0, 0, 0))
        equal(last(lines, "cube.state")["organisation"]["measures"]["revenue"]["n"], 0)


def test_a_rule_that_names_order_cancelled_loses_what_the_order_earned_and_no_other():
    for per in ({"per": "product_group", "once": True}, {"once": False}):
        config = {**CONFIG, "points": [{"kind": "purchase", "points": 25, "retracted_by": "order.cancelled", **per}]}
        events = [bought(T0, "c1", "a", 100, product_group="care"), cancelled(T0 + HOUR, "c1", "unknown"), cancelled(T0 + 2 * HOUR, "c1", "a")]
        points = [last(replay(config, interactions=events[:n]), "cube.customers")["c1"]["points"] for n in (1, 2, 3)]
        equal(points, [25, 25, 0], str(per))


def company():
    out = []
    for i in range(400):
        c, ts = f"c{i % 17}", T0 + i * 7 * HOUR // 10
        out.append(bought(ts, c, f"o{i % 60}", i % 13 * 10.25, cost=i % 7, product_group=("care", "lease", "x")[i % 3], region=("north", "south")[i % 5 == 0]))
        if i % 3 == 0:
            out.append(cancelled(ts + i % 11 * DAY, c, f"o{i % 60}"))
    return sorted(out, key=lambda e: (e["ts"], e["id"]))


def test_partitions_and_commits_do_not_show():
    with folder() as place:
        config = write_config(place / "c.yaml", CONFIG)
        path = write_events(place / "r.ndjson", [record("interactions", e["customer"], json.dumps(e)) for e in company()])
        runs = []
        for partitions, every in ((1, 0), (5, 1), (12, 7)):
            options = ["--commit-every", every] if every else []
            lines = lines_of(cubed("replay", "-c", config, "--records", path, "--partitions", partitions, *options).stdout)
            runs.append((last(lines, "cube.state"), last(lines, "cube.customers"), sequences(lines, "cube.changes")))
    equal(runs[1], runs[0])
    equal(runs[2], runs[0])
    holds(runs[0][0]["organisation"]["measures"]["cancelled"]["value"] > 100, "orders were cancelled")
    equal(runs[0][0]["organisation"]["measures"]["revenue"]["n"], sum(c["purchases"] for c in runs[0][1].values()))


def test_never_taken_back():
    config = {**CONFIG, "money": {"cancel_within": "0s"}}
    lines = replay(config, interactions=[bought(T0, "c1", "a", 10), cancelled(T0 + 1, "c1", "a")])
    equal(last(lines, "cube.state")["organisation"]["measures"]["revenue"]["value"], 10.0)


if __name__ == "__main__":
    main()
