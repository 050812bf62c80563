#!/usr/bin/env python3
"""Absence, time to productivity and cost per hire, end to end: figures worked out by hand, the same over any
number of partitions, moved and rolled out of the window."""
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
scopes: [department]
measures:
  - {name: absence, aggregation: absence, window: 100d, horizons: [10d]}
  - {name: ramp, aggregation: time_to_productivity, window: 100d}
  - {name: hiring, aggregation: cost_per_hire, window: 100d}
"""


def instant(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat().replace("+00:00", "Z")


def staff():
    """1,000 available days of ten people, 73 of them absent; half of the people are productive after 20 days."""
    events = [event("recruit_cost", T0, employee=f"e{i}", external=1000, internal=250.5) for i in range(10)]
    events += [event("hire", T0, employee=f"e{i}", department="care") for i in range(10)]
    events += [event("productive", T0 + 20 * DAY, employee=f"e{i}") for i in range(5)]
    events += [event("absence.start", T0 + 10 * DAY, employee="e0"), event("absence.end", T0 + 60 * DAY, employee="e0"),
               event("absence.start", T0 + 70 * DAY, employee="e1"), event("absence.end", T0 + 93 * DAY, employee="e1")]
    return sorted(events, key=lambda e: e["ts"])


def snapshots(events, *days, partitions=1):
    at = [x for day in days for x in ("--at", instant(T0 + day * DAY))]
    lines = replay(CONFIG, *at, "--partitions", partitions, hr=events)
    return [{x["scope"]: x["measures"] for x in of_topic(lines, "cube.snapshot") if x["as_of"] == T0 + day * DAY} for day in days]


def test_73_of_1000_days_are_7_3_percent():
    (now,) = snapshots(staff(), 100)
    for scope in ("organisation", "department=care"):
        m = now[scope]["absence"]
        equal((m["value"], m["n"], m["days"], m["available_days"], m["mean_duration"]), (0.073, 10, 73, 1000, 36.5 * DAY), scope)
        near(m["frequency"], 2 / (1000 / 365), 1e-12, "spells per employee-year")
        holds("interval" not in m, "a share of days has no interval")
        equal((m["horizons"]["10d"]["value"], m["horizons"]["10d"]["n"]), (0.03, 10), "the last ten days: three of a hundred")


def test_ramp_and_cost_per_hire_say_what_was_said():
    (now,) = snapshots(staff(), 100)
    m = now["organisation"]["ramp"]
    equal((m["value"], m["n"], m["ramping"], m["ramping_mean"]), (20 * DAY, 5, 5, 100 * DAY), "five took 20 days, five have been at it for 100")
    equal(m["interval"], [20 * DAY, 20 * DAY], "all took as long")
    near(m["p50"] / (20 * DAY), 1, 0.016, "median")
    m = now["organisation"]["hiring"]
    equal((m["value"], m["n"], m["hires"], m["internal"], m["external"]), (1250.5, 10, 10, 2505, 10_000), "ten hires")


def test_windows_empty_exactly_and_stocks_stay():
    (late,) = snapshots(staff(), 250)
    m = late["organisation"]["absence"]
    equal((m["value"], m["n"], m["available_days"], m["frequency"]), (0, 10, 1000, 0), "nobody is absent any more")
    holds("mean_duration" not in m and "value" not in late["organisation"]["hiring"], "what closed or was paid has left")
    equal((late["organisation"]["ramp"]["n"], late["organisation"]["ramp"]["ramping"]), (0, 5), "five are still on their way")


def test_partitions_do_not_show():
    moved = staff() + [event("transfer", T0 + 95 * DAY, employee=f"e{i}", department="sales") for i in range(0, 10, 3)]
    want = snapshots(moved, 94, 98, 120)
    holds(want[1]["department=sales"]["absence"]["n"] == 4, "four moved")
    for partitions in (3, 12):
        equal(snapshots(moved, 94, 98, 120, partitions=partitions), want, f"{partitions} partitions")


if __name__ == "__main__":
    main()
