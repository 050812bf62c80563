#!/usr/bin/env python3
"""cube.customers and the measures over money, end to end: what `cubed replay --customers` says against figures worked
out here from the events alone, in fractions."""
import math
import random
import sys
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from program import event, last, of_topic, replay  # noqa: E402
from tap import equal, fail, holds, main, near  # noqa: E402

DAY = 86_400_000
T0 = 1_767_225_600_000  # 2026-01-01
YEAR = 365 * DAY
CAPITAL, RATES = Fraction(9, 100), {"visits": Fraction(6, 5), "sales": Fraction("0.333333"), "default": Fraction(1, 2)}
CATEGORIES = ("sales", "proposals", "visits", "marketing", "low_order_quantity", "unpredictable_orders", "special_discounts", "slow_payment")
CONFIG = {
    "version": 1, "name": "customers", "pack": "none", "scopes": ["region"], "cube": {"tick": "1m"}, "publish": {"customers": "all"},
    "money": {"minute_rate": {"visits": 1.2, "sales": 0.333333, "default": 0.5}, "cost_of_capital": 0.09, "discount_rate": 0.12, "retention": 0.7},
    "measures": [
        {"name": "margin", "aggregation": "mean", "from": {"ledger": "margin"}, "window": "365d", "horizons": ["30d"]},
        {"name": "effort", "aggregation": "mean", "from": {"ledger": "effort"}, "window": "365d"},
        {"name": "losing", "aggregation": "ratio", "from": {"customers": "active"}, "hits": {"ledger": "margin", "below": 0}, "window": "365d"},
        {"name": "visits", "aggregation": "sum", "from": {"kind": "cost", "where": {"category": "visits", "amount": {"min": 6}}, "value": "amount"},
         "window": "3660d"}]}


def half_away(x):
    return math.floor(abs(x) + Fraction(1, 2)) * (1 if x >= 0 else -1)


def micro(x):
    return half_away(Fraction(str(x)) * 10**6)


def story(seed, count=500, customers=9):
    """Events of a little more than a year, in order. Numbers have few decimals, so that JSON says them exactly."""
    r, out = random.Random(seed), []
    times = sorted(T0 + r.randrange(400 * DAY) for _ in range(count))
    for i, ts in enumerate(times):
        who = f"c{r.randrange(customers)}"
        kind = r.choices(("purchase", "cost", "invoice", "payment", "selfservice.login", "value.delivered", "contract.renewal", "churn",
                          "customer.update", "request.open", "request.done", "contact.open", "contact.resolve", "order.cancelled"),
                         (6, 8, 8, 7, 2, 2, 1, 1, 2, 2, 2, 2, 2, 3))[0]
        more = {"region": r.choice(("north", "south"))} if r.random() < 0.3 else {}
        amount = round(r.uniform(1, 900), r.choice((0, 2, 4)))
        if kind == "purchase":
            more.update(order=f"o{i}", revenue=amount, cost=round(amount * r.random(), 2))
            more.update({"product_group": r.choice("abcd")} if r.random() < 0.7 else {})
        elif kind == "cost":
            more.update(category=r.choice((*CATEGORIES, "fuel", "Sales")))
            more.update({"amount": round(amount / 20, 2)} if r.random() < 0.5 else {"minutes": round(amount / 30, 1)})
        elif kind == "invoice":
            more.update(invoice=f"i{r.randrange(3)}", amount=r.choice((amount, round(amount * 20, 3), -amount)), due=ts + r.randrange(-5 * DAY, 30 * DAY))
        elif kind == "payment":
            more.update(invoice=f"i{r.randrange(3)}", amount=r.choice((amount, round(amount * 5, 3), -1)))
        elif kind == "value.delivered":
            more.update(unit=f"u{r.randrange(12)}", amount=amount)
        elif kind == "contract.renewal":
            more.update(due=ts + 90 * DAY)
        elif kind == "customer.update":
            more.update(strategic=r.random() < 0.4)
        elif kind == "order.cancelled":
            more.update(order=r.choice([x["order"] for x in out if x["customer"] == who and "order" in x] or ["none"]))
        elif kind.startswith("request"):
            more.update(request=f"r{r.randrange(3)}")
        elif kind.startswith("contact"):
            more.update(case=f"k{r.randrange(3)}")
        out.append(event(kind, ts, id=f"e{i:05}", customer=who, **more))
    return out


class Customer:
    """Everything a customer's record says, from its events with ts < t."""

    def __init__(self, events):
        self.money, self.invoices, self.units, self.last, self.acts = [], {}, {}, {}, []
        self.orders, self.churned, self.strategic, self.renewal, self.region = {}, False, False, None, None
        for e in events:
            self.apply(e)

    def spend(self, ts, category, amount):
        self.money.append((ts, 0, 0, amount, category))

    def apply(self, e):
        kind, ts = e["kind"], e["ts"]
        self.region = e.get("region", self.region)
        if kind in ("purchase", "payment", "selfservice.login", "request.open", "contact.open", "order.cancelled"):
            self.acts.append(ts)
            self.churned = False
        if kind == "purchase":
            self.orders[e["order"]] = ((ts, micro(e["revenue"]), micro(e["cost"]), 0, None), e.get("product_group"))
            self.money.append(self.orders[e["order"]][0])
        elif kind == "order.cancelled" and e["order"] in self.orders and ts - self.orders[e["order"]][0][0] <= 90 * DAY:
            self.money.remove(self.orders.pop(e["order"])[0])
        elif kind == "cost":
            self.spend(ts, e["category"] if e["category"] in CATEGORIES else "other", price(e))
        elif kind == "invoice":
            paid = self.invoices.get(e["invoice"], (0, 0, 0))[2]
            self.invoices[e["invoice"]] = (micro(e["amount"]), e["due"], paid)
        elif kind == "payment" and e["invoice"] in self.invoices:
            amount, due, paid = self.invoices[e["invoice"]]
            part = max(0, min(micro(e["amount"]), amount - paid))
            self.invoices[e["invoice"]] = (amount, due, paid + part)
            self.spend(ts, "slow_payment", half_away(part * max(0, ts - due) * CAPITAL / YEAR))
        elif kind == "value.delivered":
            unit = e["unit"] if e["unit"] in self.units or len(self.units.keys() - {"other"}) < 8 else "other"
            self.units[unit] = self.units.get(unit, 0) + micro(e["amount"])
        elif kind == "contract.renewal":
            self.renewal = e["due"]
        elif kind == "churn":
            self.churned = True
        elif kind == "customer.update":
            self.strategic = e["strategic"]
        elif kind.startswith(("request", "contact")):
            self.last[kind.split(".")[0], e.get("request", e.get("case"))] = kind

    def owed(self, t):
        return [(a - p, due) for a, due, p in self.invoices.values() if a > p and due < t]

    def runs(self, t):
        return sum(left * (t - due) for left, due in self.owed(t)) * CAPITAL / YEAR

    def total(self, f, t=None, days=365):
        return sum(f(x) for x in self.money if t is None or x[0] // DAY > (t - 1) // DAY - days)

    def margin(self, t, days=365):
        return self.total(lambda x: x[1] - x[2] - x[3], t, days) - self.runs(t)

    def effort(self, t, days=365):
        return self.total(lambda x: x[3], t, days) + self.runs(t)

    def open(self, what, closing):
        return sum(k[0] == what and v not in closing for k, v in self.last.items())


def price(e):
    return micro(e["amount"]) if "amount" in e else half_away(micro(e["minutes"]) * RATES.get(e["category"], RATES["default"]))


def unprofitable_since(events, t):
    """The first ms of the last stretch without a break in which the margin was below 0, t included."""
    marks = {e["ts"] for e in events} | {(e["ts"] // DAY + 365) * DAY + 1 for e in events} | {e["due"] for e in events if e["kind"] == "invoice"}
    marks = sorted(x for x in marks if x <= t)
    since = None
    for at, until in zip(marks, [*marks[1:], t + 1]):
        now = Customer([e for e in events if e["ts"] <= at])
        if now.margin(at) < 0:
            since = at if since is None else since
            continue
        since = next_below(now, at, until)
    return since


def next_below(now, at, until):
    low, high = at, until - 1
    if high <= at or now.margin(high) >= 0:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if now.margin(middle) < 0 else (middle, high)
    return high


def expected(events, t):
    c = Customer(events)
    present, multiple = float(c.margin(t) / 10**6), 0.7 / (1 + 0.12 - 0.7)
    costs = {k: c.total(lambda x, k=k: x[3] if x[4] == k else 0) + (c.runs(t) if k == "slow_payment" else 0) for k in (*CATEGORIES, "other")}
    out = {"purchases": len(c.orders), "revenue": float(Fraction(c.total(lambda x: x[1]), 10**6)),
           "overdue_cost": float(costs["slow_payment"] / 10**6 if any(x[4] == "slow_payment" for x in c.money) or c.owed(t) else 0),
           "margin": {"total": float((c.total(lambda x: x[1] - x[2] - x[3]) - c.runs(t)) / 10**6), "present": present, "future": present * multiple,
                      "clv": "after_first"},
           "class": "-".join(2 * ["high" if present > 0 else "low"]), "effort": float((c.total(lambda x: x[3]) + c.runs(t)) / 10**6),
           "open": {"requests": c.open("request", ("request.done", "request.lost")), "overdue": len(c.owed(t)), "contacts": c.open("contact", ("contact.resolve",))},
           "costs": {k: float(Fraction(v) / 10**6) for k, v in costs.items() if v}, "products": len({group for _, group in c.orders.values()} - {None}),
           "delivered": {k: v / 10**6 for k, v in sorted(c.units.items())}}
    if c.renewal is not None:
        out["renewal"] = c.renewal
    out.update({k: True for k in ("strategic", "churned") if getattr(c, k)})
    if present < 0 and not c.strategic:
        out["unprofitable_since"] = unprofitable_since(events, t)
    return out


def like(got, want, where):
    if isinstance(want, dict):
        equal(sorted(got), sorted(want), where)
        for key, value in want.items():
            like(got[key], value, f"{where}.{key}")
    elif isinstance(want, float):
        near(got, want, 1e-12 * (1 + abs(want)), where)
    else:
        equal(got, want, where)


def check_customer(record, events, t):
    want = expected(events, t)
    got = {k: v for k, v in record.items() if k in want or k in ("unprofitable_since", "renewal", "strategic", "churned")}
    if "unprofitable_since" in want and "unprofitable_since" in got:
        # a pane has left at every instant later than its edge; its timer is the edge
        got["unprofitable_since"] += (got["unprofitable_since"] + 1 == want["unprofitable_since"])
    like(got, want, f"{record['customer']} at {t}")


def check_means(state, people, t):
    for scope, record in state.items():
        active = [c for c in people if c.acts and max(c.acts) // DAY > (t - 1) // DAY - 365 and scope in ("organisation", f"region={c.region}")]
        for name in ("margin", "effort"):
            totals = [getattr(c, name)(t) / 10**6 for c in active]
            got = record["measures"].get(name, {"n": 0})
            equal(got["n"], len(totals), f"{scope} {name} n")
            if len(totals) > 1:
                mean = sum(totals) / len(totals)
                sd = math.sqrt(sum((x - mean) ** 2 for x in totals) / (len(totals) - 1))
                near(got["value"], float(mean), 1e-10 * (1 + abs(float(mean))), f"{scope} {name} at {t}")
                near(got["sd"], sd, 1e-10 * (1 + sd), f"{scope} {name} sd at {t}")
                near(got["interval"][0], float(mean) - 1.959964 * sd / math.sqrt(len(totals)), 1e-9 * (1 + sd), f"{scope} {name} interval")
        if active:
            equal(record["measures"]["losing"]["hits"], sum(c.margin(t) < 0 for c in active), f"{scope} losing at {t}")


def by_customer(events, t):
    out = {}
    for e in events:
        if e["ts"] < t:
            out.setdefault(e["customer"], []).append(e)
    return out


def iso(ms):
    import datetime
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_story(seed):
    events, r = story(seed), random.Random(seed)
    instants = sorted(T0 + r.randrange(1, 500 * 1440) * 60_000 for _ in range(12))
    lines = replay(CONFIG, "--customers", *[x for t in instants for x in ("--at", iso(t))], interactions=events)
    for t in instants:
        known = by_customer(events, t)
        records = {x["key"]: x["value"] for x in lines if x["topic"] == "cube.customers.snapshot" and x["ts"] == t}
        equal(sorted(records), sorted(known), f"customers at {t}")
        for who, record in records.items():
            check_customer(record, known[who], t)
        state = {x["key"]: x["value"] for x in lines if x["topic"] == "cube.snapshot" and x["ts"] == t}
        check_means(state, [Customer(x) for x in known.values()], t)
        dear = [price(e) for e in events if e["ts"] < t and e["kind"] == "cost" and e["category"] == "visits" and price(e) >= 6 * 10**6]
        got = state.get("organisation", {"measures": {}})["measures"].get("visits", {})
        equal(got.get("value", 0), float(Fraction(sum(dear), 10**6)), f"cost of visits at {t}")


def test_customers_are_what_their_events_say():
    for seed in range(1, 7):
        check_story(seed)


def test_slow_payment_of_the_definition():
    """10,000 unpaid for 73 days at 8 % cost 160; paid after 146 days 320, whatever follows."""
    config = {"version": 1, "name": "slow", "pack": "none", "scopes": [], "publish": {"customers": "all"},
              "measures": [{"name": "margin", "aggregation": "mean", "from": {"ledger": "margin"}, "window": "365d"}]}
    events = [event("invoice", T0, customer="c", invoice="1", amount=10_000, due=T0 + DAY),
              event("payment", T0 + 147 * DAY, customer="c", invoice="1", amount=10_000)]
    lines = replay(config, "--customers", "--at", iso(T0 + 74 * DAY), "--at", iso(T0 + 200 * DAY), "--at", iso(T0 + 600 * DAY), interactions=events)
    records = of_topic(lines, "cube.customers.snapshot")
    equal([x["overdue_cost"] for x in records], [160.0, 320.0, 320.0])
    equal([x["costs"]["slow_payment"] for x in records], [160.0, 320.0, 320.0])
    equal([x["margin"]["present"] for x in records], [-160.0, -320.0, 0.0])
    equal([x["margin"]["total"] for x in records], [-160.0, -320.0, -320.0])
    equal([x["open"]["overdue"] for x in records], [1, 0, 0])
    equal(records[0]["unprofitable_since"], T0 + DAY + 1)
    before, after, _ = of_topic(lines, "cube.snapshot", "organisation")
    equal(before["measures"], {})  # no row of the organisation's has had its tick
    equal(after["measures"]["margin"]["value"], -320.0)


def test_a_straggler_does_not_move_since_when_a_customer_loses():
    """It is judged by what has run until it comes, not by what had at its own time."""
    config = {"version": 1, "name": "late", "pack": "none", "scopes": [], "publish": {"customers": "all"},
              "measures": [{"name": "margin", "aggregation": "mean", "from": {"ledger": "margin"}, "window": "365d"}]}
    events = [event("invoice", T0, customer="c", invoice="1", amount=2500, due=T0), event("payment", T0 + 1000, customer="c", invoice="1", amount=900),
              event("selfservice.login", T0 + 3_600_000, customer="other"), event("newsletter.read", T0 - 3_600_000, customer="c", issue="1")]
    record = of_topic(replay(config, "--customers", "--at", iso(T0 + DAY), interactions=events), "cube.customers.snapshot", "c")[-1]
    equal((record["points"], record["unprofitable_since"]), (30, T0 + 1))


def test_a_record_comes_when_an_invoice_falls_due_and_when_the_margin_is_gone():
    config = {"version": 1, "name": "crossing", "pack": "none", "scopes": [], "cube": {"tick": "1h"}, "publish": {"customers": "on_change"},
              "measures": [{"name": "n", "aggregation": "active", "window": "365d"}]}
    events = [event("purchase", T0, customer="c", order="1", revenue=16), event("invoice", T0 + 1, customer="c", invoice="1", amount=1000, due=T0 + DAY)]
    lines = [x for x in replay(config, "--until", iso(T0 + 100 * DAY), interactions=events) if x["topic"] == "cube.customers"]
    equal([(x["ts"], x["value"]["class"]) for x in lines], [(T0 + 3_600_000, "high-high"), (T0 + 74 * DAY + 3_600_000, "low-low")])
    equal(lines[1]["value"]["unprofitable_since"], T0 + 74 * DAY + 1)
    everything = replay({**config, "publish": {"customers": "all"}}, "--until", iso(T0 + 100 * DAY), interactions=events)
    equal([x["ts"] - T0 for x in everything if x["topic"] == "cube.customers"], [3_600_000, DAY + 3_600_000, 74 * DAY + 3_600_000])


def test_partitions_and_stragglers_do_not_show():
    events = story(77)
    at = ["--customers", "--at", iso(T0 + 200 * DAY), "--at", iso(T0 + 450 * DAY)]

    def snapshots(partitions, events, config):
        lines = replay(config, *at, "--partitions", partitions, interactions=events)
        return sorted((x["topic"], x["key"], x["ts"], repr(x["value"])) for x in lines if x["topic"].endswith("snapshot") and not x["value"].get("revision"))

    whole = snapshots(1, events, CONFIG)
    equal(snapshots(5, events, CONFIG), whole)
    late = sorted(events, key=lambda e: (e["ts"] + (DAY // 2 if hash_of(e["id"]) % 5 == 0 else 0), e["id"]))
    holds(late != events, "some events come late")
    orderly = {**CONFIG, "time": {"out_of_order": "1d", "lateness": "10d"}}
    equal(snapshots(1, late, orderly), snapshots(1, events, orderly), "out of order")


def hash_of(text):
    return int(text[1:]) * 2654435761 >> 7


if __name__ == "__main__":
    main()
