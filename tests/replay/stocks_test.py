#!/usr/bin/env python3
"""Figures per customer that move with the customer, end to end: concentration, effort mismatch, shares of customers,
churn, several horizons of one ledger. By hand and against sorting, over any number of partitions, moved there and
back, erased, and rolled out of the window."""
import random
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
time: {lateness: 2d}
scopes: [region]
measures:
  - {name: revenue_concentration, axis: none, class: kpi, aggregation: concentration, from: {ledger: revenue}, window: 365d, horizons: [30d]}
  - {name: margin_concentration, aggregation: concentration, from: {ledger: margin}, window: 365d}
  - {name: mismatch, aggregation: mismatch, from: {ledger: effort}, by: {ledger: revenue}, window: 365d}
  - {name: unprofitable, aggregation: ratio, from: {customers: active}, hits: {ledger: margin, below: 0}, window: 365d, horizons: [30d]}
  - {name: again, aggregation: ratio, from: {customers: active}, hits: {ledger: purchases, min: 2}, window: 365d}
  - {name: revenue_each, aggregation: mean, from: {ledger: revenue}, window: 365d, horizons: [30d, 1d]}
  - {name: churn, aggregation: churn, window: 365d}
"""


def instant(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat().replace("+00:00", "Z")


def snapshots(events, *days, partitions=1):
    at = [x for day in days for x in ("--at", instant(T0 + day * DAY))]
    lines = replay(CONFIG, *at, "--partitions", partitions, interactions=events)
    return [{x["scope"]: x["measures"] for x in of_topic(lines, "cube.snapshot") if x["as_of"] == T0 + day * DAY} for day in days]


def buy(ts, customer, revenue, cost=0, **more):
    return event("purchase", ts, customer=customer, order="o", revenue=revenue, cost=cost, **more)


def five():
    """80 % of revenue from one of five; the effort goes to the others."""
    events = []
    for i, revenue in enumerate((80, 5, 5, 5, 5)):
        events += [buy(T0 + i, f"c{i}", revenue, 4, region="north" if i < 4 else "south"),
                   event("cost", T0 + 10 + i, customer=f"c{i}", category="visits", amount=0 if i == 0 else 2)]
    return sorted(events, key=lambda e: e["ts"])


def test_the_80_20_law_and_the_effort_on_the_others():
    now, gone = snapshots(five(), 1, 366)
    m = now["organisation"]["revenue_concentration"]
    equal((m["value"], m["n"], m["k"], m["window"]), (0.8, 5, 1, "365d"), "share of the top fifth")
    near(m["gini"], 0.6, 1e-12, "Gini")
    holds("interval" not in m and "whale" not in m, "revenue is never negative: no whale")
    m = now["organisation"]["mismatch"]
    equal((m["value"], m["n"], m["k"]), (1.0, 5, 1), "all effort on the other four")
    m = now["organisation"]["margin_concentration"]
    equal((m["value"], m["whale"], m["n"]), (76 / 72, {"value": 76 / 72, "rank": 1}, 5), "four lose what one brings in")
    holds("gini" not in m, "no Gini of losses")
    equal((now["organisation"]["unprofitable"]["value"], now["organisation"]["unprofitable"]["hits"]), (0.8, 4), "margin below 0")
    for name, m in gone["organisation"].items():
        holds(name == "churn" or (m["n"] == 0 and "value" not in m), f"{name} is empty once the window has passed: {m}")


def naive(events, t, window, region):
    since = t - window
    total, stands, acts, times = {}, {}, set(), {}
    for e in events:
        c = e["customer"]
        if e["kind"] == "customer.erase":
            for x in (total, stands, times):
                x.pop(c, None)
            acts.discard(c)
            continue
        stands[c] = e.get("region", stands.get(c))
        if e["kind"] == "purchase" and e["ts"] >= since:
            total[c] = total.get(c, 0) + round(e["revenue"] * 100)
            times[c] = times.get(c, 0) + 1
            acts.add(c)
    keep = [c for c in total if region in (None, stands[c])]
    values = sorted((total[c] for c in keep), reverse=True)
    return values, sum(times[c] >= 2 for c in keep)


def company(seed):
    r = random.Random(seed)
    events = []
    for i in range(1500):
        who, ts = f"c{r.randrange(200)}", T0 + r.randrange(60 * DAY)
        kind = r.random()
        if kind < 0.8:
            more = {"region": r.choice(("north", "south"))} if r.random() < 0.3 else {}
            events.append(buy(ts, who, round(r.lognormvariate(3, 1.5), 2), id=f"{seed}-{i}", **more))
        elif kind < 0.98:
            events.append(event("customer.update", ts, customer=who, region=r.choice(("north", "south")), id=f"{seed}-{i}"))
        else:
            events.append(event("customer.erase", ts, customer=who, id=f"{seed}-{i}"))
    return sorted(events, key=lambda e: (e["ts"], e["id"]))


def check_against_sorting(m, again, values, twice, what):
    n, total = len(values), sum(values)
    equal((m["n"], m["k"]), (n, -(-n // 5)), f"{what}: n, k")
    near(m["value"], sum(values[:-(-n // 5)]) / total, 0.002, f"{what}: share of the top fifth")
    gini = sum((n + 1 - 2 * (i + 1)) * x for i, x in enumerate(values)) / (n * total)
    near(m["gini"], gini, 0.002, f"{what}: Gini")
    if again:
        equal((again["n"], again["hits"]), (n, twice), f"{what}: who bought again")


def test_a_random_company_is_as_sorted_in_any_partitions():
    for seed in (1, 2, 3):
        events = company(seed)
        shots = snapshots(events, 61, 425)
        equal(shots, snapshots(events, 61, 425, partitions=3), f"seed {seed}: three partitions say the same")
        for scope, region in (("organisation", None), ("region=north", "north"), ("region=south", "south")):
            m = shots[0][scope]
            check_against_sorting(m["revenue_concentration"], m["again"], *naive(events, T0 + 61 * DAY, 365 * DAY, region), f"{scope}, seed {seed}")
            values, _ = naive(events, T0 + 61 * DAY, 30 * DAY, region)
            thirty = m["revenue_each"]["horizons"]["30d"]
            equal((thirty["n"], m["revenue_concentration"]["horizons"]["30d"]["n"]), (len(values), len(values)), "buyers of 30 days")
            near(thirty["value"], sum(values) / 100 / len(values), 1e-9, "revenue of 30 days per active customer")
            holds(m["revenue_each"]["horizons"]["1d"].get("value", 0) >= 0, "a day")
            late = shots[1][scope]
            holds(all(late[x]["n"] == 0 and "value" not in late[x] for x in ("revenue_concentration", "again", "mismatch", "revenue_each")), "empty")


def test_moving_there_and_back_leaves_nothing():
    events = [buy(T0, "c1", 10, region="north"), buy(T0 + 1, "c2", 90, region="south")]
    still = snapshots(events, 3)[0]
    moved = [*events, event("customer.update", T0 + DAY, customer="c1", region="south"), event("customer.update", T0 + 2 * DAY, customer="c1", region="north")]
    between, back = snapshots(moved, 2, 3)
    equal(between["region=south"]["revenue_concentration"]["n"], 2, "both are in the south")
    equal({k: v for k, v in back["region=north"].items() if k != "churn"}, {k: v for k, v in still["region=north"].items() if k != "churn"}, "north")
    equal({k: v for k, v in back["region=south"].items() if k != "churn"}, {k: v for k, v in still["region=south"].items() if k != "churn"}, "south")
    near(back["region=north"]["churn"]["average_customers"], 2 / 365, 1e-12, "two of three days in the north")


def test_erasure_takes_the_stocks_back():
    events = [buy(T0, "c1", 10, region="north"), buy(T0 + 1, "c2", 90, region="north"), event("customer.erase", T0 + DAY, customer="c2")]
    (now,) = snapshots(events, 2)
    m = now["region=north"]
    equal((m["revenue_concentration"]["n"], m["revenue_concentration"]["value"], m["again"]["n"], m["mismatch"]["n"], m["churn"]["n"]), (1, 1.0, 1, 1, 1), "c1 is left")


def test_the_base_by_loyalty_adds_up_to_the_active_customers():
    """Requirement D25: regular and ad-hoc buyers and prospects, counted live."""
    of = {"regular": "min: 3", "ad_hoc": "min: 1, max: 2", "prospects": "max: 0"}
    config = CONFIG + "".join(f"  - {{name: {name}, aggregation: ratio, from: {{customers: active}}, hits: {{ledger: purchases, {bound}}}, window: 365d}}\n"
                              for name, bound in of.items())
    events = [event("selfservice.login", T0 + i, customer=f"c{i}") for i in range(10)]
    events += [buy(T0 + DAY + i, f"c{i}", 5) for i in range(6)] + [buy(T0 + (2 + j) * DAY + i, f"c{i}", 5) for j in range(2) for i in range(2)]
    lines = replay(config, "--at", instant(T0 + 10 * DAY), interactions=events)
    m = of_topic(lines, "cube.snapshot", "organisation")[0]["measures"]
    equal({name: (m[name]["hits"], m[name]["n"]) for name in of}, {"regular": (2, 10), "ad_hoc": (4, 10), "prospects": (4, 10)}, "of ten customers")


def test_effort_on_the_wrong_customers_raises_an_alert():
    """Requirement C24: the effort that does not go where the revenue comes from."""
    config = CONFIG + "alerts:\n  - {name: EffortMismatch, scopes: [organisation], measure: mismatch, threshold: {above: 0.7}}\n"
    alerts = of_topic(replay(config, "--at", instant(T0 + DAY), interactions=five()), "cube.alerts")
    equal([(a["labels"]["alertname"], a["status"], a["value"]) for a in alerts], [("EffortMismatch", "firing", 1.0)], "four fifths pay for nothing")


def test_a_cancelled_order_takes_the_customer_out_again():
    events = [buy(T0, "c1", 10), buy(T0 + 1, "c2", 90), event("purchase", T0 + 2, customer="c3", order="gift", revenue=0, cost=0),
              event("purchase", T0 + 3, customer="c3", order="x", revenue=7, cost=1), event("order.cancelled", T0 + DAY, customer="c2", order="o"),
              event("order.cancelled", T0 + DAY, customer="c3", order="x")]
    before, now = snapshots(events, 1, 2)
    equal((before["organisation"]["revenue_concentration"]["n"], before["organisation"]["again"]["hits"]), (3, 1), "three have bought")
    m = now["organisation"]
    equal((m["revenue_concentration"]["n"], m["revenue_concentration"]["value"], m["mismatch"]["n"]), (2, 1.0, 2), "c1, and c3 with its gift")
    equal((m["again"]["n"], m["again"]["hits"], m["revenue_each"]["value"]), (3, 0, 10 / 3), "all three still acted")


def test_a_late_purchase_corrects_the_pane_it_belongs_to():
    events = [buy(T0, "c1", 10), buy(T0 + 40 * DAY, "c2", 30), buy(T0 + 39 * DAY, "c1", 5), buy(T0 + 41 * DAY, "c2", 1)]
    (now,) = snapshots(events, 42)
    m = now["organisation"]
    equal(m["revenue_concentration"]["value"], 31 / 46, "the year")
    equal(m["revenue_concentration"]["horizons"]["30d"], {"value": 31 / 36, "n": 2}, "thirty days")
    equal(m["again"]["hits"], 2, "both bought twice")


def test_churn_over_the_average_number_of_customers():
    events = [event("selfservice.login", T0 + i, customer=f"c{i}", region="north") for i in range(10)]
    events += [event("churn", T0 + 100 * DAY, customer="c0", region="north"), event("churn", T0 + 100 * DAY + 1, customer="c0", region="north"),
               event("selfservice.login", T0 + 200 * DAY, customer="c0"), event("churn", T0 + 300 * DAY, customer="c1"), event("churn", T0 + 300 * DAY, customer="cx")]
    (now,) = snapshots(events, 365)
    m = now["region=north"]["churn"]
    equal((m["n"], m["hits"]), (11, 2), "nine at the end and two who left")
    near(m["average_customers"], (10 * 365 - 100 - 65) / 365, 1e-6, "average")
    near(m["value"], 2 / m["average_customers"], 1e-12, "of the year")
    holds("interval" not in m, "no interval")


def test_points_per_active_customer_count_all_who_were_active():
    events = [event("selfservice.login", T0 + i, customer=f"c{i}") for i in range(4)]
    events += [buy(T0 + 10, "c0", 10), event("social.follow", T0 + 11, customer="c0")]
    head = CONFIG[:CONFIG.index("measures:")] + "measures:\n  - {name: points, aggregation: points, window: 365d}\n"
    buyers = "  - {name: buyers, aggregation: active, from: {kind: purchase}, window: 365d}\n"
    everyone = "  - {name: everyone, aggregation: active, window: 365d}\n"
    for measures, per_active in ((buyers, None), (buyers + everyone, 3.75)):
        lines = replay(head + measures, "--at", instant(T0 + DAY), interactions=events)
        m = next(x["measures"] for x in of_topic(lines, "cube.snapshot") if x["scope"] == "organisation")
        equal((m["points"]["value"], m["points"].get("per_active"), m["buyers"]["value"]), (15.0, per_active, 1.0), measures)


def test_points_halve_by_half_lives_much_shorter_than_a_day():
    head = CONFIG[:CONFIG.index("measures:")] + "points_options: {half_life: 1h}\nmeasures:\n  - {name: points, aggregation: points, window: 365d}\n"
    events = [event("social.follow", T0, customer="c"), event("newsletter.received", T0 + DAY // 24, customer="c", issue="i")]
    hours = [x * DAY // 24 for x in (1, 2, 3, 4)]
    at = [x for h in hours for x in ("--at", instant(T0 + h))]
    lines = replay(head, *at, "--customers", interactions=events)
    points = {x["as_of"] - T0: x["points"] for x in of_topic(lines, "cube.customers.snapshot")}
    equal([points[h] for h in hours], [8, 9, 5, 2], "15 and, from the second hour on, 10, each halved by the hour and rounded")


if __name__ == "__main__":
    main()
