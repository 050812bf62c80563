"""`cubed replay` against the oracle of tests/oracle, field by field, over random scenarios; and against itself: twice the same
bytes, partitions, the order of arrival. More of the scenarios: stragglers_test.py, and ./dev fuzz.
"""
import json
import os
import random
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in ("support", "oracle")]
from check import SHOWN, all_seeds, at_options, check, compare, run
from compare import differences, rfc3339
from damage import bad_records
from intake import entity_key
from oracle import Oracle
from program import event, record, replay, replay_raw, sequences
from scenario import START, Scenario
from shrink import Smaller
from sketches import concentration, sketched
from tap import Failed, equal, holds, main

DECISIONS = ("cube.state", "cube.snapshot", "cube.changes", "cube.alerts", "cube.customers")


def test_every_published_field_is_what_the_oracle_says():
    all_seeds(1, 180)


def test_a_share_has_no_bound_while_the_whole_runs_down_to_nothing():
    """What a margin that runs was last told at is not known: 100, -80 and -15 to -30 are 5, or nothing, or anything in between."""
    want = sketched([[(100, 100)], [(-80, -80)], [(-15, -30)]], lambda totals: concentration([x for x, in totals], True))
    for value, fits in ((19, False), (20, True), (1000, True)):
        equal(not list(differences(float(value), want["value"])), fits, value)
    equal(want["value"].optional, True, "it may be absent")


FEW = "asan" in os.environ.get("CUBED_BINARY", "")  # it looks for other things, and takes its time: check.all_seeds
OF_ONE = ("id", "customer", "contact", "request", "order", "invoice", "lead")


def crowded(seed, fold=24):
    """Many customers who do the same, days in hours, and many sets of few scopes: changes are summed by scope as they come (lib/engine/delta_sums.h)."""
    s = Scenario(seed, straggling=seed % 2 == 0)
    r, names = random.Random(seed), {"region": 3, "segment": 2, "channel": 4, "campaign": 3}
    s.config.update({"scopes": list(names), "alerts": []})
    s.config["cube"] = {**s.config.get("cube", {}), "tick": "1h"}
    for topic in ("interactions", "cpi"):
        s.inputs[topic] = [{**e, **{f: f"{e[f]}-{k}" for f in OF_ONE if f in e}} for e in s.inputs[topic] for k in range(fold)]
    for e in (e for events in s.inputs.values() for e in events):
        e["ts"] = START + (e["ts"] - START) // 16
        e.update({d: f"{d[0]}{r.randrange(n)}" for d, n in names.items() if d in e or r.random() < 0.8})
    hour = 3_600_000
    s.until = START + (s.until - START) // 4 // hour * hour
    return s


def test_with_more_sets_of_scopes_than_scopes_in_a_tick():
    for seed in range(1, 3 if FEW else 7):
        s = crowded(seed)
        equal(check(s)[:SHOWN], [], f"seed {seed}")
        want = [sequences(run(s, "--partitions", 1), topic) for topic in DECISIONS]
        equal([sequences(run(s, "--partitions", 5), topic) for topic in DECISIONS], want, f"seed {seed}, five partitions")


def test_with_fewer_ids_than_come_within_the_horizon():
    """What is sent twice counts twice where so many records stand between, and a duplicate that comes in time keeps its id alive."""
    more = 0
    for seed in range(1, 3 if FEW else 7):
        s = Scenario(seed, straggling=True)
        for events in s.inputs.values():
            for i in range(3, len(events), 7):
                events[i:i] = [events[i - 3]] if i % 2 else [events[i - 1]]
        applied = Oracle(s.config, now=s.until, **s.inputs).counts["applied"]
        s.config["limits"] = {"ids": 2}
        more += Oracle(s.config, now=s.until, **s.inputs).counts["applied"] - applied
        holds(not check(s), f"seed {seed}")
    holds(more > (5 if FEW else 20), f"{more} events counted again")


def test_what_turns_stale_without_a_side_is_no_reason_to_look():
    """The last survey is a day old at 27:00. Where X has a side, the whole is judged then, and V, which has crept up since 24:00, moves; else nothing turns stale (seed 6023)."""
    t, hour = 1_767_225_600_000, 3_600_000
    all_seeds(6023, 6023, "drifting")
    acts = [event("complaint", t, customer="c1"), event("complaint", t, customer="c2"), event("churn", t + hour, customer="c1"),
            event("complaint", t + 10 * hour, customer="c3")]
    said = [event("survey", t + 3 * hour, customer="c2", instrument="nps", value=9)]
    churn = {"name": "churn", "axis": "V", "class": "kpi", "aggregation": "churn", "window": "3d", "pane": "1d", "score": {"at0": 400, "at100": 0}}
    nps = {"name": "nps", "axis": "X", "class": "kpi", "aggregation": "nps", "from": {"kind": "survey", "where": {"instrument": "nps"}}, "window": "2d",
           "score": {"at0": -50, "at100": 50}}
    for min_n, side in ((1, "high"), (2, "low")):
        config = {"version": 1, "name": "acme", "pack": "none", "scopes": [], "cube": {"tick": "10m", "stale_after": "1d"}, "measures": [{**nps, "min_n": min_n}, churn]}
        s = Smaller(SimpleNamespace(until=t + 30 * hour), config, {"interactions": acts, "cpi": said, "hr": []})
        equal(check(s)[:SHOWN], [], f"min_n {min_n}")
        last = [x["value"]["axes"]["V"] for x in run(s, *at_options(s)) if x["topic"] == "cube.snapshot"][-1]
        equal((last["side"], last["score"] > 50), (side, True), f"min_n {min_n}: V at 30:00")


def test_over_years_with_the_measures_of_the_pack():
    all_seeds(1, 12, "years")


def test_a_margin_that_creeps_is_looked_at_where_something_happens_and_at_pane_edges():
    for seed in (5007, 5016):
        all_seeds(seed, seed, "years")
    t, day = 1_767_225_600_000, 86_400_000
    margin = {"name": "margin", "axis": "V", "class": "kpi", "aggregation": "mean", "from": {"ledger": "margin", "per": "customer"}, "window": "365d",
              "score": {"at0": 990, "at100": 1000}}
    config = {"version": 1, "name": "t", "pack": "none", "scopes": ["region"], "measures": [margin], "cube": {"stale_after": "60d"},
              "alerts": [{"name": "MarginLow", "measure": "margin", "threshold": {"below": 995}}]}
    acts = [event("purchase", t, customer="c1", region="north", order="o", revenue=1000), event("purchase", t, customer="c2", region="south", order="p", revenue=1000),
            event("invoice", t, customer="c1", invoice="i", amount=1000, due=t + 10 * day), event("payment", t + 40 * day + 1, customer="c1", invoice="i", amount=1000)]
    s = Smaller(SimpleNamespace(until=t + 50 * day), config, {"interactions": acts, "cpi": [], "hr": []})
    equal(check(s)[:SHOWN], [], "what is overdue from the tenth day on")
    for n in (1, 3):
        lines = run(s, *at_options(s), "--partitions", n)
        north = [x["value"] for x in lines if x["topic"] == "cube.state" and x["key"] == "region=north"]
        fired = [(x["value"]["labels"]["scope"], x["value"]["status"], x["ts"]) for x in lines if x["topic"] == "cube.alerts"]
        equal(fired, [("region=north", "firing", t + 33 * day)], "1000 - 1000 x 0.08 / 365 x 22.8 is 995")
        equal(next(x["as_of"] for x in north if x["axes"]["V"]["side"] == "low"), t + 34 * day + 3_600_000, "score 47.4, and an hour of dwell")
        equal([x["as_of"] for x in north][2:25], [t + k * day for k in range(11, 34)], "day after day")
        equal(len([x for x in north if x["as_of"] > t + 41 * day]), 0, "until it is paid")
        equal(len([x for x in lines if x["topic"] == "cube.state" and x["key"] == "region=south"]), 1, "nothing runs there")


def test_the_same_bytes_twice():
    for seed in (1001, 1002, 1003):
        s = Scenario(seed, straggling=True)
        one, two = (replay_raw(s.config, "--customers", *at_options(s), **s.inputs).stdout for _ in range(2))
        holds(one and one == two, f"seed {seed}: two runs give the same bytes")


def without_places(lines):
    """All values per topic and key, in order; source partitions and offsets aside."""
    return {topic: sequences(lines, topic) for topic in DECISIONS}


def same(seed, what, got, want):
    for topic, keys in want.items():
        for key in sorted({*keys, *got[topic]}):
            if keys.get(key) != got[topic].get(key):
                raise Failed(f"seed {seed}, {what}: {topic} {key}: {got[topic].get(key)!r:.600} is not {keys.get(key)!r:.600}")


def test_partitions_do_not_show():
    for seed in range(9, 17) if FEW else range(1, 17):
        s = Scenario(seed, straggling=seed > 12)
        one = without_places(run(s, *at_options(s)))
        for n in (4, 12):
            same(seed, f"{n} partitions", without_places(run(s, *at_options(s), "--partitions", n)), one)


def test_a_row_that_adds_up_to_zero_is_a_row():
    """One customer leaves a mean with 0 and another joins it with 0, in one tick: fresh data, whatever shares a task."""
    minute, t = 60_000, 1_767_225_600_000
    margin = {"name": "margin", "axis": "V", "class": "kpi", "aggregation": "mean", "from": {"ledger": "margin"}, "window": "1d", "score": {"at0": 0, "at100": 100}}
    config = {"version": 1, "name": "acme", "pack": "none", "scopes": ["region"], "measures": [margin], "cube": {"tick": "10m", "stale_after": "1h"}}
    events = [event("complaint", t, customer="c1", region="south"), event("complaint", t, customer="c4", region="north"),
              event("customer.update", t + 41 * minute, customer="c1", region="north"), event("customer.update", t + 42 * minute, customer="c4", region="south"),
              event("complaint", t + 90 * minute, customer="c9", region="east")]
    for n in (1, 12):
        lines = replay(config, "--partitions", n, "--at", rfc3339(t + 80 * minute), "--at", rfc3339(t + 120 * minute), interactions=events)
        stale = [x["value"]["stale"] for x in lines if x["topic"] == "cube.snapshot" and x["key"] == "region=south"]
        equal(stale, [False, True], f"{n} partitions: region=south stale at 80 and 120 minutes")


def stale_at(measure, events, at, **config):
    """Whether the whole is stale at an instant: its only measure is on V."""
    config = {"version": 1, "name": "acme", "pack": "none", "scopes": [], "cube": {"tick": "1m", "stale_after": "6h", "min_coverage": 0.1, "confidence": "none"},
              "measures": [{"name": "m", "axis": "V", "class": "kpi", "score": {"at0": 0, "at100": 1}, **measure}], **config}
    lines = replay(config, "--at", rfc3339(at), "--until", rfc3339(at), **events)
    return next(x["value"]["stale"] for x in lines if x["topic"] == "cube.snapshot" and x["key"] == "organisation")


def test_what_has_left_every_window_makes_nothing_fresh():
    """A straggler that adds to no window any more (seed 7160 of straggling), a pair answered anew (seed 7252 of drifting), an order cancelled."""
    t, hour, minute = 1_767_225_600_000, 3_600_000, 60_000
    share = {"aggregation": "ratio", "from": {"customers": "active"}, "hits": {"ledger": "margin", "below": 0}, "window": "3d", "horizons": ["1h"]}
    acts = [event("complaint", t, customer="c5"), event("customer.update", t + 8 * hour, customer="c1"), event("complaint", t - hour, customer="c5")]
    equal(stale_at(share, {"interactions": acts}, t + 8 * hour + minute, time={"out_of_order": "1m", "lateness": "1d"}), True, "a straggler")
    gap = {"aggregation": "gap", "window": "1d"}
    said = [event("survey", t + at, customer="c", instrument=what, value=value)
            for at, what, value in ((0, "expectation", 5), (0, "fulfilment", 4), (20 * hour, "fulfilment", 3), (45 * hour, "expectation", 2))]
    others = [event("customer.update", t + 46 * hour, customer="d")]
    equal(stale_at(gap, {"cpi": said[:3], "interactions": others}, t + 25 * hour), False, "answered anew in the window")
    equal(stale_at(gap, {"cpi": [*said[:2], said[3]], "interactions": others}, t + 46 * hour), True, "answered anew")
    bought = [event("purchase", t, customer="c", order="1", revenue=1), event("order.cancelled", t + 8 * hour, customer="c", order="1")]
    late = {"aggregation": "count", "from": {"kind": "purchase"}, "window": "1h"}
    equal(stale_at(late, {"interactions": [*bought, *others]}, t + 8 * hour + minute, money={"cancel_within": "1d"}), True, "cancelled")


def comings_and_goings(seed, customers=60):
    """Acts and churns of many customers, each alone in its region, in any order within lateness."""
    r, t, hour = random.Random(seed), 1_767_225_600_000, 3_600_000
    churn = {"name": "churn", "axis": "none", "class": "kpi", "aggregation": "churn", "window": "2d", "horizons": ["1d"]}
    config = {"version": 1, "name": "acme", "pack": "none", "scopes": ["region"], "publish": {"customers": "all"}, "measures": [churn],
              "time": {"out_of_order": "1m", "lateness": "20h"}, "cube": {"tick": "10m"}}
    events = [event(r.choice(("complaint", "complaint", "churn", "cost")), t + r.randrange(20) * hour, customer=f"c{i}", region=f"r{i}", category="visits", amount=1)
              for i in range(customers) for _ in range(r.randint(1, 6))]
    r.shuffle(events)
    return Smaller(SimpleNamespace(until=t + 30 * hour), config, {"interactions": events, "cpi": [], "hr": []})


def test_customers_come_and_go_in_any_order():
    for seed in range(4):
        found = check(comings_and_goings(seed))
        if found:
            raise Failed(f"seed {seed}: {len(found)} differences\n" + "\n".join(found[:SHOWN]))


def orders_that_come_to_nothing(seed, customers=12, lateness="0s"):
    """Purchases of few groups, many cancelled, in any order within lateness."""
    r, t, hour = random.Random(seed), 1_767_225_600_000, 3_600_000
    points = [{"kind": "purchase", "points": 25, "per": "product_group", "once": True},
              {"kind": "purchase", "points": 3, "cap": {"times": 2, "period": "1d"}, "steps": {"field": "revenue", "above": 50, "points": 7}},
              {"kind": "purchase", "points": 2, "once": True, "where": {"product_group": ["a", "b"]}, "cap": {"times": 1, "period": "2d"}}]
    measures = [{"name": "points", "axis": "none", "class": "kpi", "aggregation": "points", "window": "9d", "horizons": ["1d"]}]
    config = {"version": 1, "name": "acme", "pack": "none", "scopes": ["region"], "publish": {"customers": "all"}, "measures": measures, "points": points,
              "points_options": {"window": "30d"}, "money": {"cancel_within": "3d"}, "time": {"out_of_order": "0s", "lateness": lateness}, "cube": {"tick": "10m"}}
    events = []
    for c in range(customers):
        for i in range(r.randint(4, 24)):
            at, order = t + r.randrange(5 * 24) * hour + r.randrange(hour), f"{c}-{i}"
            where = {"customer": f"c{c}", "region": r.choice(("n", "s"))}
            events += [event("purchase", at + line, order=order, revenue=r.randrange(100), product_group=r.choice("abc"), **where) for line in range(r.choice((1, 1, 1, 2)))]
            if r.random() < 0.5:
                events.append(event("order.cancelled", at + r.randrange(80) * hour + 5, order=order, **where))
    late = 20 * hour if lateness != "0s" else 0
    events = [e for _, e in sorted(((e["ts"] + (r.randrange(late) if late and r.random() < 0.3 else 0), e) for e in events), key=lambda x: x[0])]
    return Smaller(SimpleNamespace(until=t + 12 * 24 * hour), config, {"interactions": events, "cpi": [], "hr": []})


def test_what_a_cancelled_purchase_kept_from_others_they_earn():
    t = 1_767_225_600_000
    for lateness in ("0s", "1d"):
        for seed in range(3):
            found = check(orders_that_come_to_nothing(seed, lateness=lateness))
            equal(found[:SHOWN], [], f"seed {seed}, lateness {lateness}")
    o = orders_that_come_to_nothing(1)
    o.until = t + 86_400_000
    acts = [event("purchase", t + at, customer="c", order=order, product_group="a", revenue=60, region=region) for at, order, region in ((0, "1", "n"), (5, "2", "s"), (9, "3", "n"))]
    o.inputs["interactions"] = [*acts, event("order.cancelled", t + 3_600_000, customer="c", order="1")]
    lines = run(o)
    points = {x["key"]: x["value"]["measures"].get("points", {}).get("value") for x in lines if x["topic"] == "cube.state"}
    equal(points, {"organisation": 41.0, "region=n": 7.0, "region=s": 34.0}, "25 and 2 go to the second, which had 7; the third has the 7 of the first")


def shuffle(events, within, r):
    """Another order of arrival: no event further behind the largest ts before it than `within`, which itself does occur."""
    return [e for _, e in sorted(((e["ts"] + r.choice((0, within, r.randint(0, within))), e) for e in events), key=lambda x: x[0])]


def test_the_order_of_arrival_does_not_show():
    for seed, shuffles in ((7, 20), (8, 4), (9, 4), (10, 4)):
        s = Scenario(seed)
        s.config["time"]["out_of_order"] = "10m"
        events = {topic: distinct(es) for topic, es in s.events.items()}
        straight = without_places(run(s, *at_options(s), **events))
        for n in range(shuffles):
            mixed = {topic: shuffle(es, 600_000, random.Random(n)) for topic, es in events.items()}
            same(seed, f"shuffle {n}", without_places(run(s, *at_options(s), **mixed)), straight)


def distinct(events):
    """Without repeated ids: of two events with one id, the one that comes first is the one that counts."""
    out = {}
    for e in events:
        out.setdefault(e["id"], e)
    return list(out.values())


def mixed_records(s, seed, r):
    """The events of a scenario as raw records, with refused ones in between; (lines, reasons in order)."""
    good = [(e["ts"], topic, entity_key(topic, e), e) for topic, es in s.inputs.items() for e in es]
    good.sort(key=lambda x: x[0])
    lines = [record(topic, key, e if r.random() < 0.5 else json.dumps(e)) for _, topic, key, e in good]
    for topic, key, value, reason in bad_records(seed, s.events):
        lines.insert(r.randrange(len(lines) + 1), {**record(topic, key, value), "reason": reason or "ignored"})
    return [{k: v for k, v in line.items() if k != "reason"} for line in lines], [line["reason"] for line in lines if "reason" in line]


def test_each_record_ends_in_one_outcome_and_each_reason_is_found():
    for seed in range(1, 9):
        r = random.Random(seed)
        s = Scenario(seed)
        lines, reasons = mixed_records(s, seed, r)
        now = max(e["ts"] for es in s.events.values() for e in es)
        lines.insert(len(lines) // 2, record("interactions", "c1", {"v": 1, "id": "ahead", "ts": now + 400_000, "kind": "complaint", "customer": "c1"}))
        o = Oracle(s.config, records=lines, now=now)
        equal(sorted(reason for _, reason in o.refused if reason != "future"), sorted(x for x in reasons if x != "ignored"), f"seed {seed}: the oracle's reasons")
        equal(sum(o.counts.values()), len(lines), f"seed {seed}: outcomes")
        printed = replay(s.config, "--until", rfc3339(s.until), "--now", rfc3339(now), *at_options(s), "--customers", records=lines)
        found = compare(s, printed, o)
        if found:
            raise Failed(f"seed {seed}: {len(found)} differences\n" + "\n".join(found[:SHOWN]))


if __name__ == "__main__":
    main()
