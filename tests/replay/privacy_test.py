#!/usr/bin/env python3
"""An attacker reads every record that is published and takes one survey cell from another: over scopes, over
windows, over releases. It must not find a group of one to k - 1 answers. It is given what it cannot know, the
answers themselves, to tell what it has found."""
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import event, replay  # noqa: E402
from tap import equal, holds, main  # noqa: E402

SEED = int(os.environ.get("PRIVACY_SEED", "1"))
SEEDS = 4
K = 5
HOUR, DAY = 3_600_000, 86_400_000
T0 = 1_767_225_600_000  # 2026-01-01
DAYS = 24
KINDS = [("organisation",), ("division",), ("region",), ("department",), ("department", "region"), ("division", "region", "department")]
WINDOWS = {"10d": (10 * DAY, HOUR), "4d": (4 * DAY, HOUR), "36h": (36 * HOUR, 900_000)}  # length, pane
CONFIG = """version: 1
name: privacy
kafka: {bootstrap.servers: "127.0.0.1:9092"}
time: {out_of_order: 0s, idle_after: never}
scopes: [division, region, department, [department, region], [division, region, department]]
pack: none
privacy: {k: 5, release: 1d}
cube: {dwell: 0s, confidence: none, hysteresis: 0, min_coverage: 0.1}
measures:
  - {name: pride, axis: E, class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}}, window: 10d,
     horizons: [36h, 4d], score: {at0: 0.2, at100: 0.9}, min_n: 1}
  - {name: enps, axis: E, class: hr, aggregation: nps, from: {kind: enps}, window: 4d, horizons: [10d], score: {at0: -100, at100: 100}, min_n: 1}
"""
MEASURES = {"pride": ("10d", "36h", "4d"), "enps": ("4d", "10d")}


# ---- a company that moves about ---------------------------------------------------------------------------

def dims_of(r):
    """Some are of no region or division: a few that a scope less its parts would tell."""
    some = {"department": r.choice(["care", "sales", "it", "law"])}
    if r.random() < 0.85:
        some["region"] = r.choice(["north", "south"])
    if r.random() < 0.9:
        some["division"] = r.choice(["home", "trade"])
    return some


def key_of(kind, dims):
    if kind == ("organisation",):
        return "organisation"
    return ",".join(f"{d}={dims[d]}" for d in kind) if all(d in dims for d in kind) else None


def company(seed):
    """Events, and the answers as (measure, ts, employee, scopes they count in)."""
    r = random.Random(seed)
    staff, events, answers = {}, [], []

    def tell(kind, ts, who, **fields):
        events.append(event(kind, ts, id=f"{len(events):06d}", employee=who, **fields))

    def day_of(who, ts):
        if who not in staff:
            staff[who] = dims_of(r)
            tell("hire", ts, who, **staff[who])
        elif r.random() < 0.04:
            moved = dims_of(r)
            staff[who].update(moved)
            tell("transfer", ts, who, **moved)
        elif r.random() < 0.02:
            tell("exit", ts, who)
        elif r.random() < rate[who % len(rate)]:
            measure = r.choice(["pride", "enps"])
            scopes = {key_of(k, staff[who]) for k in KINDS} - {None}
            answers.append((measure, ts, who, scopes))
            if measure == "pride":
                tell("survey", ts, who, theme="pride", scale=5, value=r.randint(1, 5))
            else:
                tell("enps", ts, who, value=r.randint(0, 10))

    rate = [r.choice([0.02, 0.1, 0.4, 0.9]) for _ in range(7)]
    for day in range(DAYS):
        for ts, who in sorted((T0 + day * DAY + r.randrange(DAY), who) for who in range(r.choice([20, 45, 70])) for _ in range(2)):
            day_of(who, ts)
    for e in events:
        e["employee"] = f"e{e['employee']}"
    return events, answers


# ---- what is published ------------------------------------------------------------------------------------

def cells_of(state):
    """(measure, window) -> what the record says of the cell, None when it is withheld."""
    cells = {}
    for name, m in state["measures"].items():
        parts = {m["window"]: m, **m.get("horizons", {})}
        for window, cell in parts.items():
            if "withheld" in cell:
                extra = set(cell) - {"withheld", "window", "weight", "horizons"}
                equal(extra, set(), f"what a withheld cell of {state['scope']} says besides")
                cell = None
            cells[name, window] = cell
    return cells


def begin_of(window, t):
    """The first instant that a window holds at another one."""
    length, pane = WINDOWS[window]
    return ((t - 1) // pane - -(-length // pane) + 1) * pane


def is_in_window(answer, measure, window, scope, t):
    m, ts, _, scopes = answer
    return m == measure and scope in scopes and begin_of(window, t) <= ts < t


def window_of(answers, measure, window, scope, t):
    """The answers that a window holds at an instant."""
    first = begin_of(window, t)
    return {i for i, (m, ts, _, scopes) in enumerate(answers) if m == measure and scope in scopes and first <= ts < t}


def inside(fine, coarse):
    kinds = [k for k in KINDS if k != ("organisation",)]
    fine_dims, coarse_dims = (dict(p.split("=") for p in s.split(",")) if s != "organisation" else {} for s in (fine, coarse))
    assert fine == "organisation" or tuple(fine_dims) in kinds
    return coarse_dims.items() <= fine_dims.items() and coarse_dims != fine_dims


# ---- the attacks ------------------------------------------------------------------------------------------

def by_scope(now, cell):
    """A scope less the scopes of one kind inside it."""
    found = []
    for whole, cells in now.items():
        if not cells.get(cell):
            continue
        for kind in KINDS[1:]:
            parts = [s for s in now if tuple(p.split("=")[0] for p in s.split(",")) == kind and inside(s, whole) and now[s].get(cell)]
            rest = cells[cell]["n"] - sum(now[s][cell]["n"] for s in parts)
            if parts and 0 < rest < K:
                found.append(f"{whole} less its {','.join(kind)}: {rest} of {cell}")
    return found


def by_window(now, measure):
    """A longer window less a shorter one."""
    found = []
    for scope, cells in now.items():
        for long in MEASURES[measure]:
            for short in MEASURES[measure]:
                a, b = cells.get((measure, long)), cells.get((measure, short))
                if WINDOWS[long] > WINDOWS[short] and a and b and 0 < a["n"] - b["n"] < K:
                    found.append(f"{scope} {measure} over {long} less {short}: {a['n'] - b['n']}")
    return found


def by_time(answers, scope, cell, before, after):
    """A cell less the same cell as it was let out before: the answers that one of them holds and the other does not."""
    changed = window_of(answers, *cell, scope, before["published_at"]) ^ window_of(answers, *cell, scope, after["published_at"])
    return [f"{scope} {cell} of {after['published_at']} less {before['published_at']}: {len(changed)}"] if 0 < len(changed) < K else []


def alone(answers, scope, cell, now):
    """A cell by itself: too few answers, or too few people behind them. And is it what was answered at all?"""
    held = window_of(answers, *cell, scope, now["published_at"])
    equal(now["n"], len(held), f"n of {scope} {cell} let out at {now['published_at']}")
    people = {answers[i][2] for i in held}
    return [f"{scope} {cell}: {len(held)} answers of {len(people)}"] if len(people) < K or len(held) < K else []


def attack(lines, answers):
    """Everything found, and how often it was tried."""
    found, tried, now, last = [], {"alone": 0, "scope": 0, "time": 0, "withheld": 0}, {}, {}
    ticks = {}
    for line in lines:
        if line["topic"] in ("cube.state", "cube.snapshot"):
            ticks.setdefault(line["value"]["as_of"], []).append(line["value"])
    for t in sorted(ticks):
        for state in ticks[t]:
            now[state["scope"]] = cells_of(state)
            for cell, is_now in now[state["scope"]].items():
                before = last.get((state["scope"], cell))
                tried["withheld"] += is_now is None and len(window_of(answers, *cell, state["scope"], t)) >= 2 * K
                if is_now and is_now != before:
                    tried["alone"] += 1
                    found += alone(answers, state["scope"], cell, is_now)
                    if before:
                        tried["time"] += 1
                        found += by_time(answers, state["scope"], cell, before, is_now)
                    last[state["scope"], cell] = is_now
        if (t - T0) % DAY == 0:
            for measure, windows in MEASURES.items():
                found += by_window(now, measure)
                for window in windows:
                    tried["scope"] += 1
                    found += by_scope(now, (measure, window))
    return found, tried


def test_nothing_published_tells_the_answers_of_a_few():
    total = {}
    for seed in range(SEED, SEED + SEEDS):
        events, answers = company(seed)
        lines = replay(CONFIG, "--every", "1d", "--partitions", 3, hr=events)
        found, tried = attack(lines, answers)
        equal(found[:5], [], f"what the attacker finds with seed {seed}, {len(found)} in all")
        total = {k: total.get(k, 0) + v for k, v in tried.items()}
    print(f"# seeds {SEED} to {SEED + SEEDS - 1}: {total}")
    holds(total["alone"] > 400 and total["time"] > 200 and total["scope"] > 200, "there was something to attack")
    holds(total["withheld"] > 20, "cells with enough answers were withheld for the sake of others")


if __name__ == "__main__":
    print(f"# seed {SEED} (PRIVACY_SEED)")
    main()
