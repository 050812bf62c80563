"""Engagement points of one customer (domain.md 4.1)."""
from fractions import Fraction

from grid import duration_ms, tick_after
from model import listed, matches
from sketches import Between

MICRO = 1_000_000
STAGES = ("newsletter.received", "newsletter.opened", "newsletter.read")


class Earned:
    def __init__(self, rule, key, points, a, until):
        self.rule, self.key, self.points, self.a, self.until = rule, key, points, a, until
        self.gone = None  # the tick from which it was taken back
        self.cancelled = False


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
                latest = sorted(self.counting(rule, key, a.ts), key=lambda x: x.a.ts)[-1:]
                for x in latest:
                    self.take_back(x, a)
            if a.e["kind"] in listed(rule["kind"]) and matches(a.e, rule.get("where")) and self.may_earn(rule, key, a):
                self.earn(rule, key, a)

    def may_earn(self, rule, key, a):
        if "per" in rule and rule.get("once") and key is None:
            return False
        if rule.get("once") and self.counting(rule, key, a.ts):
            return False
        return "cap" not in rule or self.earned_in_period(rule, a) < rule["cap"]["times"]

    def earned_in_period(self, rule, a):
        """Of whatever thing. What was taken back was earned; a purchase that was cancelled never was."""
        period = duration_ms(rule["cap"]["period"])
        return sum(x.rule is rule and not x.cancelled and x.a.ts // period == a.ts // period for x in self.earned)

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
            if x.a is bought:
                x.cancelled = True
                x.gone = x.gone or a.tick

    def balance(self, t):
        now = [x for x in self.earned if x.a.tick <= t and (x.gone is None or x.gone > t)
               and (x.until is None or tick_after(x.until, self.model.tick) > t)]
        counts = self.highest_of(now) if self.model.highest else now
        return self.decayed(counts, t) if self.model.half_life else sum(x.points for x in counts)

    @staticmethod
    def highest_of(now):
        """Of the stages of one thing only the one with the most points, of those with as many the latest."""
        best = {}
        for x in now:
            group = ("stages", x.key) if x.rule["kind"] in STAGES else id(x)
            if group not in best or (x.points, x.a.ts) > (best[group].points, best[group].a.ts):
                best[group] = x
        return list(best.values())

    def decayed(self, counts, t):
        """Each to its nearest whole point, at an age in steps of a pane."""
        low = high = 0
        for x in counts:
            age, step = t - x.a.ts, self.model.points_pane
            ends = sorted(x.points * 2.0 ** (-max(0, end) / self.model.half_life) for end in (age - step, age + step))
            low, high = low + ends[0] - 0.5, high + ends[1] + 0.5
        return Between(low, high)
