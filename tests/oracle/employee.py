"""One employee: presence, absence, becoming productive, what hiring costs (domain.md 4.4)."""
from bisect import bisect_right

from kinds import EMPLOYEE_KEEPS
from world import Entity

MICRO = 1_000_000
HEADS = ("headcount", "turnover", "absence")


STEPS = ("hire", "exit", "headcount", "productive", "absence.start", "absence.update", "absence.end")


class Staff:
    """What an employee is between two events."""

    def __init__(self, present=False, fte=MICRO, since=None, ramping=False, absent=None, away_since=None):
        self.present, self.fte, self.since, self.ramping = present, fte, since, ramping
        self.absent, self.away_since = absent, away_since  # the fraction, while away

    def all(self):
        return (self.present, *((self.fte, self.since, self.ramping, self.absent, self.away_since) if self.present else ()))

    def stocks(self):
        if not self.present:
            return {}
        out = {"heads": 1, "fte": self.fte, "away": self.fte * (self.absent or 0)}
        if self.ramping:
            out["ramping"] = 1
            out["ramping since"] = self.since
        return out

    def after(self, a):
        """What it is after an event, and what that counts: (aggregation, what)."""
        now, counts = Staff(self.present, self.fte, self.since, self.ramping, self.absent, self.away_since), []
        kind = a.e["kind"]
        if kind == "headcount":
            now.fte = a.e["fte"]
        elif kind == "hire":
            now.hire(a, counts)
        elif not self.present:
            pass
        elif kind == "exit":
            now.present, now.ramping, now.absent, now.away_since = False, False, None, None
            counts += [("turnover", {"voluntary": a.e.get("voluntary", False), "regretted": a.e.get("regretted", False)}),
                       ("absence", {"exit": 1, "begun": 0, "closed": None})]
        elif kind == "productive" and self.ramping:
            counts.append(("time_to_productivity", {"value": a.ts - self.since}))
            now.ramping = False
        elif kind.startswith("absence."):
            now.absence(a, counts)
        return now, counts

    def hire(self, a, counts):
        self.fte = a.e.get("fte", MICRO)
        if not self.present:
            self.present, self.ramping, self.since = True, True, a.ts
            counts.append(("cost_per_hire", {"hires": 1, "internal": 0, "external": 0}))

    def absence(self, a, counts):
        kind, fraction = a.e["kind"], a.e.get("fraction", MICRO)
        if kind == "absence.start":
            if self.absent is None:
                self.away_since = a.ts
                counts.append(("absence", {"exit": 0, "begun": 1, "closed": None}))
            self.absent = fraction
        elif kind == "absence.update" and self.absent is not None:
            self.absent = fraction
        elif kind == "absence.end" and self.absent is not None:
            counts.append(("absence", {"exit": 0, "begun": 0, "closed": a.ts - self.away_since}))
            self.absent = self.away_since = None


class Step:
    """An event in its turn."""

    def __init__(self, a, scopes):
        self.a, self.ts, self.scopes = a, a.ts, scopes
        self.before = self.after = None
        self.rows = []


class Employee(Entity):
    def __init__(self, world, name):
        super().__init__(world, name, EMPLOYEE_KEEPS)
        self.steps = []  # by ts; of one instant as they came
        self.staff = Staff()

    def apply(self, a):
        self.made = []
        before = self.scopes()
        self.move(a)
        self.change(before, self.scopes(), self.staff.stocks(), self.staff.stocks(), a.tick, a.ts)
        scopes = self.apply_flows(a)
        if a.e["kind"] == "recruit_cost":
            self.count(a, a.ts, scopes, "cost_per_hire", {"hires": 0, "internal": a.e.get("internal", 0), "external": a.e.get("external", 0)})
        elif a.e["kind"] in STEPS:
            self.step(a, scopes)

    def step(self, a, scopes):
        """Steps after it that find another employee than without it are told anew, where the employee stands now."""
        place = bisect_right([s.ts for s in self.steps], a.ts)
        self.steps.insert(place, Step(a, scopes))
        state = self.steps[place - 1].after if place else Staff()
        for s in self.steps[place:]:
            if s.before is not None:
                if s.before.all() == state.all():
                    return
                for row in s.rows:
                    self.world.take_back(row, a)
                self.change(self.scopes(), self.scopes(), s.after.stocks(), s.before.stocks(), a.tick, s.ts)
            s.before = state
            state, counts = state.after(s.a)
            s.after = state
            s.rows = [row for aggregation, what in counts for row in self.count(a, s.ts, s.scopes, aggregation, what)]
            self.change(self.scopes(), self.scopes(), s.before.stocks(), s.after.stocks(), a.tick, s.ts)
        self.staff = state

    def count(self, a, ts, scopes, aggregation, what):
        return [self.world.row(scopes, m.name, a.tick, ts, {"entity": self.name, **what}) for m in self.model.measures if m.aggregation == aggregation]

    def change(self, left, joined, before, after, tick, ts):
        """What stands in the scopes of this one: {whose: amount}."""
        for s in sorted({*left, *joined}):
            was, now = before if s in left else {}, after if s in joined else {}
            for whose in sorted({*was, *now}):
                delta = now.get(whose, 0) - was.get(whose, 0)
                if delta or (whose in was) != (whose in now):
                    self.world.be([s], whose, When(tick, ts), delta, self.lookers(whose))

    def lookers(self, whose):
        wanted = {"heads": HEADS, "fte": ("absence",), "away": ("absence",)}.get(whose, ("time_to_productivity",))
        return [m for m in self.model.measures if m.aggregation in wanted]


class When:
    def __init__(self, tick, ts):
        self.tick, self.ts = tick, ts
