"""One employee: presence, absence, becoming productive, what hiring costs (domain.md 4.4)."""
from kinds import EMPLOYEE_KEEPS
from world import Entity

MICRO = 1_000_000
HEADS = ("headcount", "turnover", "absence")


class Employee(Entity):
    def __init__(self, world, name):
        super().__init__(world, name, EMPLOYEE_KEEPS)
        self.present = False
        self.fte = MICRO
        self.absent = None      # the fraction, while away
        self.away_since = None
        self.since = None       # when the employment began
        self.hired = None       # the same, while not productive yet
        self.standing = ()      # the scopes the stocks stand in

    def apply(self, a):
        before = self.stocks()
        self.made = []
        self.move(a)
        scopes = self.apply_flows(a)
        kind = a.e["kind"]
        if kind == "headcount":
            self.fte = a.e["fte"]
        elif kind == "hire":
            self.hire(a, scopes)
        elif kind == "exit":
            self.exit(a, scopes)
        elif kind == "recruit_cost":
            self.count(a, scopes, "cost_per_hire", {"hires": 0, "internal": a.e.get("internal", 0), "external": a.e.get("external", 0)})
        elif kind == "productive" and self.hired is not None:
            self.count(a, scopes, "time_to_productivity", {"value": a.ts - self.hired})
            self.hired = None
        elif kind.startswith("absence."):
            self.absence(a, scopes)
        self.change(before, self.stocks(), a)

    def count(self, a, scopes, aggregation, what):
        for m in self.model.measures:
            if m.aggregation == aggregation:
                self.row(scopes, m.name, a.tick, a.ts, {"entity": self.name, **what})

    def hire(self, a, scopes):
        self.fte = a.e.get("fte", MICRO)
        if not self.present:
            self.present, self.hired, self.since = True, a.ts, a.ts
            self.count(a, scopes, "cost_per_hire", {"hires": 1, "internal": 0, "external": 0})

    def exit(self, a, scopes):
        if self.present:
            self.present, self.hired, self.absent, self.away_since = False, None, None, None
            what = {"voluntary": a.e.get("voluntary", False), "regretted": a.e.get("regretted", False)}
            self.count(a, scopes, "turnover", what)
            self.count(a, scopes, "absence", {"exit": 1, "begun": 0, "closed": None})

    def absence(self, a, scopes):
        kind, fraction = a.e["kind"], a.e.get("fraction", MICRO)
        if not self.present or a.ts < self.since or (self.absent is not None and a.ts < self.away_since):
            return  # of before what is known
        if kind == "absence.start":
            if self.absent is None:
                self.away_since = a.ts
                self.count(a, scopes, "absence", {"exit": 0, "begun": 1, "closed": None})
            self.absent = fraction
        elif kind == "absence.update" and self.absent is not None:
            self.absent = fraction
        elif kind == "absence.end" and self.absent is not None:
            self.count(a, scopes, "absence", {"exit": 0, "begun": 0, "closed": a.ts - self.away_since})
            self.absent = self.away_since = None

    def stocks(self):
        """What stands in the scopes of this one now: (scopes, {whose: amount})."""
        if not self.present:
            return (), {}
        out = {"heads": 1, "fte": self.fte, "away": self.fte * (self.absent or 0)}
        if self.hired is not None:
            out["ramping"] = 1
            out["ramping since"] = self.hired
        return tuple(self.scopes()), out

    def change(self, before, after, a):
        for s in sorted({*before[0], *after[0]}):
            was, now = (x[1] if s in x[0] else {} for x in (before, after))
            for whose in sorted({*was, *now}):
                delta = now.get(whose, 0) - was.get(whose, 0)
                if delta or (whose in was) != (whose in now):
                    self.world.be([s], whose, a, delta, self.lookers(whose))

    def lookers(self, whose):
        wanted = {"heads": HEADS, "fte": ("absence",), "away": ("absence",)}.get(whose, ("time_to_productivity",))
        return [m for m in self.model.measures if m.aggregation in wanted]
