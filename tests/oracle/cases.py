"""Cases of one customer: first time resolution in its five definitions (domain.md 4.2)."""
from world import Log, Standing, timer_tick


class State:
    """What a case is after its steps, which are in order: of one instant, in the order they were applied."""

    def __init__(self, m, steps):
        self.m = m
        self.contacts = 0
        self.first = None        # the first resolve, and its scopes
        self.once = False        # resolved at the first contact
        self.came_back = False   # a re-contact within the window of the first resolve
        self.answer = None       # the latest within it
        self.bots, self.transferred = True, False
        self.apart = None        # transferred or bot_only: in no number of the measure
        self.waits = None        # the scopes where it does
        for a, scopes in sorted(steps, key=lambda step: step[0].ts):
            self.step(a, a.e["kind"], scopes)

    def step(self, a, kind, scopes):
        inside = self.first is None or a.ts < self.first[0].ts + self.m.recontact
        if kind in ("contact.open", "contact.recontact"):
            self.contacts += 1
            self.bots = self.bots and (self.first is not None or a.e.get("bot") is True)
            self.came_back = self.came_back or (self.first is not None and inside)
            self.waits = scopes if self.waits is None else self.waits
        elif kind == "contact.resolve":
            self.waits = None
            if self.first is None:
                self.resolve(a, scopes)
        elif kind == "contact.transfer":
            self.transferred = self.transferred or self.first is None
        elif inside:
            self.answer = a.e["satisfied"]

    def resolve(self, a, scopes):
        """By a survey an answer before it is not about it."""
        self.first, self.once = (a, scopes), self.contacts == 1
        self.apart = "transferred" if self.transferred else "bot_only" if self.bots and self.contacts and "employee" not in a.e else None
        if self.m.definition == "survey":
            self.answer = None

    def counts(self):
        return self.first is not None and not self.apart and (self.m.definition != "survey" or self.answer is not None)

    def hit(self):
        definition, satisfied = self.m.definition, bool(self.answer)
        if definition == "survey":
            return satisfied
        if definition == "no_recontact":
            return not self.came_back
        if definition in ("agent", "one_touch"):
            return self.once and not self.came_back
        return self.once and not self.came_back and satisfied


class Case:
    def __init__(self, m):
        self.steps = []
        self.state = State(m, ())
        self.row = None
        self.log = None  # of the row: (contacts, hit, final)
        self.place = None


class Counted:
    def __init__(self):
        self.log = Log()


class Cases:
    def __init__(self, customer):
        self.customer, self.world, self.model = customer, customer.world, customer.model
        self.cases = {}     # (measure, case) -> Case
        self.waits = {}     # case -> Log of whether it waits
        self.measures = [m for m in self.model.measures if m.aggregation == "first_time"]
        self.named = {m.name: m for m in self.measures}

    def fire_finals(self, now):
        for (name, _), c in self.cases.items():
            m = self.named[name]
            if c.log and not c.log.values[-1][2]:
                ends = c.state.first[0].ts + m.recontact
                if ends <= now:
                    self.tell(m, c, timer_tick(self.world, ends), final=True, by_event=False)

    def apply(self, a, scopes):
        kind = a.e["kind"]
        if not kind.startswith("contact."):
            return
        if kind in ("contact.open", "contact.recontact", "contact.resolve"):
            self.waits.setdefault(a.e["case"], Standing()).put(a, kind != "contact.resolve")
        for m in self.measures:
            self.case_event(m, self.cases.setdefault((m.name, a.e["case"]), Case(m)), a, scopes)

    def case_event(self, m, c, a, scopes):
        before = c.state
        c.steps.append((a, scopes))
        c.state = State(m, c.steps)
        self.wait(m, before, c.state, a)
        self.move(m, c, a)
        if c.log:
            self.tell(m, c, a.tick, final=bool(c.log.values) and c.log.last()[2] or c.state.first[0].ts + m.recontact <= a.at)

    def wait(self, m, before, now, a):
        if before.waits != now.waits:
            for scopes, delta in ((before.waits, -1), (now.waits, 1)):
                if scopes is not None:
                    self.world.level(scopes, m.name, a.tick, delta)

    def move(self, m, c, a):
        """What tells of the case stands where it was resolved first, and is another once that was elsewhere or it is apart."""
        shown = c.state.apart or c.state.counts()
        place = (c.state.first, c.state.apart) if shown else None
        if place == c.place:
            return
        if c.row:
            self.world.take_back(c.row, a)
        c.place, c.row, c.log = place, None, None
        if shown:
            counted = Counted()
            c.log = None if c.state.apart else counted.log
            c.row = self.world.row(c.state.first[1], m.name, a.tick, c.state.first[0].ts, {"apart": c.state.apart, "case": counted, "entity": self.customer})

    def tell(self, m, c, tick, final, by_event=True):
        state = (c.state.contacts, c.state.hit(), final)
        if not c.log.values or c.log.values[-1] != state:
            tick = max([tick, *c.log.ticks[-1:]])
            c.log.put(tick, state)
            for s in c.state.first[1]:
                self.world.touch(s, m.name, tick, by_event)

    def erase(self, a):
        """What waits ends, also for the end of its window; what was counted stays."""
        for (name, _), c in self.cases.items():
            if c.log:
                self.tell(self.named[name], c, a.tick, final=True)
            if c.state.waits is not None:
                self.world.level(c.state.waits, name, a.tick, -1)
                c.state.waits = None
        for log in self.waits.values():
            log.put(a, False)

    def waiting(self, t):
        return sum(bool(log.at(t)) for log in self.waits.values())
