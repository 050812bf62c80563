#!/usr/bin/env python3
"""First time resolution by its five definitions, over the same cases, through cubed replay."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import event, last, replay
from tap import equal, holds, main

T0 = 1767225600000
HOUR = 3_600_000
DAY = 24 * HOUR
DEFINITIONS = ("confirmed", "agent", "survey", "no_recontact", "one_touch")
CONFIG = {"version": 1, "name": "cases", "pack": "none", "scopes": ["region"], "time": {"out_of_order": "0s"},
          "measures": [{"name": d, "aggregation": "first_time", "definition": d, "window": "30d"} for d in DEFINITIONS]}


def case(name, start, *steps):
    """steps: (hours after the start, kind, fields)."""
    return [event(f"contact.{kind}", start + round(at * HOUR), customer="c" + name, case=name, region="north", **fields) for at, kind, fields in steps]


OPEN, RESOLVE = (0, "open", {}), (1, "resolve", {"employee": "e1"})
CASES = [
    case("happy", T0, OPEN, RESOLVE, (2, "confirm", {"satisfied": True})),
    case("unhappy", T0, OPEN, RESOLVE, (2, "confirm", {"satisfied": False})),
    case("silent", T0, OPEN, RESOLVE),
    case("back", T0, OPEN, RESOLVE, (2, "confirm", {"satisfied": True}), (30, "recontact", {}), (31, "resolve", {})),
    case("twice", T0, OPEN, (0.5, "open", {}), RESOLVE, (2, "confirm", {"satisfied": True})),
    case("passed_on", T0, OPEN, (0.5, "transfer", {}), RESOLVE, (2, "confirm", {"satisfied": True})),
    case("bot", T0, (0, "open", {"bot": True}), (1, "resolve", {}), (2, "confirm", {"satisfied": True})),
    case("late", T0, OPEN, RESOLVE, (24 * 8, "confirm", {"satisfied": True})),
    case("open", T0, OPEN),
]
FIELDS = ("n", "hits", "contacts", "cases", "customers", "waiting", "transferred", "bot_only")


def state(*events):
    merged = sorted((e for es in events for e in es), key=lambda e: e["ts"])
    lines = replay(CONFIG, "--until", "2026-01-15T00:00:00Z", interactions=merged)
    return last(lines, "cube.state")["region=north"]["measures"]


def test_definitions_differ_as_they_say():
    m = state(*CASES)
    others = (8, 6, 6, 1, 1, 1)
    want = {"confirmed": (6, 1, *others), "agent": (6, 4, *others), "survey": (4, 3, 6, 4, 4, 1, 1, 1), "no_recontact": (6, 5, *others), "one_touch": (6, 4, *others)}
    equal({d: tuple(m[d][f] for f in FIELDS) for d in DEFINITIONS}, want)
    for d in DEFINITIONS:
        equal((m[d]["final"]["n"], m[d]["final"]["hits"], m[d]["provisional"]["n"]), (m[d]["n"], m[d]["hits"], 0))


def test_without_a_resolved_case_there_are_no_buckets():
    m = state(CASES[-1])
    for d in DEFINITIONS:
        holds("transferred" not in m[d] and "bot_only" not in m[d] and m[d]["waiting"] == 1, d)


# What was said late, and what the figures are with it: n, hits by confirmed, no_recontact, waiting, transferred, bot_only.
BOT, AGENT, YES = {"bot": True}, {"employee": "e1"}, {"satisfied": True}
STRAGGLERS = [
    ([(0, "open", {}), (1, "resolve", {}), (2, "confirm", YES)], 0, (1, 1, 1, 0, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "confirm", YES)], 1, (1, 1, 1, 0, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "recontact", {}), (3, "resolve", {})], 2, (1, 0, 0, 0, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "recontact", {}), (3, "confirm", YES)], 1, (1, 0, 0, 1, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "recontact", {}), (3, "resolve", {})], 1, (1, 0, 0, 0, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "recontact", {}), (3, "resolve", {}), (4, "recontact", {})], 3, (1, 0, 0, 1, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "resolve", {}), (3, "confirm", YES)], 1, (1, 1, 1, 0, 0, 0)),
    ([(0, "open", {}), (1, "transfer", {}), (2, "resolve", {}), (3, "confirm", YES)], 1, (0, 0, 0, 0, 1, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "transfer", {}), (3, "confirm", YES)], 1, (1, 1, 1, 0, 0, 0)),
    ([(0, "open", {}), (1, "resolve", {}), (2, "transfer", {}), (3, "transfer", {})], 1, (1, 0, 1, 0, 0, 0)),
    ([(0, "open", BOT), (1, "resolve", {}), (2, "confirm", YES)], 0, (0, 0, 0, 0, 0, 1)),
    ([(0, "open", BOT), (1, "open", {}), (2, "resolve", {})], 1, (1, 0, 1, 0, 0, 0)),
    ([(0, "open", BOT), (1, "resolve", {}), (2, "open", {})], 1, (0, 0, 0, 1, 0, 1)),
    ([(0, "open", BOT), (1, "resolve", {}), (2, "resolve", AGENT)], 1, (0, 0, 0, 0, 0, 1)),
]


def test_what_straggles_changes_what_it_would_have_changed_in_its_turn():
    for steps, late, want in STRAGGLERS:
        told = case("k", T0, *steps)
        for straggles in (False, True):
            others = [e for e in told if not straggles or e is not told[late]] + [event("complaint", T0 + DAY // 2, customer="cz", region="north")]
            lines = replay(CONFIG, "--until", "2026-01-02T00:00:00Z", interactions=others + [told[late]] * straggles)
            state = last(lines, "cube.state")["region=north"]
            c, r = state["measures"]["confirmed"], state["measures"]["no_recontact"]
            seen = (c["n"], c["hits"], r["hits"], c["waiting"], c.get("transferred", 0), c.get("bot_only", 0))
            equal((seen, r["n"], state["revision"]), (want, want[0], int(straggles)))


def test_a_case_that_moves_out_of_where_its_window_is_over_is_no_news_there():
    """A resolution told late and elsewhere: where the case was counted has nothing of it any more, and hears nothing."""
    config = {"version": 1, "name": "moves", "pack": "none", "scopes": ["region"], "time": {"out_of_order": "0s"}, "cube": {"stale_after": "6h"},
              "measures": [{"name": "ftr", "axis": "X", "class": "kpi", "aggregation": "first_time", "definition": "no_recontact", "window": "1h",
                            "score": {"at0": 0, "at100": 1}}]}
    resolve = [event("contact.resolve", T0 + at * HOUR, customer="c", case="k", region=region) for at, region in ((10, "east"), (4, "north"))]
    other = event("contact.open", T0 + 22 * HOUR, customer="d", case="other", region="south")
    lines = replay(config, "--until", "2026-01-02T00:00:00Z", interactions=[resolve[0], other, resolve[1]])
    equal([x["value"]["stale"] for x in lines if x["topic"] == "cube.state" and x["key"] == "region=east"], [False, False, True])


if __name__ == "__main__":
    main()
