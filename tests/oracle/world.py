"""What the events leave behind, kept whole: flows as rows per scope and measure, people as logs. Nothing is summed up here."""
from bisect import bisect_right

from grid import tick_after
from kinds import DIMENSIONS
from model import bound_holds, listed, matches

CORRECTION = ""  # touches a scope even where no measure counts the event


class Row:
    """Something that happened in some scopes: seen from `tick` until it is taken back, counted in the pane of `ts`."""

    def __init__(self, scopes, name, tick, ts, what):
        self.scopes, self.name, self.tick, self.ts, self.what = scopes, name, tick, ts, what
        self.gone = None

    def seen(self, t):
        return self.tick <= t and (self.gone is None or t < self.gone)


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

    def last(self):
        return self.values[-1] if self.values else self.first


class Standing:
    """Whether something is open: what the latest event by ts said, of those seen."""

    def __init__(self):
        self.said = []  # (tick, ts, open)

    def put(self, a, is_open):
        self.said.append((a.tick, a.ts, is_open))

    def at(self, t):
        seen = [x for x in self.said if x[0] <= t]
        latest = max((ts for _, ts, _ in seen), default=None)
        return [is_open for _, ts, is_open in seen if ts == latest][-1:] == [True]


def burn_windows(model, m):
    from alarms import Rule
    rules = [Rule(r, model.measures) for r in model.alerts if "burn_rate" in r]
    return [h for r in rules if r.measure is m for h in (r.long, r.short)]


class World:
    def __init__(self, model):
        self.model = model
        self.rows = {}       # (scope, measure) -> [Row]
        self.levels = {}     # (scope, measure, which) -> [(tick, ts, delta)]
        self.presence = {}   # (scope, whose) -> [(tick, ts, delta)]: what is integrated over time
        self.touched = {}    # (scope, measure) -> {tick}: there was a row
        self.told = {}       # those of them that an event made: only they make fresh
        self.served = {}     # scope -> [(tick, ts, department)]: contacts
        self.revisions = {}  # scope -> [tick]
        self.customers, self.employees = {}, {}  # name -> [life]
        self.horizons = {m.name: [*m.horizons, *burn_windows(model, m)] for m in model.measures}

    def touch(self, scope, name, tick, by_event=True):
        for of in (self.touched, self.told)[:1 + by_event]:
            of.setdefault((scope, name), set()).add(tick)

    def row(self, scopes, name, tick, ts, what):
        row = Row(list(scopes), name, tick, ts, what)
        for s in row.scopes:
            self.rows.setdefault((s, name), []).append(row)
            self.touch(s, name, tick)
        return row

    def take_back(self, row, a):
        """What has left every window by then is gone without a row."""
        if row.gone is None:
            row.gone = a.tick
            for s in row.scopes if any(h.edge(row.ts) > a.at for h in self.horizons[row.name]) else ():
                self.touch(s, row.name, a.tick)

    def level(self, scopes, name, tick, delta, which="waiting", ts=None, by_event=True):
        for s in scopes:
            self.levels.setdefault((s, name, which), []).append((tick, ts, delta))
            self.touch(s, name, tick, by_event)

    def be(self, scopes, whose, a, delta, measures):
        """Something present from a's instant on (or no more), a row of the measures that look at it."""
        for s in scopes:
            self.presence.setdefault((s, whose), []).append((a.tick, a.ts, delta))
            for m in measures:
                self.touch(s, m.name, a.tick)

    def stay(self, scopes, whose, a, until, measures):
        """Something was present from a's instant until another."""
        for s in scopes:
            self.presence.setdefault((s, whose), []).extend([(a.tick, a.ts, 1), (a.tick, until, -1)])
            for m in measures:
                self.touch(s, m.name, a.tick)

    def scopes(self):
        """Those that a measure or a correction told of; contacts alone, from which E may be taken, show nothing."""
        shown = {CORRECTION, *(m.name for m in self.model.measures)}
        return sorted({s for s, name in self.touched if name in shown})

    def lives(self):
        return [c for lives in self.customers.values() for c in lives]

    def flows_of(self, e):
        """The measures for which an event is a row of its own, with what it says."""
        for m in self.model.measures:
            if m.flowing:
                what = flow(self.model, m, e)
                if what:
                    yield m.name, what


def from_matches(source, m, e):
    if e["kind"] not in listed(source.get("kind", [])) or (e["kind"] == "survey" and (e["topic"] == "hr") != (m.m["class"] == "hr")):
        return False
    return matches(e, source.get("where"))


def signed_sum(fields, e):
    return sum((-e.get(f[1:], 0) if f.startswith("-") else e.get(f, 0)) for f in listed(fields))


def flow(model, m, e):
    source = m.from_
    if m.aggregation == "quotient":
        a, b = from_matches(source, m, e), from_matches(m.m["per"], m, e)
        return {"n": int(a), "from": signed_sum(source["value"], e) if a else 0, "per": signed_sum(m.m["per"]["value"], e) if b else 0} if a or b else None
    if not from_matches(source, m, e):
        return None
    what = {"entity": e["entity"]}
    if m.aggregation == "ratio":
        what["hit"] = ratio_hit(m.m["hits"], e)
    elif m.aggregation not in ("count", "rate"):
        what["value"] = signed_sum(source.get("value", "value"), e)
    if m.aggregation == "within":
        target = m.m["target"]
        what["hit"] = bound_holds(what["value"], target if isinstance(target, dict) else {"max": target})
    if m.aggregation == "top_box":
        what["hit"] = favourable(m, e)
    return what


def ratio_hit(hits, e):
    return ("kind" not in hits or e["kind"] in listed(hits["kind"])) and matches(e, hits.get("where"))


def favourable(m, e):
    if m.m["class"] == "hr":
        return 10 * e["value"] > 6 * e["scale"] * 1_000_000
    least = {"csat": 4, "ces": 5, "grade10": 8}[m.from_["where"]["instrument"]]
    return e["value"] >= least * 1_000_000


class Entity:
    """What customers and employees share: dimensions with stamps, and from which tick they are seen."""

    def __init__(self, world, name, keeps):
        self.world, self.name, self.keeps = world, name, keeps
        self.model = world.model
        self.stamps = {}
        self.log, self.dims_log = Log(first=None), Log(first={})
        self.made = []  # the rows of the event being applied

    def move(self, a):
        """Takes the dimensions an event names; returns whether one changed."""
        before = self.dims()
        for d in self.keeps:
            if d in a.e and (a.ts, a.e["id"].encode()) >= self.stamps.get(d, ((-1, b""), None))[0]:
                self.stamps[d] = ((a.ts, a.e["id"].encode()), a.e[d])
        if not self.log.ticks or self.dims() != before:
            self.log.put(a.tick, set(self.model.scope_keys(self.dims())))
            self.dims_log.put(a.tick, self.dims())
        return self.dims() != before

    def dims(self):
        return {d: stamp[1] for d, stamp in sorted(self.stamps.items())}

    def event_scopes(self, e):
        return self.model.scope_keys({**self.dims(), **{d: e[d] for d in DIMENSIONS if d in e}})

    def scopes(self):
        return self.model.scope_keys(self.dims())

    def within(self, scope, t):
        return scope in (self.log.at(t) or ())

    def row(self, scopes, name, tick, ts, what):
        self.made.append(self.world.row(scopes, name, tick, ts, what))
        return self.made[-1]

    def apply_flows(self, a):
        scopes = self.event_scopes(a.e)
        for name, what in self.world.flows_of(a.e):
            self.row(scopes, name, a.tick, a.ts, what)
        if a.straggler:
            for s in scopes:
                self.world.revisions.setdefault(s, []).append(a.tick)
                self.world.touch(s, CORRECTION, a.tick)
        return scopes


def run(world, applied):
    from customer import apply_to_customer  # they need Entity
    from employee import Employee
    for a in applied:
        world.model.complete(a.e)
        if a.e["topic"] == "hr":
            world.employees.setdefault(a.e["entity"], Employee(world, a.e["entity"])).apply(a)
        elif a.e["kind"] != "benchmark":
            apply_to_customer(world, a)


def timer_tick(world, instant):
    """A timer at T acts like an event of T that comes before all events of T."""
    return tick_after(instant, world.model.tick)

