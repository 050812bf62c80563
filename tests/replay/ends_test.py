#!/usr/bin/env python3
"""Where cubed replay ends: at --until whatever follows, and with its dead letters when no event moved the time."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import event, last, record, replay, write_config, cubed, folder, lines_of
from tap import equal, main

T0 = 1767225600000
HOUR = 3_600_000
CONFIG = {"version": 1, "name": "ends", "pack": "none", "scopes": [],
          "measures": [{"name": "n", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}]}


def complaints(*times):
    return [event("complaint", t, customer="c") for t in times]


def places(lines):
    return [(x["topic"], x["headers"]["cubed.reason"], x["headers"]["cubed.source.offset"]) for x in lines]


def test_dead_letters_come_out_when_no_event_is_readable():
    lines = replay(CONFIG, records=[record("interactions", None, None), record("interactions", "c", b"\xc1")])
    equal(places(lines), [("cube.dead-letters", "undecodable", "0"), ("cube.dead-letters", "undecodable", "1")])


def test_dead_letters_of_files_too():
    with folder() as place:
        (place / "events.ndjson").write_bytes(b"{no\n\nnor this\n")
        config = write_config(place / "config.yaml", CONFIG)
        lines = lines_of(cubed("replay", "-c", config, "--interactions", place / "events.ndjson").stdout)
    equal(places(lines), [("cube.dead-letters", "undecodable", "0"), ("cube.dead-letters", "undecodable", "1")])


def test_nothing_is_decided_after_until():
    events = complaints(T0, T0 + 20_000, T0 + HOUR, T0 + 5 * HOUR)
    lines = replay(CONFIG, "--until", "2026-01-01T00:00:30Z", interactions=events)
    equal([(x["topic"], x["ts"] - T0) for x in lines if x["topic"] == "cube.state"], [("cube.state", 10_000), ("cube.state", 30_000)])
    equal(last(lines, "cube.state")["organisation"]["measures"]["n"]["value"], 2.0)


def test_until_between_ticks_stays_below_it():
    lines = replay(CONFIG, "--until", "2026-01-01T00:00:29Z", "--every", "10s", interactions=complaints(T0, T0 + 9_999, T0 + HOUR))
    equal([x["ts"] - T0 for x in lines if x["topic"] == "cube.snapshot"], [10_000, 20_000])


def test_before_the_first_event_the_organisation_is_there_and_nothing_is_known_of_it():
    at = [x for t in ("2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z") for x in ("--at", t)]
    for partitions in ("1", "3"):
        lines = replay(CONFIG, *at, "--partitions", partitions, interactions=complaints(T0))
        shots = [x for x in lines if x["topic"] == "cube.snapshot"]
        equal([(x["key"], x["ts"] - T0, x["value"]["as_of"] - T0) for x in shots],
              [("organisation", -86_400_000, -86_400_000), ("organisation", 0, 0), ("organisation", 10_000, 10_000)])
        equal([x["value"]["measures"].get("n", {}).get("value") for x in shots], [None, None, 1.0])
        known = {k: v for k, v in shots[2]["value"].items() if k not in ("as_of", "measures")}
        equal({k: v for k, v in shots[0]["value"].items() if k not in ("as_of", "measures")}, known, "as of a scope of which no axis is known")
        equal([x["ts"] - T0 for x in lines if x["topic"] == "cube.state"], [10_000])


if __name__ == "__main__":
    main()
