#!/usr/bin/env python3
"""Stale is never resolved by time: what a clock moves changes figures, and neither frees an axis nor ends an alert on
silence. Only an event of the measure does. Each company is played against the oracle, too."""
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in ("support", "oracle")]
from check import SHOWN, at_options, check, run
from compare import rfc3339
from program import event
from shrink import Smaller
from tap import equal, holds, main

T, HOUR, DAY = 1_767_225_600_000, 3_600_000, 86_400_000
DAYS = (4, 12, 18, 21)
PROMISE = {"open": "request.open", "close": "request.done", "by": "request"}


def company(measure, interactions, **config):
    """One measure, mostly of V, which is stale after three days; an alert after two."""
    m = {"name": "m", "axis": "V", "class": "kpi", "window": "10d", **({} if "axis" in measure else {"score": {"at0": 0, "at100": 1}}), **measure}
    config = {"version": 1, "name": "acme", "pack": "none", "scopes": ["region"], "measures": [m],
              "cube": {"tick": "1m", "dwell": "0s", "stale_after": "3d", "min_coverage": 0.1, "confidence": "none", "hysteresis": 0},
              "alerts": [{"name": "Silent", "stale": {"measure": "m", "after": "2d"}}], **config}
    return Smaller(SimpleNamespace(until=T + 22 * DAY), config, {"interactions": interactions, "cpi": [], "hr": []})


def played(s, scope="region=north"):
    """What the alert of a scope said and when, in days; and of V at some days whether it is stale and which side it has."""
    equal(check(s)[:SHOWN], [], "what the oracle says")
    days = [x for d in DAYS for x in ("--at", rfc3339(T + d * DAY))]
    out = []
    for n in (1, 5):
        lines = run(s, *at_options(s), *days, "--partitions", n)
        alerts = [(x["value"]["status"], (x["ts"] - T) // DAY) for x in lines if x["topic"] == "cube.alerts" and x["value"]["labels"]["scope"] == scope]
        at = {x["value"]["as_of"]: x["value"] for x in lines if x["topic"] == "cube.snapshot" and x["key"] == scope}
        states = [at[T + d * DAY] for d in DAYS]
        moved = [(x["as_of"] - T) / DAY for x in (x["value"] for x in lines if x["topic"] == "cube.state" and x["key"] == scope)]
        out.append((alerts, [(x["stale"], x["axes"]["V"]["side"]) for x in states], states, moved))
    equal(out[0], out[1], "partitions do not show")
    return out[0]


def north(kind, at, **fields):
    return event(kind, T + at, customer="c1", region="north", **fields)


ONCE = [("firing", 2), ("resolved", 20)]


def test_a_window_that_empties_tells_of_nothing():
    mean = {"aggregation": "mean", "from": {"ledger": "margin", "per": "customer"}, "score": {"at0": 0, "at100": 100}}
    bought = [north("purchase", HOUR, order="o", revenue=90)]
    alerts, sides, states, moved = played(company(mean, [*bought, north("purchase", 20 * DAY, order="p", revenue=10)]))
    equal(alerts, ONCE, "silent until the next purchase")
    equal(sides, [(True, "high"), (True, "unknown"), (True, "unknown"), (False, "low")], "and V, of which nothing is left from the tenth day on")
    equal([x["measures"]["m"]["n"] for x in states], [1, 0, 0, 1], "customers")
    holds(any(10 <= t < 11 for t in moved), "that they left is told")


def test_a_promise_that_is_overdue_tells_of_nothing():
    kept = {"aggregation": "duration", "target": "6d", "from": PROMISE, "window": "60d"}
    asked = [north("request.open", 0, request="a"), north("request.done", HOUR, request="a"), north("request.open", 2 * HOUR, request="b")]
    alerts, sides, states, moved = played(company(kept, [*asked, north("request.done", 20 * DAY, request="b")]))
    equal(alerts, ONCE, "silent until it is kept")
    equal(sides, [(True, "high"), (True, "high"), (True, "high"), (False, "high")], "V")
    equal([x["measures"]["m"]["overdue"] for x in states], [0, 1, 1, 0], "overdue")
    holds(any(6 <= t < 7 for t in moved), "that it is overdue is told")


def test_a_case_that_becomes_final_tells_of_nothing():
    first = {"aggregation": "first_time", "recontact_window": "5d", "window": "60d"}
    solved = [north("contact.open", 0, case="k"), north("contact.resolve", HOUR, case="k"), north("contact.confirm", 2 * HOUR, case="k", satisfied=True)]
    alerts, sides, states, moved = played(company(first, [*solved, north("contact.open", 20 * DAY, case="l")]))
    equal(alerts, ONCE, "silent until another one begins")
    equal(sides, [(True, "high"), (True, "high"), (True, "high"), (False, "high")], "V")
    equal([x["measures"]["m"]["final"]["n"] for x in states], [0, 1, 1, 1], "final")
    holds(any(5 <= t < 6 for t in moved), "that it is final is told")


def test_an_invoice_that_costs_more_each_day_tells_of_nothing():
    """On the way the customer falls below 0, so that the share has another value: V keeps its side, also behind a release."""
    losers = {"aggregation": "ratio", "from": {"customers": "active"}, "hits": {"ledger": "margin", "below": 0}, "window": "60d", "score": {"at0": 1, "at100": 0}}
    billed = [north("purchase", HOUR, order="o", revenue=1), north("invoice", 2 * HOUR, invoice="i", amount=1000, due=T + DAY)]
    alerts, sides, states, _ = played(company(losers, [*billed, north("payment", 20 * DAY, invoice="i", amount=1000)]))
    equal(alerts, ONCE, "silent until it is paid")
    equal([x["measures"]["m"]["value"] for x in states], [0, 1, 1, 1], "the share of customers below 0")
    equal(sides, [(True, "high"), (True, "high"), (True, "high"), (False, "low")], "V")


def test_an_event_that_finds_what_only_time_has_moved_tells_of_nothing():
    """The customer speaks, and what it owes is told anew with that: the effort on it is not what it spoke of."""
    most = {"axis": "none", "aggregation": "concentration", "from": {"ledger": "effort"}, "window": "60d"}
    billed = [north("cost", HOUR, category="visits", amount=1), north("invoice", 2 * HOUR, invoice="i", amount=1000, due=T + DAY)]
    spoken = [north("complaint", 3 * HOUR), north("complaint", 8 * DAY + 6 * HOUR), north("cost", 20 * DAY, category="visits", amount=1)]
    equal(played(company(most, [*billed, *spoken]))[0], ONCE, "silent until the next effort")


if __name__ == "__main__":
    main()
