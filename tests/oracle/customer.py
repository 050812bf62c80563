"""One customer: acts, money, points, cases, promises; all facts kept."""
from fractions import Fraction

from grid import Horizon
from kinds import CUSTOMER_KEEPS, KINDS
from model import listed, matches
from world import Entity, Log, timer_tick

MICRO = 1_000_000
STAGES = ("newsletter.received", "newsletter.opened", "newsletter.read")


def half_away(x):
    whole = int(abs(x) + Fraction(1, 2))
    return whole if x >= 0 else -whole


class Earned:
    def __init__(self, rule, key, points, a, until):
        self.rule, self.key, self.points, self.a, self.until = rule, key, points, a, until
        self.gone = None  # the tick from which it was taken back


class Case:
    def __init__(self):
        self.contacts = 0
        self.first = None      # the applied first resolve
        self.hit_possible = True
        self.satisfied = False
        self.scopes, self.open_scopes = (), ()
        self.waiting = False
        self.log = Log()       # (contacts, hit, final), once resolved

    def hit(self):
        return self.hit_possible and self.satisfied


class Customer(Entity):
    def __init__(self, world, name):
        super().__init__(world, name, CUSTOMER_KEEPS)
        self.acts = []      # (tick, ts, kind, event)
        self.events = []    # (tick, ts)
        self.steps = []     # (applied, scopes after it)
        self.facts = []     # (applied, money fact)
        self.money = []     # (tick, ts, {revenue, cost, effort, purchases}) in micro units, exact
        self.earned, self.flow = [], []
        self.cases = {}     # (measure or None, case) -> Case
        self.requests = {}
        self.invoices, self.payments = {}, {}
        self.waits = {}     # case -> Log of whether it waits

    def apply(self, a):
        self.fire_finals(a.ts)
        self.move(a)
        scopes = self.apply_flows(a)
        self.events.append((a.tick, a.ts))
        self.steps.append((a, self.scopes()))
        if a.e["act"]:
            self.acts.append((a.tick, a.ts, a.e))
        self.points(a, scopes)
        self.spend(a)
        self.contact(a, scopes)
        self.promise(a)

    # points

    def counting(self, rule, key, ts):
        return [x for x in self.earned if x.rule is rule and x.key == key and x.gone is None and (x.until is None or ts < x.until)]

    def points(self, a, scopes):
        """What an event earns and takes back is one row."""
        before = len(self.flow)
        self.points_by_rules(a)
        worth = self.flow[before:]
        if sum(worth):
            for m in self.world.model.measures:
                if m.aggregation == "points":
                    self.world.row(scopes, m.name, a.tick, a.ts, {"points": sum(worth)})

    def points_by_rules(self, a):
        model = self.world.model
        for rule in model.points:
            key = a.e.get(rule["per"]) if "per" in rule else None
            if a.e["kind"] == rule.get("retracted_by"):
                for x in self.counting(rule, key, a.ts)[-1:]:
                    self.take_back(x, a)
            if a.e["kind"] not in listed(rule["kind"]) or not matches(a.e, rule.get("where")):
                continue
            if "per" in rule and rule.get("once") and key is None:
                continue
            if rule.get("once") and self.counting(rule, key, a.ts):
                continue
            self.earn(rule, key, a)

    def earn(self, rule, key, a):
        model, worth = self.world.model, rule["points"]
        steps = rule.get("steps")
        if steps and a.e.get(steps["field"], 0) > steps["above"] * MICRO:
            worth = steps["points"]
        until = None if model.points_window is None else model.points_window.edge(a.ts)
        self.earned.append(Earned(rule, key, worth, a, until))
        others = self.stages_beside(rule, key, a.ts)
        self.flow.append(max(0, worth - max((x.points for x in others if x is not self.earned[-1]), default=0)))

    def stages_beside(self, rule, key, ts):
        """Where only the highest stage counts: what counts of the other ones."""
        if not self.world.model.highest or rule["kind"] not in STAGES:
            return []
        return [x for r in self.world.model.points if r["kind"] in STAGES for x in self.counting(r, key, ts)]

    def take_back(self, x, a):
        x.gone = a.tick
        self.flow.append(-x.points)

    def balance(self, t):
        now = [x for x in self.earned if x.a.tick <= t and (x.gone is None or x.gone > t) and (x.until is None or timer_tick(self.world, x.until) > t)]
        if not self.world.model.highest:
            return sum(x.points for x in now)
        best = {}
        for x in now:
            group = ("stages", x.key) if x.rule["kind"] in STAGES else id(x)
            best[group] = max(best.get(group, 0), x.points)
        return sum(best.values())

    # money

    def spend(self, a):
        e, fact = a.e, None
        if e["kind"] == "purchase":
            fact = {"revenue": e["revenue"], "cost": e.get("cost", 0), "effort": 0, "purchases": 1}
        if e["kind"] == "cost":
            amount = e["amount"] if "amount" in e else half_away(e["minutes"] * self.world.model.minute_rate)
            fact = {"revenue": 0, "cost": amount, "effort": amount, "purchases": 0}
        if fact:
            self.money.append((a.tick, a.ts, fact))
            self.facts.append((a, fact))

    def sum_of(self, field, t, holds=lambda ts: True):
        return sum(f[field] for tick, ts, f in self.money if tick <= t and holds(ts))

    def margin(self, t, holds=lambda ts: True):
        return self.sum_of("revenue", t, holds) - self.sum_of("cost", t, holds)

    def active_in(self, horizon, t, kinds=None, where=None):
        return any(tick <= t and horizon.holds(ts, t) and (kinds is None or (e["kind"] in kinds and matches(e, where))) for tick, ts, e in self.acts)

    def touch_stocks(self):
        """A row of a figure over customers: whenever, by an event or by time, what this one adds to it becomes another."""
        for m in self.world.model.measures:
            if m.ledger or m.aggregation == "active":
                before = {}
                for tick, share, scopes in self.shares(m):
                    now = dict.fromkeys(scopes, share) if share is not None else {}
                    for s in {*before, *now}:
                        if before.get(s) != now.get(s):
                            self.world.touch(s, m.name, tick)
                    before = now

    def shares(self, m):
        """(tick, share, scopes) after every event and after every pane that leaves."""
        h, now, scopes = m.horizons[0], 0, ()
        edges = sorted({h.edge(a.ts) for a, _ in self.steps}) if m.ledger else []
        for i, (a, after) in enumerate(self.steps):
            for edge in [x for x in edges if now < x <= a.ts]:
                yield timer_tick(self.world, edge), self.share_at(m, h, i, edge), scopes
            now, scopes = max(now, a.ts), after
            yield a.tick, self.share_at(m, h, i + 1, now), scopes
        for edge in [x for x in edges if now < x]:
            yield timer_tick(self.world, edge), self.share_at(m, h, len(self.steps), edge), scopes

    def share_at(self, m, h, steps, now):
        seen = [a for a, _ in self.steps[:steps] if not m.ledger or h.edge(a.ts) > now]
        if not m.ledger:
            return self.last_act(m, seen)
        if not any(a.e["act"] for a in seen):
            return None
        facts = [f for a, f in self.facts if any(a is x for x in seen)]
        revenue, cost, field = sum(f["revenue"] for f in facts), sum(f["cost"] for f in facts), m.from_["ledger"]
        return revenue - cost if field == "margin" else sum(f[field] for f in facts)

    @staticmethod
    def last_act(m, seen):
        kinds = listed(m.from_["kind"]) if "kind" in m.from_ else None
        return max((a.ts for a in seen if (a.e["act"] if kinds is None else a.e["kind"] in kinds)), default=None)

    def share_of(self, m, h, t):
        """What a mean over the active customers takes of this one; None while not active."""
        if not self.active_in(h, t):
            return None
        holds = lambda ts: h.holds(ts, t)  # noqa: E731
        return self.margin(t, holds) if m.from_["ledger"] == "margin" else self.sum_of(m.from_["ledger"], t, holds)

    # cases

    def fire_finals(self, now):
        for (name, _), c in self.cases.items():
            m = self.measure_named(name)
            if c.first and not c.log.values[-1][2] and c.first.ts + m.recontact <= now:
                self.case_state(m, c, timer_tick(self.world, c.first.ts + m.recontact), (c.contacts, c.hit(), True))

    def measure_named(self, name):
        return next(m for m in self.world.model.measures if m.name == name)

    def contact(self, a, scopes):
        if not a.e["kind"].startswith("contact.") or a.e["kind"] == "contact.transfer":
            return
        if a.e["kind"] in ("contact.open", "contact.recontact", "contact.resolve"):
            self.waits.setdefault(a.e["case"], Log()).put(a.tick, a.e["kind"] != "contact.resolve")
        for m in self.world.model.measures:
            if m.aggregation == "first_time":
                self.case_event(m, self.cases.setdefault((m.name, a.e["case"]), Case()), a, scopes)

    def case_event(self, m, c, a, scopes):
        kind = a.e["kind"]
        inside = c.first is None or a.ts < c.first.ts + m.recontact
        if kind in ("contact.open", "contact.recontact"):
            c.contacts += 1
            if c.first and inside:
                c.hit_possible = False
            if not c.waiting:
                c.waiting = True
                c.open_scopes = scopes
                self.world.level(c.open_scopes, m.name, a.tick, 1)
        elif kind == "contact.resolve":
            if c.waiting:
                c.waiting = False
                self.world.level(c.open_scopes, m.name, a.tick, -1)
            if c.first is None:
                c.first, c.scopes = a, scopes
                c.hit_possible = c.contacts == 1
                self.world.row(scopes, m.name, a.tick, a.ts, {"case": c, "entity": self.name})
        elif kind == "contact.confirm" and inside:
            c.satisfied = a.e["satisfied"]
        if c.first:
            final = bool(c.log.values) and c.log.values[-1][2]
            self.case_state(m, c, a.tick, (c.contacts, c.hit(), final))

    def case_state(self, m, c, tick, state):
        if not c.log.values or c.log.values[-1] != state:
            c.log.put(tick, state)
            for s in c.scopes:
                self.world.touch(s, m.name, tick)

    # promises and invoices

    def promise(self, a):
        e = a.e
        if e["kind"] == "request.open":
            self.requests.setdefault(e["request"], []).append((a.tick, "open", a.ts + e["expect_ms"] if "expect_ms" in e else None))
        elif e["kind"] in ("request.done", "request.lost"):
            self.requests.setdefault(e["request"], []).append((a.tick, "closed", None))
        elif e["kind"] == "invoice":
            self.invoices.setdefault(e["invoice"], []).append(a)
        elif e["kind"] == "payment":
            self.payments.setdefault(e["invoice"], []).append(a)

    def open_requests(self, t):
        """(open, past their expectation) at t."""
        last = [[s for s in steps if s[0] <= t][-1:] for steps in self.requests.values()]
        now = [s[0] for s in last if s and s[0][1] == "open"]
        return len(now), sum(expect is not None and expect < t for _, _, expect in now)

    def overdue_cost(self, t):
        """Amount x days x cost of capital / 365, from due to payment or t."""
        total = Fraction(0)
        for name, invoices in self.invoices.items():
            for a in invoices[:1]:
                if a.tick > t:
                    continue
                left, since = a.e["amount"], a.e["due"]
                for p in self.payments.get(name, []):
                    if p.tick <= t:
                        total += left * max(0, p.ts - since)
                        left, since = left - p.e["amount"], max(since, p.ts)
                total += left * max(0, t - since)
        return total * self.world.model.cost_of_capital / (365 * 86_400_000)

    # the record that is published

    def record(self, t):
        model = self.world.model
        year = lambda ts: Horizon("365d").holds(ts, t)  # noqa: E731
        overdue = float(self.overdue_cost(t)) / MICRO
        total, present = (float(self.margin(t, holds)) / MICRO for holds in (lambda ts: True, year))
        d, r = model.discount, model.retention
        future = present * {"after_first": r, "from_first": 1 + d, "undiscounted_first": 1}[model.clv] / (1 + d - r)
        requests, late = self.open_requests(t)
        acts = [ts for tick, ts, _ in self.acts if tick <= t]
        out = {"v": 1, "customer": self.name, "as_of": t, "points": self.balance(t), "engaged": self.balance(t) > 0,
               "purchases": self.sum_of("purchases", t), "revenue": self.sum_of("revenue", t) / MICRO, "overdue_cost": overdue,
               "margin": {"total": total, "present": present, "future": future, "clv": model.clv},
               "class": "-".join("high" if x > 0 else "low" for x in (present, future)), "effort": float(self.sum_of("effort", t)) / MICRO,
               "open": {"requests": requests, "overdue": late, "contacts": self.waiting(t)},
               "dimensions": dict(self.dims_log.at(t))}
        if acts:
            out.update({"first_seen": min(acts), "last_seen": max(acts)})
        if present < 0:
            out["unprofitable_since"] = self.unprofitable_since(t)
        return out

    def waiting(self, t):
        """Cases that wait; known where a measure pairs them."""
        paired = any(m.aggregation == "first_time" for m in self.world.model.measures)
        return sum(bool(log.at(t)) for log in self.waits.values()) if paired else 0

    def unprofitable_since(self, t):
        """The event, or the pane leaving the rolling year, with which the margin sank below 0 and stayed there."""
        year, since = Horizon("365d"), None
        facts = [(tick, ts, f["revenue"] - f["cost"]) for tick, ts, f in self.money if tick <= t]
        for now in sorted({ts for _, ts, _ in facts} | {year.edge(ts) for _, ts, _ in facts if year.edge(ts) < t}):
            margin = sum(x for _, ts, x in facts if ts <= now < year.edge(ts))
            since = (now if since is None else since) if margin < 0 else None
        return since

    def known(self, t):
        return any(tick <= t for tick, _ in self.events)
