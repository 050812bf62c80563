#!/usr/bin/env python3
"""Nothing that is published depends on an answer before a cell with it is let out: one employee answers something else, and all
that was told before then is the same to the byte: scores, drivers, levers, positions, alerts, whatever borrows E from them. Behind that,
a record may differ where a cell let out holds the answer, and nowhere else."""
import json
import os
import random
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "support"), str(Path(__file__).resolve().parent)]
from privacy_test import DAY, DAYS, HOUR, SEED, T0, WINDOWS, company, is_in_window  # noqa: E402
from program import event, replay_raw  # noqa: E402
from tap import equal, holds, main  # noqa: E402

ANSWERS = 1 if "asan" in os.environ.get("CUBED_BINARY", "") else 3
CONFIG = """version: 1
name: privacy
kafka: {bootstrap.servers: "127.0.0.1:9092"}
time: {out_of_order: 0s, idle_after: never, lateness: 5d}
scopes: [division, region, department, segment, [department, region], [division, region, department]]
pack: none
privacy: {k: 5, release: 1d}
cube: {dwell: 0s, confidence: 0.95, hysteresis: 1, min_coverage: 0.1, stale_after: 3d, linked_window: 5d}
measures:
  - {name: pride, axis: E, class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}}, window: 10d,
     horizons: [36h, 4d], score: {at0: 0.2, at100: 0.9}, min_n: 1}
  - {name: enps, axis: E, class: hr, aggregation: nps, from: {kind: enps}, window: 4d, horizons: [10d], score: {at0: -100, at100: 100}, min_n: 1}
  - {name: spread, axis: none, class: hr, aggregation: stddev, from: {kind: enps}, window: 4d}
  - {name: share, axis: E, class: hr, aggregation: ratio, from: {kind: enps}, hits: {where: {value: {min: 9}}}, window: 4d, score: {at0: 0, at100: 1}, min_n: 1}
  - {name: most, axis: none, class: hr, aggregation: within, target: 5, from: {kind: enps}, window: 10d}
  - {name: total, axis: none, class: hr, aggregation: sum, from: {kind: enps, value: value}, window: 10d}
  - {name: mean, axis: none, class: hr, aggregation: mean, from: {kind: survey, topic: hr}, window: 10d, horizons: [4d]}
  - {name: csat, axis: X, class: kpi, aggregation: top_box, from: {kind: survey, topic: cpi, where: {instrument: csat}}, window: 5d, score: {at0: 0, at100: 1}, min_n: 1}
  - {name: bought, axis: V, class: kpi, aggregation: count, from: {kind: purchase}, window: 2d, score: {at0: 0, at100: 10}, min_n: 1}
alerts:
  - {name: PrideLow, measure: pride, threshold: {below: 0.6, clear: 0.62}, annotations: {summary: "{{value}} of {{n}}"}}
  - {name: PrideSure, measure: pride, threshold: {above: 0.3, bound: lower}}
  - {name: EnpsMoves, measure: enps, change: {over: 2d, below: -1}}
  - {name: EnpsDrifts, measure: enps, drift: {lambda: 0.3, limit: 1, mean: 0, sd: 20, step: 6h}}
  - {name: NoPride, stale: {measure: pride, after: 1d}}
  - {name: ShareBurns, measure: share, burn_rate: {objective: 0.8, long: 12h, factor: 1.1}}
  - {name: LowE, axis: E, threshold: {below: 50}}
  - {name: Thin, coverage: {axis: E, below: 0.9}}
  - {name: LeftStress, octant: {left: stress}}
"""
WINDOWS.update({"12h": (DAY // 2, 300_000), "1h": (HOUR, 60_000)})  # those of the burn rule
OVER = {"pride": "pride", "mean": "pride", **dict.fromkeys(("enps", "spread", "share", "most", "total"), "enps")}


def customers(seed):
    """Contacts with departments, so that segments borrow E from them; surveys and purchases, so that scopes stand somewhere."""
    r, inter, cpi = random.Random(seed + 99), [], []
    for n in range(10 * DAYS):
        ts, who = T0 + n * DAY // 10 + r.randrange(HOUR), f"c{r.randrange(12)}"
        dims = {"segment": r.choice(["smb", "big"]), "region": r.choice(["north", "south", "east"])}
        inter.append(event("contact.open", ts, customer=who, case=f"k{n}", department=r.choice(["care", "sales", "it", "law"]), **dims))
        inter.append(event("purchase", ts + 1, customer=who, order=f"o{n}", revenue=5, **dims))
        cpi.append(event("survey", ts, customer=who, instrument="csat", value=r.randint(1, 5), **dims))
    return {"interactions": inter, "cpi": cpi}


def arriving(seed, events):
    """One in five answers comes up to two days late, of those who stay where they are: late ones count where an employee is known to be then."""
    r, movers = random.Random(seed), {e["employee"] for e in events if e["kind"] == "transfer"}
    may = {e["id"] for e in events if e["kind"] in ("survey", "enps") and e["employee"] not in movers}
    return [e for _, e in sorted(((e["ts"] + (r.randrange(2 * DAY) if e["id"] in may and r.random() < 0.2 else 0), e) for e in events), key=lambda x: x[0])]


def told(hr, others):
    out = replay_raw(CONFIG, "--every", "12h", "--partitions", 3, "--customers", hr=hr, **others).stdout.splitlines()
    return [(json.loads(line), line) for line in out]


def cells_of(state):
    for name in OVER.keys() & state["measures"].keys():
        m = state["measures"][name]
        for window, cell in {m["window"]: m, **m.get("horizons", {})}.items():
            yield (name, window), {k: v for k, v in cell.items() if k not in ("horizons", "score", "drift")}


def states(lines):
    return {(x["topic"], x["key"], x["ts"]): (x["value"], line) for x, line in lines if x["topic"] in ("cube.state", "cube.snapshot")}


class Attack:
    """One answer that is another one; `held` says whether a cell as it was let out holds it."""

    def __init__(self, number, answers, before, after):
        self.answer, self.before, self.after = answers[number], before, after
        self.out = {}  # scope -> the first tick at which a cell that holds it was there
        for (_, scope, ts), (value, _) in states(before).items():
            if any(self.held(scope, at, cell) for at, cell in cells_of(value)):
                self.out[scope] = min(ts, self.out.get(scope, ts))

    def held(self, scope, at, cell):
        return "published_at" in cell and is_in_window(self.answer, OVER[at[0]], at[1], scope, cell["published_at"])

    def lines_before(self, lines):
        first = min(self.out.values(), default=T0 + 10 * DAYS * DAY)
        return [line for x, line in lines if x["ts"] < first]

    def judge(self, what):
        same = self.lines_before(self.before)
        different = next((pair for pair in zip(self.lines_before(self.after), same) if pair[0] != pair[1]), None)
        equal(different, None, f"{what}: all that is told before it is let out")
        equal(len(self.lines_before(self.after)), len(same), f"{what}: records before it is let out")
        here, there = states(self.before), states(self.after)
        for key in here.keys() & there.keys():
            self.judge_state(f"{what}: {key}", key, here[key], there[key])
        return len(same)

    def judge_state(self, what, key, here, there):
        cells = dict(cells_of(there[0]))
        for at, cell in cells_of(here[0]):
            if not self.held(key[1], at, cell):
                equal(cells[at], cell, f"{what}: {at}, which does not hold it")
        if here[0]["axes"]["E"]["basis"] == "own" and key[2] < self.out.get(key[1], key[2] + 1):
            equal(there[1], here[1], f"{what}: a scope of which nothing that holds it was let out")


def test_an_answer_shows_nowhere_before_it_is_let_out():
    for seed, late in ((SEED, False), (SEED + 1, True)):
        events, answers = company(seed)
        asked = [e["id"] for e in events if e["kind"] in ("survey", "enps")]
        hr, others, r = arriving(seed, events) if late else events, customers(seed), random.Random(seed)
        before, compared = told(hr, others), 0
        for name in r.sample(asked, ANSWERS):
            other = [{**e, "value": (e["value"] + 2) % 5 + 1 if e["kind"] == "survey" else (e["value"] + 5) % 11} if e["id"] == name else e for e in hr]
            compared += Attack(asked.index(name), answers, before, told(other, others)).judge(f"seed {seed}, answer {name}")
        holds(compared > 300 * ANSWERS, f"{compared} records before an answer was let out")
        print(f"# seed {seed}: {compared} records the same whatever {ANSWERS} answered")


if __name__ == "__main__":
    print(f"# seed {SEED} (PRIVACY_SEED)")
    main()
