"""Cases of one customer: first time resolution in its five definitions (domain.md 4.2)."""
from world import Log, Standing, timer_tick


class Case:
    def __init__(self):
        self.contacts = 0
        self.first = None        # the applied first resolve
        self.once = False        # resolved at the first contact
        self.came_back = False   # a re-contact within the window of the first resolve
        self.answer = None       # (stamp, satisfied)
        self.bots, self.transferred = True, False
        self.apart = None        # transferred or bot_only: in no number of the measure
        self.scopes, self.open_scopes = (), ()
        self.waiting = False
        self.row = None
        self.log = Log()         # (contacts, hit, final), once counted

    def hit(self, definition):
        satisfied = bool(self.answer and self.answer[1])
        if definition == "survey":
            return satisfied
        if definition == "no_recontact":
            return not self.came_back
        if definition in ("agent", "one_touch"):
            return self.once and not self.came_back
        return self.once and not self.came_back and satisfied


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
            if c.row and not c.log.values[-1][2] and c.first.ts + m.recontact <= now:
                self.state(m, c, timer_tick(self.world, c.first.ts + m.recontact), final=True)

    def apply(self, a, scopes):
        kind = a.e["kind"]
        if not kind.startswith("contact."):
            return
        if kind in ("contact.open", "contact.recontact", "contact.resolve"):
            self.waits.setdefault(a.e["case"], Standing()).put(a, kind != "contact.resolve")
        for m in self.measures:
            self.case_event(m, self.cases.setdefault((m.name, a.e["case"]), Case()), a, scopes)

    def case_event(self, m, c, a, scopes):
        kind = a.e["kind"]
        inside = c.first is None or a.ts < c.first.ts + m.recontact
        if kind in ("contact.open", "contact.recontact"):
            self.contact(m, c, a, scopes, inside)
        elif kind == "contact.resolve":
            self.resolve(m, c, a, scopes)
        elif kind == "contact.transfer" and c.first is None:
            c.transferred = True
        elif kind == "contact.confirm" and inside:
            self.confirm(m, c, a)
        if c.row:
            self.state(m, c, a.tick, final=bool(c.log.values) and c.log.last()[2])

    def contact(self, m, c, a, scopes, inside):
        c.contacts += 1
        if c.first is None:
            c.bots = c.bots and a.e.get("bot") is True
        elif inside:
            c.came_back = True
        if not c.waiting:
            c.waiting, c.open_scopes = True, scopes
            self.world.level(scopes, m.name, a.tick, 1)

    def resolve(self, m, c, a, scopes):
        if c.waiting:
            c.waiting = False
            self.world.level(c.open_scopes, m.name, a.tick, -1)
        if c.first is not None:
            return
        c.first, c.scopes, c.once = a, scopes, c.contacts == 1
        c.apart = "transferred" if c.transferred else "bot_only" if c.bots and c.contacts and "employee" not in a.e else None
        if c.apart:
            self.world.row(scopes, m.name, a.tick, a.ts, {"apart": c.apart})
        elif m.definition != "survey":
            self.count(m, c, a)

    def count(self, m, c, a):
        c.row = self.world.row(c.scopes, m.name, a.tick, c.first.ts, {"case": c, "entity": self.customer, "apart": None})

    def confirm(self, m, c, a):
        stamp = (a.ts, a.e["id"].encode())
        if m.definition == "survey" and (c.first is None or c.apart):
            return
        if m.definition == "survey" and c.row is None:
            self.count(m, c, a)
        if c.answer is None or stamp >= c.answer[0]:
            c.answer = (stamp, a.e["satisfied"])

    def state(self, m, c, tick, final):
        state = (c.contacts, c.hit(m.definition), final)
        if not c.log.values or c.log.values[-1] != state:
            tick = max([tick, *c.log.ticks[-1:]])
            c.log.put(tick, state)
            for s in c.scopes:
                self.world.touch(s, m.name, tick)

    def erase(self, a):
        """What waits ends, also for the end of its window; what was counted stays."""
        for (name, _), c in self.cases.items():
            if c.row:
                self.state(self.named[name], c, a.tick, final=True)
            if c.waiting:
                c.waiting = False
                self.world.level(c.open_scopes, name, a.tick, -1)
        for log in self.waits.values():
            log.put(a, False)

    def waiting(self, t):
        return sum(bool(log.at(t)) for log in self.waits.values())
