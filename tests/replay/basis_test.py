#!/usr/bin/env python3
"""E of scopes without employees: linked by contacts with departments, inherited from the scope around, on any
number of partitions; the moves of a borrowed E have drivers that add up."""
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import event, of_topic, replay, sequences  # noqa: E402
from tap import equal, holds, main, near  # noqa: E402

HOUR, DAY = 3_600_000, 86_400_000
T0 = 1_767_225_600_000  # 2026-01-01
CONFIG = """version: 1
name: basis
kafka: {bootstrap.servers: "127.0.0.1:9092"}
time: {out_of_order: 0s, idle_after: never}
scopes: [region, department, segment, [region, segment]]
pack: none
cube: {dwell: 0s, confidence: none, hysteresis: 0, min_coverage: 0.5, linked_window: 5d}
measures:
  - {name: pride, axis: E, class: hr, aggregation: top_box, from: {kind: survey, topic: hr, where: {theme: pride}}, window: 30d,
     score: {at0: 0, at100: 1}, min_n: 1, weight: 3}
  - {name: enps, axis: E, class: hr, aggregation: nps, from: {kind: enps}, window: 30d, score: {at0: -100, at100: 100}, min_n: 1}
  - {name: csat, axis: X, class: kpi, aggregation: top_box, from: {kind: survey, topic: cpi, where: {instrument: csat}}, window: 30d,
     score: {at0: 0, at100: 1}, min_n: 1}
  - {name: bought, axis: V, class: kpi, aggregation: count, from: {kind: purchase}, window: 30d, score: {at0: 0, at100: 1}, min_n: 1}
"""


def answers(day, department, good, of):
    """Answers to both questions: `good` of so many people are proud, and promoters; the others neither."""
    out = []
    for i in range(of):
        who = {"employee": f"{department}{i}", "department": department, "region": "north"}
        ts = T0 + day * DAY + HOUR + i
        out.append(event("survey", ts, theme="pride", scale=5, value=5 if i < good else 1, **who))
        out.append(event("enps", ts, value=10 if i < good else 0, **who))
    return out


def contact(day, customer, department, **dims):
    return event("contact.open", T0 + day * DAY + 2 * HOUR, customer=customer, case=f"{customer}-{day}-{department}", department=department, **dims)


def customers():
    """c1 of smb is served by care thrice and by sales once; c2 of large by law, which nobody knows."""
    inter = [contact(0, "c1", "care", segment="smb", region="south") for _ in range(3)] + [contact(0, "c1", "sales", segment="smb", region="south")]
    inter += [contact(0, "c2", "law", segment="large", region="north")]
    for day in (0, 3, 8):
        for who, dims in (("c1", {"segment": "smb", "region": "south"}), ("c2", {"segment": "large", "region": "north"}), ("c3", {"segment": "new", "region": "north"})):
            inter.append(event("purchase", T0 + day * DAY + 3 * HOUR, customer=who, order=f"{who}{day}", revenue=1, **dims))
    cpi = [event("survey", T0 + DAY // 2, customer=who, instrument="csat", value=5, segment=s) for who, s in (("c1", "smb"), ("c2", "large"), ("c3", "new"))]
    return sorted(inter, key=lambda e: e["ts"]), cpi


def at(*instants):
    out = []
    for ts in instants:
        out += ["--at", datetime.fromtimestamp(ts / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")]
    return out


def told(*options, hr):
    inter, cpi = customers()
    return replay(CONFIG, *options, interactions=inter, cpi=cpi, hr=hr)


def axis_at(lines, scope, ts):
    found = [v["axes"]["E"] for v in of_topic(lines, "cube.snapshot", scope) if v["as_of"] == ts]
    equal(len(found), 1, f"snapshots of {scope} at {ts}")
    return found[0]


STAFF = answers(0, "care", 6, 8) + answers(0, "sales", 2, 8)


def test_segment_takes_e_from_the_departments_that_served_it():
    release = T0 + DAY
    lines = told(*at(release, release + 10_000, release + 6 * DAY), hr=STAFF)
    care, sales, whole = (axis_at(lines, s, release) for s in ("department=care", "department=sales", "organisation"))
    near(care["score"], 75, 1e-9, "care")
    near(sales["score"], 25, 1e-9, "sales")
    near(whole["score"], 50, 1e-9, "the organisation")
    equal([a["basis"] for a in (care, sales, whole)], ["own"] * 3)
    before = axis_at(lines, "segment=smb", release)
    equal((before["basis"], before["side"], before["coverage"]), ("linked", "unknown", 0.0), "at the release itself nobody has given yet")
    smb = axis_at(lines, "segment=smb", release + 10_000)
    equal((smb["basis"], smb["coverage"]), ("linked", 1.0))
    near(smb["score"], (3 * 75 + 25) / 4, 1e-9, "smb")
    half = [(a["interval"][1] - a["interval"][0]) / 2 for a in (care, sales, smb)]
    near(half[2], ((3 * half[0]) ** 2 + half[1] ** 2) ** 0.5 / 4, 1e-9, "half width of smb")
    large = axis_at(lines, "segment=large", release + 10_000)
    equal((large["basis"], large["coverage"]), ("inherited", 1.0), "served by a department nobody knows")
    near(large["score"], 50, 1e-9, "large")
    later = axis_at(lines, "segment=smb", release + 6 * DAY)
    equal(later["basis"], "inherited", "the contacts have left")
    near(later["score"], 50, 1e-9)


def test_scope_without_contacts_inherits_from_the_nearest_around_it():
    hr = STAFF + answers(0, "far", 3, 6)
    for e in hr[len(STAFF):]:
        del e["region"]
    lines = told(*at(T0 + 2 * DAY), hr=sorted(hr, key=lambda e: e["ts"]))
    north, whole = axis_at(lines, "region=north", T0 + 2 * DAY), axis_at(lines, "organisation", T0 + 2 * DAY)
    near(north["score"], 50, 1e-9)
    near(whole["score"], 50, 1e-9)
    for scope, basis, score in (("region=north,segment=new", "inherited", north["score"]), ("segment=new", "inherited", whole["score"]),
                                ("region=south,segment=smb", "linked", (3 * 75 + 25) / 4)):
        got = axis_at(lines, scope, T0 + 2 * DAY)
        equal(got["basis"], basis, scope)
        near(got["score"], score, 1e-9, scope)


def test_moves_of_a_borrowed_e_add_up_and_do_not_depend_on_partitions():
    hr = STAFF + answers(3, "care", 0, 8) + answers(5, "care", 0, 8)
    one = told("--partitions", 1, hr=hr)
    for partitions in (4, 12):
        other = told("--partitions", partitions, hr=hr)
        for topic in ("cube.changes", "cube.state"):
            equal(sequences(other, topic), sequences(one, topic), f"{topic} on {partitions} partitions")
    moves = [(c["scope"], a) for c in of_topic(one, "cube.changes") for a in c["axes"] if a["axis"] == "E"]
    holds(any(s == "segment=smb" for s, _ in moves), "the segment moved with its departments")
    holds(any(s == "segment=new" for s, _ in moves), "and one with the organisation")
    for scope, axis in moves:
        drivers = sum(round(d["contribution"] * 1e6) for d in axis["drivers"])
        equal(drivers, round(axis["to"] * 1e6) - round(axis["from"] * 1e6), f"drivers of {scope}")
        holds({d["measure"] for d in axis["drivers"]} <= {"pride", "enps"}, "by measures of E")


if __name__ == "__main__":
    main()
