"""What the events leave behind, kept whole: flows as rows per scope and measure, people as logs. Nothing is summed up here."""
from bisect import bisect_right

from grid import tick_after
from kinds import CUSTOMER_KEEPS, DIMENSIONS, EMPLOYEE_KEEPS
from model import bound_holds, listed, matches


CORRECTION = ""  # touches a scope even where no measure counts the event


class Row:
    """Something that happened in a scope: seen from `tick`, counted in the pane of `ts`."""

    def __init__(self, tick, ts, what):
        self.tick, self.ts, self.what = tick, ts, what


class Log:
    """Values over ticks; at(t) is the last one seen at t."""

    def __init__(self, first=None):
        self.ticks, self.values, self.first = [], [], first

    def put(self, tick, value):
        if self.ticks and self.ticks[-1] == tick:
            self.values[-1] = value
        else:
            self.ticks.append(tick)
            self.values.append(value)

    def at(self, t):
        i = bisect_right(self.ticks, t)
        return self.values[i - 1] if i else self.first


class World:
    def __init__(self, model):
        self.model = model
        self.rows = {}       # (scope, measure) -> [Row]
        self.levels = {}     # (scope, measure) -> [(tick, delta)]: waiting
        self.presence = {}   # scope -> [(tick, ts, delta)]
        self.touched = {}    # (scope, measure) -> [tick]: there was a row
        self.revisions = {}  # scope -> [tick]
        self.customers, self.employees = {}, {}

    def touch(self, scope, name, tick):
        self.touched.setdefault((scope, name), set()).add(tick)

    def row(self, scopes, name, tick, ts, what):
        for s in scopes:
            self.rows.setdefault((s, name), []).append(Row(tick, ts, what))
            self.touch(s, name, tick)

    def level(self, scopes, name, tick, delta):
        for s in scopes:
            self.levels.setdefault((s, name), []).append((tick, delta))
            self.touch(s, name, tick)

    def scopes(self):
        return sorted({s for s, _ in self.touched})

    def flows_of(self, e):
        """The measures for which an event is a row of its own, with what it says."""
        for m in self.model.measures:
            if m.aggregation in ("points", "active", "first_time", "turnover", "headcount") or m.ledger:
                continue
            what = flow(m, e)
            if what:
                yield m.name, what


def from_matches(source, m, e):
    if e["kind"] not in listed(source.get("kind", [])) or (e["kind"] == "survey" and (e["topic"] == "hr") != (m.m["class"] == "hr")):
        return False
    return matches(e, source.get("where"))


def signed_sum(fields, e):
    return sum((-e.get(f[1:], 0) if f.startswith("-") else e.get(f, 0)) for f in listed(fields))


def flow(m, e):
    source = m.from_
    if m.aggregation == "quotient":
        a, b = from_matches(source, m, e), from_matches(m.m["per"], m, e)
        return {"n": int(a), "from": signed_sum(source["value"], e) if a else 0, "per": signed_sum(m.m["per"]["value"], e) if b else 0} if a or b else None
    if not from_matches(source, m, e):
        return None
    what = {"entity": e["entity"]}
    if m.aggregation == "ratio":
        what["hit"] = matches(e, m.m["hits"].get("where"))
    elif m.aggregation not in ("count", "rate"):
        what["value"] = signed_sum(source.get("value", "value"), e)
    if m.aggregation == "within":
        target = m.m["target"]
        what["hit"] = bound_holds(what["value"], target if isinstance(target, dict) else {"max": target})
    if m.aggregation == "top_box":
        what["hit"] = favourable(m, e)
    return what


def favourable(m, e):
    if m.m["class"] == "hr":
        return 10 * e["value"] > 6 * e["scale"] * 1_000_000
    least = {"csat": 4, "ces": 5, "grade10": 8}[m.from_["where"]["instrument"]]
    return e["value"] >= least * 1_000_000


class Entity:
    """What customers and employees share: dimensions with stamps, and from which tick they are seen."""

    def __init__(self, world, name, keeps):
        self.world, self.name, self.keeps = world, name, keeps
        self.stamps = {}
        self.log, self.dims_log = Log(first=None), Log(first={})

    def move(self, a):
        """Takes the dimensions an event names; returns whether one changed."""
        before = self.dims()
        for d in self.keeps:
            if d in a.e and (a.ts, a.e["id"].encode()) >= self.stamps.get(d, ((-1, b""), None))[0]:
                self.stamps[d] = ((a.ts, a.e["id"].encode()), a.e[d])
        if not self.log.ticks or self.dims() != before:
            self.log.put(a.tick, set(self.world.model.scope_keys(self.dims())))
            self.dims_log.put(a.tick, self.dims())
        return self.dims() != before

    def dims(self):
        return {d: stamp[1] for d, stamp in sorted(self.stamps.items())}

    def event_scopes(self, e):
        return self.world.model.scope_keys({**self.dims(), **{d: e[d] for d in DIMENSIONS if d in e}})

    def scopes(self):
        return self.world.model.scope_keys(self.dims())

    def within(self, scope, t):
        return scope in (self.log.at(t) or ())

    def apply_flows(self, a):
        scopes = self.event_scopes(a.e)
        for name, what in self.world.flows_of(a.e):
            self.world.row(scopes, name, a.tick, a.ts, what)
        if a.straggler:
            for s in scopes:
                self.world.revisions.setdefault(s, []).append(a.tick)
                self.world.touch(s, CORRECTION, a.tick)
        return scopes


class Employee(Entity):
    def __init__(self, world, name):
        super().__init__(world, name, EMPLOYEE_KEEPS)
        self.present = False
        self.answers = {}  # measure -> [(tick, ts)]

    def apply(self, a):
        before = self.scopes()
        if self.move(a) and self.present:
            now = self.scopes()
            self.be([s for s in before if s not in now], a, -1)
            self.be([s for s in now if s not in before], a, 1)
        scopes = self.apply_flows(a)
        for name, _ in self.world.flows_of(a.e):
            self.answers.setdefault(name, []).append((a.tick, a.ts))
        if a.e["kind"] == "hire" and not self.present:
            self.present = True
            self.be(self.scopes(), a, 1)
        if a.e["kind"] == "exit" and self.present:
            self.present = False
            self.be(self.scopes(), a, -1)
            for m in self.world.model.measures:
                if m.aggregation == "turnover":
                    self.world.row(scopes, m.name, a.tick, a.ts, {"voluntary": a.e.get("voluntary", False), "regretted": a.e.get("regretted", False)})

    def be(self, scopes, a, delta):
        for s in scopes:
            self.world.presence.setdefault(s, []).append((a.tick, a.ts, delta))
            for m in self.world.model.measures:
                if m.aggregation in ("headcount", "turnover"):
                    self.world.touch(s, m.name, a.tick)


def run(world, applied):
    from customer import Customer  # customer.py needs Entity
    for a in applied:
        if a.e["topic"] == "hr":
            people, kind = world.employees, Employee
        else:
            people, kind = world.customers, Customer
        name = a.e["entity"]
        if a.e["kind"] == "benchmark":
            continue
        if name not in people:
            people[name] = kind(world, name)
        people[name].apply(a)


def timer_tick(world, instant):
    """A timer at T acts like an event of T that comes before all events of T."""
    return tick_after(instant, world.model.tick)
