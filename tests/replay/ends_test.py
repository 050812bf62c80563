#!/usr/bin/env python3
"""Where cubed replay ends: at --until, whatever follows."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import event, last, replay
from tap import equal, main

T0 = 1767225600000
HOUR = 3_600_000
CONFIG = {"version": 1, "name": "ends", "pack": "none", "scopes": [],
          "measures": [{"name": "n", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}]}


def complaints(*times):
    return [event("complaint", t, customer="c") for t in times]


def test_nothing_is_decided_after_until():
    events = complaints(T0, T0 + 20_000, T0 + HOUR, T0 + 5 * HOUR)
    lines = replay(CONFIG, "--until", "2026-01-01T00:00:30Z", interactions=events)
    equal([(x["topic"], x["ts"] - T0) for x in lines if x["topic"] == "cube.state"], [("cube.state", 10_000), ("cube.state", 30_000)])
    equal(last(lines, "cube.state")["organisation"]["measures"]["n"]["value"], 2.0)


def test_until_between_ticks_stays_below_it():
    lines = replay(CONFIG, "--until", "2026-01-01T00:00:29Z", "--every", "10s", interactions=complaints(T0, T0 + 9_999, T0 + HOUR))
    equal([x["ts"] - T0 for x in lines if x["topic"] == "cube.snapshot"], [10_000, 20_000])


if __name__ == "__main__":
    main()
