"""Engagement points of one customer (domain.md 4.1)."""
from bisect import bisect_right
from fractions import Fraction

from grid import duration_ms, tick_after
from model import listed, matches
from sketches import Between
from world import Log

MICRO = 1_000_000
STAGES = ("newsletter.received", "newsletter.opened", "newsletter.read")


class Earned:
    def __init__(self, rule, key, points, a, until):
        self.rule, self.key, self.points, self.a, self.until = rule, key, points, a, until
        self.cancelled = False


class Course:
    """What some rules make of events that come one after the other."""

    def __init__(self, model, rules):
        self.model, self.rules = model, rules
        self.counted, self.earned = [], []  # what counts, but for what has left the window; all that was earned

    def apply(self, a):
        """Returns what the event adds to the points, or takes from them, and whether it is a matter of these rules."""
        before = self.worth(a.ts)
        for rule in self.rules:
            key = a.e.get(rule["per"]) if "per" in rule else None
            if a.e["kind"] in listed(rule.get("retracted_by", [])):
                for x in self.counting(rule, key, a.ts)[-1:]:
                    self.counted.remove(x)
        for rule in self.rules:
            key = a.e.get(rule["per"]) if "per" in rule else None
            if a.e["kind"] in listed(rule["kind"]) and matches(a.e, rule.get("where")) and self.may_earn(rule, key, a):
                self.earn(rule, key, a)
        return self.worth(a.ts) - before

    def counting(self, rule, key, ts):
        """The latest last."""
        return sorted((x for x in self.at(ts) if x.rule is rule and x.key == key), key=lambda x: x.a.ts)

    def at(self, ts):
        return [x for x in self.counted if x.until is None or ts < x.until]

    def worth(self, ts):
        return sum(x.points for x in counts_of(self.model, self.at(ts)))

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
        self.counted.append(self.earned[-1])

    def cancel(self, bought):
        for x in self.earned:
            x.cancelled = x.cancelled or x.a is bought
        self.counted = [x for x in self.counted if not x.cancelled]


def counts_of(model, earned):
    """Of the stages of one thing only the one with the most points, of those with as many the latest, where stages are such."""
    if not model.highest:
        return earned
    best = {}
    for x in earned:
        group = ("stages", x.key) if x.rule["kind"] in STAGES else id(x)
        if group not in best or (x.points, x.a.ts) > (best[group].points, best[group].a.ts):
            best[group] = x
    return list(best.values())


class Points:
    """Rules whose say hangs on what was before follow the order of the events: one that comes late is put in its turn, and what those after it add is
    another then. Rules of purchases, and what counts once and is never taken back, follow the order in which they come."""

    def __init__(self, customer):
        self.customer, self.model = customer, customer.model
        self.told = Course(self.model, [r for r in self.model.points if not self.hangs(r)])
        self.course = self.of_events()
        self.events = []  # in their order: [applied, scopes, what it made as it came, what in its turn, rows]
        self.log = Log(first=[])

    def hangs(self, rule):
        staged = self.model.highest and rule["kind"] in STAGES
        return rule["kind"] != "purchase" and (staged or "retracted_by" in rule or "cap" in rule)

    def of_events(self):
        return Course(self.model, [r for r in self.model.points if self.hangs(r)])

    def apply(self, a, scopes):
        place = bisect_right([event[0].ts for event in self.events], a.ts)
        self.events.insert(place, [a, scopes, self.told.apply(a), 0, None])
        if place + 1 == len(self.events):
            self.tell(self.events[-1], self.course.apply(a), a)
        else:
            self.course = self.of_events()
            for event in self.events:
                self.tell(event, self.course.apply(event[0]), a)
        self.keep(a)

    def tell(self, event, worth, by):
        """What an event earns and takes back is one row; another when another event comes before it."""
        a, scopes, told, before, rows = event
        if rows is not None and worth == before:
            return
        for row in rows or []:
            self.customer.world.take_back(row, by)
        row = self.customer.row if a is by else self.customer.world.row
        names = [m.name for m in self.model.measures if m.aggregation == "points"] if told + worth else []
        event[3:] = [worth, [row(scopes, name, by.tick, a.ts, {"points": told + worth}) for name in names]]

    def keep(self, a):
        self.log.put(a.tick, [*self.told.counted, *self.course.counted])

    def cancel(self, bought, a):
        self.told.cancel(bought)
        self.keep(a)

    def balance(self, t):
        now = [x for x in self.log.at(t) if x.until is None or tick_after(x.until, self.model.tick) > t]
        counts = counts_of(self.model, now)
        return self.decayed(counts, t) if self.model.half_life else sum(x.points for x in counts)

    def decayed(self, counts, t):
        """Each to its nearest whole point, at an age in steps of a pane."""
        low = high = 0
        for x in counts:
            age, step = t - x.a.ts, self.model.points_pane
            ends = sorted(x.points * 2.0 ** (-max(0, end) / self.model.half_life) for end in (age - step, age + step))
            low, high = low + ends[0] - 0.5, high + ends[1] + 0.5
        return Between(low, high)
