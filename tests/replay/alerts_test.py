#!/usr/bin/env python3
"""Alerts that compare with the past, through cubed replay: drift, change, coverage, `when`, and the pack's risks."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import event, last, of_topic, replay, sequences
from tap import equal, holds, main

T0 = 1_767_225_600_000  # 2026-01-01
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NIST = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def config(alerts, **more):
    cube = {"tick": "10s", "dwell": "0s", "confidence": "none", "hysteresis": 0, "stale_after": "30d"}
    axes = [("E", "hire"), ("X", "complaint"), ("V", "purchase")]
    measures = [{"name": f"pulse_{a}", "axis": a, "aggregation": "mean", "window": "1h", "score": {"at0": 0, "at100": 100},
                 "from": {"kind": "measurement", "where": {"cpi": a}}} for a, _ in axes]
    return {"version": 1, "name": "alerts", "pack": "none", "cube": cube, "scopes": ["region"], "measures": measures,
            "alerts": alerts, "time": {"out_of_order": "0s"}, **more}


def pulse(axis, ts, value, **fields):
    return event("measurement", ts, cpi=axis, value=value, customer=fields.pop("customer", "c1"), **fields)


def fired(lines, name, scope="organisation"):
    return [a for a in of_topic(lines, "cube.alerts") if a["labels"]["alertname"] == name and a["labels"]["scope"] == scope]


def test_drift_follows_the_series_of_the_handbook_and_shows_in_the_state():
    rule = {"name": "Drifts", "measure": "pulse_X", "drift": {"lambda": 0.3, "limit": 3, "mean": 50, "sd": 2.0539, "step": "1h"}}
    events = [pulse("X", T0 + (i + 1) * HOUR - 1000, x) for i, x in enumerate(NIST)]
    lines = replay(config([rule]), "--until", "2026-01-01T20:00:00Z", cpi=events)
    drift = last(lines, "cube.state")["organisation"]["measures"]["pulse_X"]["drift"]
    holds(abs(drift["z"] - 51.99) < 0.005, f"z is {drift['z']}")
    holds(abs(drift["limits"][0] - 47.411568) < 1e-6 and abs(drift["limits"][1] - 52.588432) < 1e-6, str(drift))
    equal(of_topic(lines, "cube.alerts"), [])
    lines = replay(config([rule]), "--until", "2026-01-02T02:00:00Z",
                   cpi=events + [pulse("X", T0 + h * HOUR - 1000, v) for h, v in ((21, 55), (22, 50), (23, 50))])
    first, second = fired(lines, "Drifts")
    equal((first["status"], first["startsAt"], second["status"], second["endsAt"]),
          ("firing", "2026-01-01T21:00:00Z", "resolved", "2026-01-01T22:00:00Z"))
    holds(abs(first["value"] - (0.3 * 55 + 0.7 * 51.99)) < 0.01, str(first["value"]))
    equal((first["n"], "interval" in first), (1, False))


def test_change_needs_a_value_of_then_and_is_strict():
    rule = {"name": "Falls", "axis": "X", "change": {"over": "2h", "below": -5, "step": "1h"}}
    values = [60, 60, 55, 54.5, 54.5, 54.5]
    events = [pulse("X", T0 + (i + 1) * HOUR - MINUTE, v) for i, v in enumerate(values)]
    lines = replay(config([rule]), "--until", "2026-01-01T06:00:00Z", cpi=events)
    # At 3:00 the change is 55 - 60, not below -5. From 3:59:10 on 54.5 counts, and then is 1:00 until 4:00.
    first, second = fired(lines, "Falls")
    equal((first["startsAt"], first["value"], first["status"]), ("2026-01-01T03:59:10Z", -5.5, "firing"))
    equal((second["status"], second["endsAt"], second["value"]), ("resolved", "2026-01-01T05:00:00Z", -0.5))


def test_when_holds_a_rule_to_its_octants_and_moves_have_names():
    rules = [{"name": "Guarded", "when": {"octant": ["engagement"]}, "change": {"axis": "X", "over": "1h", "below": -5, "step": "10m"}},
             {"name": "Elsewhere", "when": {"octant": "cash"}, "change": {"axis": "X", "over": "1h", "below": -5, "step": "10m"}}]
    at = lambda h, x, v: [pulse("E", T0 + h * HOUR, 90), pulse("X", T0 + h * HOUR, x), pulse("V", T0 + h * HOUR, v)]
    events = at(0, 90, 90) + at(1, 70, 90) + at(2, 60, 10)
    lines = replay(config(rules), "--until", "2026-01-01T02:30:00Z", cpi=events)
    first, second = fired(lines, "Guarded")
    equal((first["status"], first["value"], second["status"]), ("firing", -20.0, "resolved"))
    equal(fired(lines, "Elsewhere"), [])
    change, = of_topic(lines, "cube.changes", "organisation")
    equal((change["edge"], change["jump"], change["move"]), ("engagement->happy", 1, "value faded"))
    equal(second["endsAt"], "2026-01-01T02:00:10Z")


def test_a_jump_has_no_move():
    events = [pulse(a, T0, 90) for a in "EXV"] + [pulse(a, T0 + HOUR, 10) for a in "EXV"]
    change, = of_topic(replay(config([]), cpi=events), "cube.changes", "organisation")
    equal((change["edge"], change["jump"], "move" in change), ("engagement->urgency", 3, False))


def test_waiting_fires_before_the_outcome_is_there():
    quote = {"name": "quotes", "aggregation": "duration", "window": "1d", "target": "1h",
             "from": {"open": "request.open", "close": "request.done", "lost": "request.lost", "by": "request"}}
    rules = [{"name": "Late", "measure": "quotes", "waiting": {"share_above": 0.4}},
             {"name": "TooLate", "measure": "quotes", "waiting": {"above": 1}}]
    ask = lambda n, ts: event("request.open", ts, customer="c1", request=f"q{n}")
    events = [ask(1, T0), ask(2, T0 + 30 * MINUTE), ask(3, T0 + 40 * MINUTE),
              event("request.done", T0 + 95 * MINUTE, customer="c1", request="q1"),
              event("request.lost", T0 + 105 * MINUTE, customer="c1", request="q2")]
    lines = replay({**config(rules), "measures": [quote]}, "--until", "2026-01-01T02:00:00Z", interactions=events)
    late, over = fired(lines, "Late"), fired(lines, "TooLate")
    # q1 is overdue from 1:00 on (a third), q2 from 1:30; q1 comes at 1:35 (a half), q2 is lost at 1:45 (none: q3 from 1:40).
    equal([(a["status"], a["startsAt"], a["value"], a["n"]) for a in late[:1]], [("firing", "2026-01-01T01:30:10Z", 2 / 3, 3)])
    equal([(a["status"], a["value"], a["n"]) for a in over],
          [("firing", 2.0, 3), ("resolved", 1.0, 2), ("firing", 2.0, 2), ("resolved", 1.0, 1)])
    equal([a["endsAt"] for a in over if a["status"] == "resolved"], ["2026-01-01T01:35:10Z", "2026-01-01T01:45:10Z"])


def test_coverage_tells_which_axis_lacks_what():
    rules = [{"name": "Thin", "coverage": {"below": 0.5}}, {"name": "ThinX", "coverage": {"axis": "X", "below": 0.5}}]
    events = [pulse("X", T0, 90), pulse("E", T0 + MINUTE, 90), pulse("V", T0 + 2 * MINUTE, 90)]
    lines = replay(config(rules), "--until", "2026-01-01T00:30:00Z", cpi=events)
    first, second = fired(lines, "Thin")
    equal((first["status"], first["value"], second["status"], second["value"], second["endsAt"]),
          ("firing", 0.0, "resolved", 1.0, "2026-01-01T00:02:10Z"))
    equal(fired(lines, "ThinX"), [])


def test_a_correction_within_lateness_shows_in_value_and_revision():
    rule = {"name": "Falls", "axis": "X", "change": {"over": "30m", "below": -5, "step": "30m"}}
    events = [pulse("X", T0, 60), pulse("X", T0 + 50 * MINUTE, 60), pulse("X", T0 + 70 * MINUTE, 58),
              pulse("X", T0 + 40 * MINUTE, 20, id="straggler"), pulse("X", T0 + 80 * MINUTE, 58)]
    lines = replay(config([rule]), "--until", "2026-01-01T01:21:00Z", cpi=events)
    alert = fired(lines, "Falls")[0]
    equal((alert["revision"], alert["startsAt"]), (1, "2026-01-01T01:10:10Z"))
    holds(abs(alert["value"] - (sum((60, 58, 20)) / 3 - 60)) < 1e-9, str(alert["value"]))


def staff():
    out = [event("hire", T0, employee=f"e{i}") for i in range(20)]
    out += [event("survey", T0 + HOUR, employee=f"e{i}", theme="pride", value=5, scale=5) for i in range(10)]
    return out + [event("survey", T0 + 40 * DAY, employee=f"e{i}", theme="pride", value=1, scale=5) for i in range(10, 20)]


def customers():
    out = [event("survey", T0 + d * DAY, customer=f"c{i}", instrument="nps", value=10) for d in range(0, 45, 5) for i in range(10)]
    bought = [event("purchase", T0, customer=f"c{i}", order=f"o{i}", revenue=600) for i in range(10)]
    seen = [event("purchase", T0 + d * DAY, customer="c0", order=f"d{d}", revenue=1) for d in range(0, 45, 5)]
    return bought + seen, out


def risks(lines):
    return sorted({a["labels"]["alertname"] for a in of_topic(lines, "cube.alerts") if a["status"] == "firing"
                   and a["labels"]["scope"] == "organisation"})


def test_the_pack_warns_when_employees_lose_heart_in_engagement():
    cube = {"dwell": "0s", "confidence": "none", "min_coverage": 0.1, "stale_after": "60d"}
    base = {"version": 1, "name": "risk", "cube": cube, "scopes": []}
    interactions, cpi = customers()
    given = {"interactions": interactions, "cpi": cpi, "hr": staff()}
    lines = replay(base, "--until", "2026-02-11T00:00:00Z", **given)
    equal(last(lines, "cube.state")["organisation"]["octant"], "engagement")
    found = risks(lines)
    holds("ComplacencyE" in found and "EarlyWarning" in found and "ComplacencyX" not in found, str(found))
    summary = fired(lines, "EarlyWarning")[0]["annotations"]["summary"]
    holds(summary.startswith("Employees of organisation lose heart") and "E changed by -" in summary, summary)
    off = replay({**base, "alerts": [{"name": "EarlyWarning", "enabled": False}]}, "--until", "2026-02-11T00:00:00Z", **given)
    found = risks(off)
    holds("EarlyWarning" not in found and "ComplacencyE" in found, str(found))


def test_alerts_do_not_depend_on_partitions():
    rules = [{"name": "Falls", "axis": "X", "change": {"over": "1h", "below": -5, "above": 5}},
             {"name": "Drifts", "measure": "pulse_X", "drift": {"mean": 50, "sd": 5, "step": "10m"}},
             {"name": "Thin", "coverage": {"below": 1}}]
    events = [pulse("EXV"[i % 3], T0 + i * 7 * MINUTE, (i * 37) % 101, customer=f"c{i % 11}", region="ns"[i % 2]) for i in range(300)]
    one = replay(config(rules), cpi=events)
    three = replay(config(rules), "--partitions", "3", cpi=events)
    holds(len(of_topic(one, "cube.alerts")) > 20, "few alerts")
    for topic in ("cube.alerts", "cube.state"):
        equal(sequences(one, topic), sequences(three, topic))


if __name__ == "__main__":
    main()
