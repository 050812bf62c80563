#!/usr/bin/env python3
"""Random histories of cases: told late they leave what they leave when told in order (domain 4.2), through cubed replay."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import event, last, replay
from tap import holds, main

T0, HOUR, DAY = 1767225600000, 3_600_000, 86_400_000
DEFINITIONS = ("confirmed", "agent", "survey", "no_recontact", "one_touch")
FIELDS = ("n", "hits", "contacts", "cases", "customers", "waiting", "transferred", "bot_only")
KINDS = ("open", "open", "recontact", "resolve", "resolve", "resolve", "transfer", "confirm", "confirm")
CUSTOMERS = 150


def config(window):
    measures = [{"name": d, "aggregation": "first_time", "definition": d, "recontact_window": window, "window": "30d"} for d in DEFINITIONS]
    return {"version": 1, "name": "cases", "pack": "none", "scopes": ["region"], "time": {"out_of_order": "0s", "lateness": "1d"}, "measures": measures}


def step(r, customer, case, ts, kind):
    """A customer has two regions of its own, between which it moves. Each event says where, for what does not counts where the customer is known to be."""
    fields = {"region": customer + r.choice("aab")}
    if kind == "open" and r.random() < 0.4:
        fields["bot"] = True
    if kind == "resolve" and r.random() < 0.5:
        fields["employee"] = "e1"
    if kind == "confirm":
        fields["satisfied"] = r.random() < 0.5
    return event(f"contact.{kind}", ts, customer=customer, case=case, **fields)


def history(r, customer, hours):
    """One to three cases, of which one event happens at a time."""
    moments = iter(sorted(r.sample(range(1, hours * 60), 24)))
    cases = [["open" if r.random() < 0.8 else r.choice(KINDS)] + r.choices(KINDS, k=r.randint(1, 6)) for _ in range(r.choice((1, 1, 1, 2, 3)))]
    turns = [i for i, kinds in enumerate(cases) for _ in kinds]
    r.shuffle(turns)
    return [step(r, customer, f"{customer}{i}", T0 + next(moments) * 60_000 + 1, cases[i].pop(0)) for i in turns]


def told(r, histories, share):
    """In the order they are told: some of them up to a day late."""
    def late():
        return r.randrange(HOUR, DAY - HOUR) if r.random() < share else 0
    return [e for _, e in sorted(((e["ts"] + late(), e) for es in histories for e in es), key=lambda x: x[0])]


def figures(told_events, window, until):
    states = last(replay(config(window), "--until", until, interactions=told_events), "cube.state")
    return {scope: {d: [m.get(f, 0) for f in FIELDS] + [m["final"]["n"], m["final"]["hits"], m["provisional"]["n"]] for d, m in s["measures"].items() if any(m.get(f) for f in FIELDS)}
            for scope, s in states.items()}


def tell_late(seed, window, share, hours=10, until="2026-01-20T00:00:00Z"):
    """Regions of customers that move are compared, and all of them together."""
    r = random.Random(seed)
    histories = [history(r, f"c{i}x", hours) for i in range(CUSTOMERS)]
    want, seen = (figures(told(r, histories, x), window, until) for x in (0, share))
    differ = [s for s in {**want, **seen} if want.get(s, {}) != seen.get(s, {})]
    one = min((s for s in differ if s != "organisation"), key=len, default="organisation")
    events = [[(e["ts"] - T0) // 60_000, e["kind"], {k: v for k, v in e.items() if k in ("case", "region", "bot", "employee", "satisfied")}]
              for es in histories if one[7:].startswith(es[0]["customer"]) for e in es]
    holds(not differ, f"seed {seed}: {len(differ)} scopes differ, {one}: in order {want.get(one)}, late {seen.get(one)}, of {events}")


def test_what_is_told_late_leaves_what_it_leaves_in_order():
    for seed, share in ((1, 0.15), (2, 0.3), (3, 0.6), (4, 1)):
        tell_late(seed, "7d", share, until="2026-01-03T00:00:00Z")


def test_window_that_is_shorter_than_lateness_ends_where_it_would_have_ended():
    for seed, window in ((5, "1h"), (6, "2h"), (7, "20m")):
        tell_late(seed, window, 0.4)


def test_window_ends_while_its_case_is_still_corrected():
    tell_late(8, "12h", 0.5, hours=40)


if __name__ == "__main__":
    main()
