#!/usr/bin/env python3
"""Promises with a clock through cubed replay: the contract's quote_in_time, word by word."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import cubed, event, folder, last, lines_of, replay, write_config, write_events
from tap import equal, holds, main

T0 = 1767225600000
HOUR = 3_600_000
DAY = 24 * HOUR
CONFIG = """version: 1
name: quotes
pack: none
scopes: [region]
time: {out_of_order: 0s}
measures:
  - {name: quote_in_time, axis: X, class: cpi, evidence: [survey], increment: time, aggregation: duration,
     from: {open: request.open, close: request.done, by: request, where: {request_type: quote}}, target: 1d, window: 30d, score: {at0: 0.5, at100: 0.95}}
  - {name: kept_or_lost, aggregation: duration, from: {open: request.open, close: [request.done], lost: request.lost, by: request}, target: 2h, window: 30d}
"""


def opened(ts, request, **fields):
    return event("request.open", ts, customer=fields.pop("customer", "c1"), request=request, **fields)


def done(ts, request, kind="request.done", **fields):
    return event(kind, ts, customer=fields.pop("customer", "c1"), request=request, **fields)


def measures(lines, scope, ts):
    return next(x["value"]["measures"] for x in lines if x["topic"] == "cube.snapshot" and x["key"] == scope and x["ts"] == ts)


def test_the_contract_s_example_is_accepted_and_reads_as_the_contract_says():
    events = [opened(T0, "q1", request_type="quote", region="north"), opened(T0, "d1", request_type="delivery"),
              opened(T0 + HOUR, "q2", request_type="quote"), opened(T0 + HOUR, "q3", request_type="quote", expect_ms=HOUR),
              done(T0 + 6 * HOUR, "q1", region="south"), done(T0 + 7 * HOUR, "d1"), done(T0 + 30 * HOUR, "q2", outcome="bought")]
    lines = replay(CONFIG, "--at", "2026-01-01T02:00:00Z", "--at", "2026-01-01T02:00:10Z", "--at", "2026-01-02T12:00:00Z", interactions=events)
    before, after = (measures(lines, "region=north", T0 + t)["quote_in_time"] for t in (2 * HOUR, 2 * HOUR + 10_000))
    equal((before["waiting"], before["overdue"], "value" in before), (3, 0, False))
    equal((after["waiting"], after["overdue"]), (3, 1))
    m = measures(lines, "region=north", T0 + 36 * HOUR)["quote_in_time"]
    equal({k: m[k] for k in ("value", "n", "hits", "mean", "waiting", "overdue", "lost", "window", "weight")},
          {"value": 0.5, "n": 2, "hits": 1, "mean": 17.5 * HOUR, "waiting": 1, "overdue": 1, "lost": 0, "window": "30d", "weight": 1})
    holds(abs(m["p50"] - 6 * HOUR) < 6 * HOUR * 0.016 and abs(m["p99"] - 29 * HOUR) < 29 * HOUR * 0.016, "quantiles are in ms")
    equal([round(x, 4) for x in m["interval"]], [0.0945, 0.9055])
    equal("region=south" in {x["key"] for x in lines if x["topic"] == "cube.snapshot"} and
          measures(lines, "region=south", T0 + 36 * HOUR).get("quote_in_time", {}).get("n", 0), 0)


def test_lost_pairs_and_closes_that_come_before_their_open():
    events = [opened(T0, "r1"), done(T0 + HOUR, "r1", kind="request.lost"), done(T0 + 2 * HOUR, "r2"), opened(T0 + 3 * HOUR, "r3"),
              opened(T0 + HOUR, "r2")]
    lines = replay(CONFIG, "--until", "2026-01-01T06:00:00Z", interactions=events)
    state = last(lines, "cube.state")["organisation"]
    m = state["measures"]["kept_or_lost"]
    equal((m["n"], m["hits"], m["lost"], m["waiting"], m["overdue"], m["mean"]), (1, 1, 1, 1, 1, 1.0 * HOUR))
    equal(state["revision"], 1)


def test_what_is_told_late_leaves_what_it_leaves_in_order():
    """Opens, ends and losses of one id in any order, of which some come up to a day late."""
    r, stories = random.Random(7), []
    for i in range(120):
        kinds = r.choices(("request.open", "request.open", "request.done", "request.lost"), k=r.randint(2, 6))
        stories += [done(T0 + j * HOUR + i, f"r{i}", kind=k, customer=f"c{i}", region=f"c{i}{r.choice('ab')}", request_type="quote") for j, k in enumerate(kinds)]
    told = [sorted(stories, key=lambda e: e["ts"] + (r.randrange(HOUR, DAY - HOUR) if r.random() < share else 0)) for share in (0, 0.4)]
    want, seen = (last(replay(CONFIG, "--until", "2026-01-04T00:00:00Z", interactions=events), "cube.state") for events in told)
    figures = ("n", "hits", "mean", "waiting", "overdue", "lost")
    for scope, state in want.items():
        for name, m in state["measures"].items():
            equal({f: m.get(f) for f in figures}, {f: seen[scope]["measures"][name].get(f) for f in figures}, f"{name} of {scope}")
    holds(want["organisation"]["measures"]["kept_or_lost"]["n"] > 30, "some are kept")


OFFICE = """version: 1
name: office
pack: none
scopes: []
time_zone: Europe/Amsterdam
calendars: {office: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", holidays: ["2026-03-27"]}}
measures:
  - {name: answer, aggregation: duration, from: {open: request.open, close: request.done, by: request}, target: 4h, calendar: office, window: 30d}
"""


def test_business_hours_over_a_holiday_a_weekend_and_a_clock_change():
    thursday = 1774537200000  # 2026-03-26T15:00Z, 16:00 in Amsterdam; Friday is closed, on Sunday the clock is put forward
    monday_9 = 1774854000000  # 2026-03-30T07:00Z
    events = [opened(thursday, "a"), opened(thursday, "b"), opened(thursday, "c"), opened(thursday + DAY, "d"), done(thursday + 2 * DAY, "c"),
              done(monday_9 + 3 * HOUR, "a"), done(monday_9 + 3 * HOUR + 1, "b")]
    lines = replay(OFFICE, "--at", "2026-03-30T10:00:00Z", "--at", "2026-03-30T10:00:10Z", "--at", "2026-03-30T11:00:00Z", "--at", "2026-03-30T11:00:10Z", interactions=events)
    got = [measures(lines, "organisation", monday_9 + t)["answer"] for t in (3 * HOUR, 3 * HOUR + 10_000, 4 * HOUR, 4 * HOUR + 10_000)]
    equal([(m["n"], m.get("hits"), m["waiting"], m["overdue"]) for m in got], [(1, 1, 3, 0), (3, 2, 1, 0), (3, 2, 1, 0), (3, 2, 1, 1)])
    equal(got[3]["mean"], (HOUR + 4 * HOUR + 4 * HOUR + 1) / 3)


def test_any_number_of_partitions_and_an_erasure():
    events = [x for i in range(40) for x in (opened(T0 + i * HOUR, f"r{i}", customer=f"c{i % 7}", request_type="quote", region=("north", "south")[i % 2]),
                                            done(T0 + i * HOUR + i * 1000 * 60 * 59, f"r{i}", customer=f"c{i % 7}"))]
    events += [opened(T0 + 90 * HOUR, "left", customer="c9", request_type="quote", region="north"), event("customer.erase", T0 + 95 * HOUR, customer="c9")]
    events.sort(key=lambda e: e["ts"])
    with folder() as place:
        config, path = write_config(place / "c.yaml", CONFIG), write_events(place / "e.ndjson", events)
        states = [last(lines_of(cubed("replay", "-c", config, "--interactions", path, "--partitions", n, "--until", "2026-01-10T00:00:00Z").stdout), "cube.state")
                  for n in (1, 3, 12)]
    equal(states[1], states[0])
    equal(states[2], states[0])
    m = states[0]["organisation"]["measures"]["quote_in_time"]
    equal((m["n"], m["hits"], m["waiting"], m["overdue"]), (40, 25, 0, 0))


if __name__ == "__main__":
    main()
