#!/usr/bin/env python3
"""What must hold of every aggregation, whatever its figures are: children add up to their parent where figures add up, and when
tasks commit does not show. The companies are those of tests/oracle."""
import sys
from fractions import Fraction
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in ("support", "oracle")]
from catalog import CALENDARS, Catalog  # noqa: E402
from check import at_options, run  # noqa: E402
from compare import rfc3339  # noqa: E402
from program import ROOT, replay, sequences  # noqa: E402
from scenario import Scenario  # noqa: E402
from tap import Failed, equal, holds, main  # noqa: E402

DAY = 86_400_000
DECISIONS = ("cube.state", "cube.snapshot", "cube.changes", "cube.alerts", "cube.customers", "cube.customers.snapshot", "cube.late", "cube.dead-letters")

# Figures that add up, by aggregation. Of means and shares the value times n does; `value` of a quotient, a quantile, a rate over
# head counts or what is let out of survey cells does not.
ADDS = {
    "count": ("value", "n"), "sum": ("value", "n"), "rate": ("value", "n"), "quotient": ("n",), "points": ("value", "n"),
    "mean": ("n", "mean*n"), "stddev": ("n",), "ratio": ("n", "hits"), "within": ("n", "hits", "mean*n"), "nps": ("n", "value*n"),
    "top_box": ("n", "hits", "mean*n"), "duration": ("n", "hits", "waiting", "overdue", "mean*n"), "first_time": ("n", "hits", "waiting", "contacts", "cases"),
    "gap": ("n", "met*n", "exceeded*n"), "growth": (), "active": ("value", "n"), "concentration": ("n",), "mismatch": ("n",),
    "churn": ("n", "hits", "average_customers"), "headcount": ("n", "value", "average"), "turnover": ("n", "hits", "voluntary", "regretted", "average_headcount"),
    "absence": ("n", "days", "available_days"), "time_to_productivity": ("n", "ramping", "value*n"), "cost_per_hire": ("n", "hires", "internal", "external"),
}


def names_of_all():
    """Every aggregation there is has a row above."""
    import re
    text = (ROOT / "proto" / "schema" / "records.md").read_text(encoding="utf-8") + (ROOT / "lib" / "measure" / "aggregation.c").read_text(encoding="utf-8")
    return set(re.findall(r"&agg_(\w+)", text))


def everybody(seed, straggling=False):
    """A company with every measure there is, in which every event and entity has a region and a segment."""
    s = Scenario(seed, straggling=straggling)
    catalog = Catalog(s)
    measures = [m for m in (*catalog.always(), *catalog.maybe()) if m["name"] not in ("pride", "enps")]
    measures.append(catalog.measure("order_spread", "stddev", **{"from": {"kind": "purchase", "value": "revenue"}}))
    measures += [catalog.measure(f"top_{name}", "top_box", **{"from": {"kind": "survey", "where": {"instrument": name}}}) for name in ("csat", "ces", "grade10")]
    s.config.update({"measures": measures, "alerts": [], "scopes": ["region", ["region", "segment"]],
                     "calendars": CALENDARS})
    place = {}
    for topic, events in s.inputs.items():
        for e in events:
            who = (topic == "hr", e.get("customer", e.get("employee")))
            at = place.setdefault(who, [("north", "south", "east")[len(place) % 3], ("smb", "corporate")[len(place) % 2]])
            at[0], at[1] = e.get("region", at[0]), e.get("segment", at[1])
            e["region"], e["segment"] = at
    return s


def figure(values, name):
    """A figure, or one times another; nothing counts as 0."""
    out = Fraction(1)
    for part in name.split("*"):
        out *= Fraction(values.get(part) or 0)
    return out


def windows_of(values):
    """The scored window and, of what they carry, the others."""
    yield "", values
    for name, horizon in values.get("horizons", {}).items():
        yield f" over {name}", {**horizon, "short": True}


CARRIED = ("value", "n", "hits", "value*n")


def adds_up(seed, at, parent, children, measure, aggregation):
    for i, (window, whole) in enumerate(windows_of(parent)):
        for name in ADDS[aggregation]:
            if i and name not in CARRIED:
                continue
            parts = [list(windows_of(c))[i][1] for c in children]
            got, want = sum(figure(p, name) for p in parts), figure(whole, name)
            if abs(got - want) > Fraction(1, 10**9) * max(1, abs(want)):
                raise Failed(f"seed {seed} at {at}: {measure}{window}: {name} of the children {float(got)}, of the parent {float(want)}")
    return len(children)


def snapshots(lines):
    out = {}
    for x in lines:
        if x["topic"] == "cube.snapshot":
            out.setdefault(x["ts"], {})[x["key"]] = x["value"]["measures"]
    return out


def is_child(child, parent):
    names = 0 if parent == "organisation" else 1
    return child.count("=") == names + 1 and (parent == "organisation" or child.startswith(parent + ","))


def families(scopes):
    for parent in scopes:
        children = [c for c in scopes if is_child(c, parent)]
        if children:
            yield parent, children


def test_every_aggregation_has_its_row():
    equal(names_of_all() - {"ledger_mean", "ledger_ratio"}, set(ADDS))


def test_children_add_up_to_their_parent():
    compared, seen = 0, set()
    for seed, straggling in ((1, False), (2, False), (4, False), (5, True), (6, True)):
        s = everybody(seed, straggling)
        for at, scopes in snapshots(run(s, *at_options(s))).items():
            for parent, children in families(scopes):
                for m in s.config["measures"]:
                    if m["class"] == "hr" and parent != "organisation":
                        continue  # employees have no segment
                    whole = scopes[parent].get(m["name"], {})
                    parts = [scopes[c].get(m["name"], {}) for c in children]
                    if "horizons" in whole and any("horizons" not in p for p in parts):
                        parts = [{"horizons": whole["horizons"] and dict.fromkeys(whole["horizons"], {}), **p} for p in parts]
                    compared += adds_up(seed, at, whole, parts, f"{parent} {m['name']}", m["aggregation"])
                    seen |= {m["aggregation"]} if whole.get("n") else set()
    holds(compared > 1000, f"{compared} children")
    equal(set(ADDS) - seen, set(), "aggregations without a figure")


def test_when_tasks_commit_does_not_show():
    for seed, straggling in ((1, False), (3, False), (5, True), (10, True)):
        s = everybody(seed, straggling)
        want = told(run(s, "--customers", *at_options(s)))
        for every in (1, 100, 10000):
            for partitions in (1, 3):
                got = told(run(s, "--customers", *at_options(s), "--partitions", partitions, "--commit-every", every))
                for topic, keys in want.items():
                    equal(got[topic], keys, f"seed {seed}, {topic}, committed every {every} of {partitions} partitions")


# Figures of those who stand there, whatever left the windows: of them only what happened is gone.
STOCKS = ("headcount", "turnover", "absence", "churn")


def left_over(measure, values):
    """What an empty window says though nothing is in it. An invoice that is still unpaid costs in every window."""
    if measure.get("from", {}).get("ledger") in ("effort", "margin"):
        return
    for window, w in windows_of(values):
        keys = ("hits",) if measure["aggregation"] in STOCKS else ("n", "hits", "interval", "mean", "p50")
        rest = {k: w[k] for k in keys if w.get(k)}
        if measure["aggregation"] not in STOCKS and "value" in w:
            rest["value"] = w["value"]
        if rest:
            yield f"{measure['name']}{window}: {rest}"


def test_a_window_that_has_slid_by_its_length_is_empty_and_has_no_value():
    seen = set()
    for seed, straggling in ((1, False), (2, False), (4, False), (5, True), (6, True)):
        s = everybody(seed, straggling)
        after = (s.until + 9 * DAY) // DAY * DAY  # the longest window is of three days
        then = snapshots(replay(s.config, *at_options(s), "--at", rfc3339(after), **s.inputs))
        for scope, figures in then.pop(after).items():
            for m in s.config["measures"]:
                equal(list(left_over(m, figures.get(m["name"], {}))), [], f"seed {seed}, {scope}")
        told_before = [figures for scopes in then.values() for figures in scopes.values()]
        seen |= {m["aggregation"] for m in s.config["measures"] if any(f.get(m["name"], {}).get("n") for f in told_before)}
    equal(set(ADDS) - seen, set(), "aggregations without a figure before")


def told(lines):
    """All values per topic and key, in order; the offsets of what was refused aside. Whether a scope or customer is written between two
    changes is a matter of commits: its last record is not."""
    out = {topic: sequences(lines, topic) for topic in DECISIONS}
    for topic in ("cube.state", "cube.customers"):
        out[topic] = {key: values[-1] for key, values in out[topic].items()}
    for topic in ("cube.late", "cube.dead-letters"):
        out[topic] = sorted(map(repr, out[topic]))
    return out


if __name__ == "__main__":
    main()
