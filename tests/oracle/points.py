"""Engagement points of one customer (domain.md 4.1)."""
from fractions import Fraction

from grid import tick_after
from model import listed, matches

MICRO = 1_000_000
STAGES = ("newsletter.received", "newsletter.opened", "newsletter.read")


class Earned:
    def __init__(self, rule, key, points, a, until):
        self.rule, self.key, self.points, self.a, self.until = rule, key, points, a, until
        self.gone = None  # the tick from which it was taken back


class Points:
    def __init__(self, customer):
        self.customer, self.model = customer, customer.model
        self.earned, self.flow = [], []

    def apply(self, a, scopes):
        """What an event earns and takes back is one row."""
        before = len(self.flow)
        self.by_rules(a)
        worth = self.flow[before:]
        if sum(worth):
            for m in self.model.measures:
                if m.aggregation == "points":
                    self.customer.row(scopes, m.name, a.tick, a.ts, {"points": sum(worth)})

    def counting(self, rule, key, ts):
        return [x for x in self.earned if x.rule is rule and x.key == key and x.gone is None and (x.until is None or ts < x.until)]

    def by_rules(self, a):
        for rule in self.model.points:
            key = a.e.get(rule["per"]) if "per" in rule else None
            if "retracted_by" in rule and a.e["kind"] in listed(rule["retracted_by"]):
                for x in self.counting(rule, key, a.ts)[-1:]:
                    self.take_back(x, a)
            if a.e["kind"] in listed(rule["kind"]) and matches(a.e, rule.get("where")) and self.may_earn(rule, key, a):
                self.earn(rule, key, a)

    def may_earn(self, rule, key, a):
        if "per" in rule and rule.get("once") and key is None:
            return False
        if rule.get("once") and self.counting(rule, key, a.ts):
            return False
        return "cap" not in rule or self.earned_in_period(rule, key, a) < rule["cap"]["times"]

    def earned_in_period(self, rule, key, a):
        period = self.model.duration(rule["cap"]["period"])
        return sum(x.rule is rule and x.key == key and x.a.ts // period == a.ts // period for x in self.earned)

    def earn(self, rule, key, a):
        worth, steps = rule["points"], rule.get("steps")
        if steps and a.e.get(steps["field"], 0) > Fraction(str(steps["above"])) * MICRO:
            worth = steps["points"]
        until = None if self.model.points_window is None else self.model.points_window.edge(a.ts)
        self.earned.append(Earned(rule, key, worth, a, until))
        others = [x.points for x in self.stages_beside(rule, key, a.ts) if x is not self.earned[-1]]
        self.flow.append(max(0, worth - max(others)) if others else worth)

    def stages_beside(self, rule, key, ts):
        """Where only the highest stage counts: what counts of the other ones."""
        if not self.model.highest or rule["kind"] not in STAGES:
            return []
        return [x for r in self.model.points if r["kind"] in STAGES for x in self.counting(r, key, ts)]

    def take_back(self, x, a):
        x.gone = a.tick
        self.flow.append(-x.points)

    def cancel(self, bought, a):
        for x in self.earned:
            if x.a is bought and x.gone is None:
                x.gone = a.tick

    def balance(self, t):
        now = [x for x in self.earned if x.a.tick <= t and (x.gone is None or x.gone > t)
               and (x.until is None or tick_after(x.until, self.model.tick) > t)]
        if self.model.half_life:
            return self.decayed(now, t)
        if not self.model.highest:
            return sum(x.points for x in now)
        best = {}
        for x in now:
            group = ("stages", x.key) if x.rule["kind"] in STAGES else id(x)
            best[group] = max(best.get(group, 0), x.points)
        return sum(best.values())

    def decayed(self, now, t):
        """To the nearest whole point, at the last event of the customer."""
        total = sum(x.points * 2.0 ** (-(t - x.a.ts) / self.model.half_life) for x in now)
        return int(abs(total) + 0.5) * (1 if total >= 0 else -1)
