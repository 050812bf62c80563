#!/usr/bin/env python3
"""Gap and growth, end to end: what a state says, the same over any number of partitions, and from event to event."""
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import event, of_topic, replay  # noqa: E402
from tap import equal, holds, main, near  # noqa: E402

DAY = 86_400_000
T0 = 20_000 * DAY
CONFIG = """version: 1
pack: none
kafka: {bootstrap.servers: "127.0.0.1:9092"}
scopes: [region]
measures:
  - {name: speed, axis: X, aggregation: gap, from: {where: {subject: speed}}, window: 30d, horizons: [5d], score: {at0: -5, at100: 5}}
  - {name: all, aggregation: gap, window: 30d}
  - {name: friends, aggregation: growth, from: {kind: measurement, where: {cpi: friends}}, window: 30d}
"""


def instant(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat().replace("+00:00", "Z")


def answer(day, who, instrument, value, subject="speed", **more):
    return event("survey", T0 + day * DAY, customer=who, instrument=instrument, value=value, subject=subject, **more)


def friends(day, who, value, **more):
    return event("measurement", T0 + day * DAY, customer=who, cpi="friends", value=value, **more)


EVENTS = [answer(0, "c1", "expectation", 8, region="north"), answer(0, "c2", "expectation", 6, region="north"),
          friends(0, "c1", 200), friends(0, "c2", 50), friends(1, "c2", 99, region="south"),
          answer(1, "c3", "expectation", 7, region="south"), answer(2, "c1", "fulfilment", 7), answer(2, "c2", "fulfilment", 8.5),
          answer(2, "c2", "expectation", 4, "price"), answer(3, "c3", "fulfilment", 7), answer(3, "c2", "fulfilment", 4, "price"),
          friends(4, "c1", 260), friends(5, "c2", 90), answer(6, "c1", "fulfilment", 10, region="south")]


def measures(day, partitions=1):
    lines = replay(CONFIG, "--at", instant(T0 + day * DAY), "--partitions", partitions, cpi=EVENTS)
    return {x["scope"]: x["measures"] for x in of_topic(lines, "cube.snapshot")}


def test_gap_pairs_the_latest_answers_per_customer_and_subject():
    now = measures(5)["organisation"]
    m = now["speed"]
    equal((m["value"], m["n"], m["met"], m["exceeded"]), (0.5, 3, 2 / 3, 1 / 3), "-1, 2.5 and 0")
    near(m["sd"], 1.8027756377319946, 1e-12, "sd of -1, 2.5 and 0")
    near(m["interval"][0], 0.5 - 1.959964 * m["sd"] / 3 ** 0.5, 1e-12, "interval of a mean")
    equal(m["score"], 55, "-5 scores 0, 5 scores 100")
    equal((now["all"]["value"], now["all"]["n"]), (0.375, 4), "with the price")
    holds("mean" not in m and "hits" not in m, "a gap has no mean beside its value")


def test_a_newer_answer_takes_the_older_one_back():
    before, after = measures(6), measures(7)
    equal(before["region=north"]["speed"]["n"], 1, "c1 answered in the north")
    equal((after["region=north"]["speed"]["n"], "value" in after["region=north"]["speed"]), (0, False), "and then in the south")
    equal((after["region=south"]["speed"]["value"], after["region=south"]["speed"]["n"]), (1.5, 3), "2, 2.5 and 0")
    equal(after["region=south"]["speed"]["horizons"]["5d"]["n"], 3, "answers of day 2 are five days old")
    equal(measures(8)["region=south"]["speed"]["horizons"]["5d"]["n"], 2, "now six")


def test_growth_counts_differences_and_the_gauge_moves():
    now = measures(6)
    m = now["organisation"]["friends"]
    equal((m["value"], m["n"], m["gauge"]), (100, 5, 350), "60 + 49 - 9")
    m = now["region=south"]["friends"]
    equal((m["value"], m["n"], m["gauge"]), (40, 2, 90), "c2 lives in the south now")
    equal(measures(7)["region=south"]["friends"]["gauge"], 350, "c1 too")


def test_partitions_do_not_show():
    want = measures(7)
    for partitions in (3, 12):
        equal(measures(7, partitions), want, f"{partitions} partitions")


if __name__ == "__main__":
    main()
