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

    def may_earn(self, rule, key, a, at=None):
        if "per" in rule and rule.get("once") and key is None:
            return False
        if rule.get("once") and self.counting(rule, key, a.ts if at is None else at):
            return False
        return "cap" not in rule or self.earned_in_period(rule, a) < rule["cap"]["times"]

    def earned_in_period(self, rule, a):
        """Of whatever thing. What was taken back was earned; a purchase that was cancelled never was."""
        return sum(x.rule is rule and not x.cancelled and self.period(rule, x.a) == self.period(rule, a) for x in self.earned)

    @staticmethod
    def period(rule, a):
        return a.ts // duration_ms(rule["cap"]["period"])

    def earn(self, rule, key, a):
        worth, steps = rule["points"], rule.get("steps")
        if steps and a.e.get(steps["field"], 0) > Fraction(str(steps["above"])) * MICRO:
            worth = steps["points"]
        self.earned.append(Earned(rule, key, worth, a, self.until(a)))
        self.counted.append(self.earned[-1])

    def until(self, a):
        return None if self.model.points_window is None else self.model.points_window.edge(a.ts)

    def cancel(self, bought):
        for x in self.earned:
            x.cancelled = x.cancelled or x.a is bought
        self.counted = [x for x in self.counted if not x.cancelled]

    def earned_by(self, a):
        return [x.rule for x in self.earned if x.a is a and not x.cancelled]

    def passed_on(self, a):
        """The rules by which it earned, and others may when it is cancelled."""
        return [r for r in self.earned_by(a) if ("cap" in r or r.get("once")) and not others_take_back(r)]

    def inherit(self, rule, lost, a, now):
        """What it was kept from earning by a purchase that is cancelled now; what has left counts no more. Returns the points."""
        until = self.until(a)
        left = until is not None and until <= now
        key, its = (x.e.get(rule["per"]) if "per" in rule else None for x in (a, lost))
        kept_from_it = (rule.get("once") and key == its) or ("cap" in rule and self.period(rule, a) == self.period(rule, lost))
        if left or not kept_from_it or any(r is rule for r in self.earned_by(a)) or not matches(a.e, rule.get("where")) or not self.may_earn(rule, key, a, now):
            return 0
        self.earn(rule, key, a)
        return self.earned[-1].points


def others_take_back(rule):
    """A cancellation takes back what its purchase earned, named or not."""
    named = listed(rule.get("retracted_by", []))
    return [kind for kind in named if kind != "order.cancelled" or rule.get("per") == "order"]


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


class Turn:
    """An event: what it made as it came, and in its turn; what of it was shown, and the rows that show it."""

    def __init__(self, a, scopes, told):
        self.a, self.scopes, self.told = a, scopes, told
        self.worth, self.shown, self.rows = 0, 0, []


class Points:
    """Rules whose say hangs on what was before follow the order of the events: one that comes late is put in its turn, and what those after it add is
    another then. Rules of purchases, and what counts once and is never taken back, follow the order in which they come."""

    def __init__(self, customer):
        self.customer, self.model = customer, customer.model
        self.told = Course(self.model, [r for r in self.model.points if not self.hangs(r)])
        self.course = self.of_events()
        self.events = []  # Turns, in their order
        self.log = Log(first=[])

    def hangs(self, rule):
        staged = self.model.highest and rule["kind"] in STAGES
        return rule["kind"] != "purchase" and (staged or "retracted_by" in rule or "cap" in rule)

    def of_events(self):
        return Course(self.model, [r for r in self.model.points if self.hangs(r)])

    def apply(self, a, scopes):
        place = bisect_right([turn.a.ts for turn in self.events], a.ts)
        self.events.insert(place, Turn(a, scopes, self.told.apply(a)))
        if place + 1 == len(self.events):
            self.tell(self.events[-1], self.course.apply(a), a)
        else:
            self.course = self.of_events()
            for turn in self.events:
                self.tell(turn, self.course.apply(turn.a), a)
        self.keep(a)

    def tell(self, turn, worth, by):
        """What an event earns and takes back is one row; another when another event comes before it."""
        turn.worth = worth
        if turn.told + worth == turn.shown:
            return
        for row in turn.rows:
            self.customer.world.take_back(row, by)
        turn.shown = turn.told + worth
        row = self.customer.row if turn.a is by else self.customer.world.row
        names = [m.name for m in self.model.measures if m.aggregation == "points"] if turn.shown else []
        turn.rows = [row(turn.scopes, name, by.tick, turn.a.ts, {"points": turn.shown}) for name in names]

    def keep(self, a):
        self.log.put(a.tick, [*self.told.counted, *self.course.counted])

    def passed_on(self, bought):
        return self.told.passed_on(bought)

    def cancel(self, bought, a):
        self.told.cancel(bought)
        self.keep(a)

    def inherit(self, rules, lost, bought, a):
        """What a purchase earns by these rules, since another is cancelled at a; its rows where that makes it other ones."""
        points = [self.told.inherit(rule, lost, bought, a.at) for rule in rules]
        if not any(points):
            return []
        turn = next(x for x in self.events if x.a is bought)
        turn.told += sum(points)
        self.tell(turn, turn.worth, a)
        self.keep(a)
        return turn.rows

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
