#!/usr/bin/env python3
"""--final writes only what a compacted topic would keep, and the states in between are not even made: it must say,
byte for byte, what the whole output says last. The company falls silent now and then, so that scopes are judged
by the clock of the events alone: axes dwell and go stale, alerts fire and resolve, panes leave."""
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import event, replay_raw  # noqa: E402
from tap import equal, holds, main  # noqa: E402

DAY = 86_400_000
T0 = 20_000 * DAY
CONFIG = """version: 1
name: quiet
kafka: {bootstrap.servers: "127.0.0.1:9092"}
time: {out_of_order: 0s, idle_after: never}
scopes: [region]
publish: {customers: on_change}
cube: {tick: 1m, dwell: 7m, min_coverage: 0.1, stale_after: 50m, confidence: none, hysteresis: 1}
pack: none
measures:
  - {name: mood, axis: X, class: kpi, from: {kind: survey, where: {instrument: nps}}, aggregation: nps, window: 2h, score: {at0: -100, at100: 100}}
  - {name: worth, axis: V, class: kpi, from: {kind: purchase, value: revenue}, aggregation: mean, window: 1h, score: {at0: 0, at100: 100}}
alerts:
  - {name: Low, measure: mood, threshold: {below: 0}, for: 3m, keep_firing_for: 4m}
  - {name: Falls, measure: worth, change: {over: 30m, step: 6m, below: -90}}
  - {name: Silent, measure: worth, stale: {after: 20m}}
"""


def company():
    interactions, cpi, t = [], [], T0
    for i in range(400):
        t += 30_000 if i % 23 else 43 * 60_000
        region = ("north", "south", "west")[i * i % 3]
        if i % 3:
            cpi.append(event("survey", t, customer=f"c{i % 17}", region=region, instrument="nps", value=(i * 7 + i // 40) % 11))
        else:
            interactions.append(event("purchase", t, customer=f"c{i % 17}", region=region, order=str(i), revenue=(i * 37) % 200))
    return {"interactions": interactions, "cpi": cpi}


def lines(*options):
    return replay_raw(CONFIG, *options, **company()).stdout.splitlines()


def key(line):
    return line.split(b',"ts"')[0]


def until(minutes):
    """An instant after the last event, as replay takes it."""
    last = max(e["ts"] for events in company().values() for e in events)
    return datetime.fromtimestamp(last // 60_000 * 60 + 60 * minutes, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_final_says_what_the_whole_output_says_last():
    for partitions, minutes in ((1, 5), (3, 13), (1, 26), (2, 47), (1, 53), (1, 64), (1, 600)):
        options = ("--partitions", partitions, "--until", until(minutes))
        whole, final = lines(*options), lines(*options, "--final")
        kept = {}
        for line in whole:
            kept[key(line)] = line
        holds(len(whole) > 4 * len(final), f"{len(whole)} lines become {len(final)}")
        equal(sorted(final), sorted(kept.values()))


PACK = """version: 1
name: gaps
kafka: {bootstrap.servers: "127.0.0.1:9092"}
scopes: [region, department]
time: {out_of_order: 0s, idle_after: never}
"""


def visits():
    """Four busy minutes, weeks apart: between two of them lie many releases of survey cells."""
    interactions, cpi, hr = [], [], []
    for visit in range(4):
        for i in range(40):
            t, place = T0 + visit * 37 * DAY + i * 1000, {"region": ("north", "south")[i % 2], "department": f"d{i % 3}"}
            hr.append(event("enps", t, employee=f"e{i}", **place, value=(i * 7 + visit) % 11))
            hr.append(event("survey", t + 3, employee=f"e{i}", **place, theme="pride", scale=5, value=(i + visit) % 5 + 1))
            cpi.append(event("survey", t + 5, customer=f"c{i}", **place, instrument="nps", value=(i * 3 + visit) % 11))
            interactions.append(event("contact.open", t + 7, customer=f"c{i}", **place, case=f"k{visit}-{i}"))
    return {"interactions": interactions, "cpi": cpi, "hr": hr}


def test_final_says_so_across_weeks_of_releases_too():
    for partitions in (1, 4):
        whole, final = (replay_raw(PACK, "--partitions", partitions, *more, **visits()).stdout.splitlines() for more in ((), ("--final",)))
        equal(sorted(final), sorted({key(line): line for line in whole}.values()))


if __name__ == "__main__":
    main()
