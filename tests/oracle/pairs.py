"""What is paired per customer: promises and their keeping, expectation and fulfilment, readings of a gauge."""
from grid import tick_after
from model import listed, matches
from world import Standing

MICRO = 1_000_000
ORDER_BYTES = 5  # of an id, where readings are of one instant


def stamp_of(a):
    return a.ts, a.e["id"].encode()


class Promise:
    """An open that waits or waited."""

    def __init__(self, a, scopes, expectation):
        self.a, self.scopes, self.expectation = a, scopes, expectation
        self.overdue_from = None


class Steps:
    """What happened to one id: opens and ends, and which pairs were told."""

    def __init__(self):
        self.all, self.told, self.waits = [], {}, None

    def add(self, a, what):
        """Of one instant the open comes before the end; another one of it is none."""
        at = a.ts, not isinstance(what, Promise)
        if all(at != other for other, _, _ in self.all):
            self.all.append((at, a, what))
            self.all.sort(key=lambda x: x[0])

    def pairs(self):
        """The first open with the first end behind it, and so on; what waits at last."""
        waits, out = None, {}
        for _, a, what in self.all:
            if isinstance(what, Promise):
                waits = waits or what
            elif waits:
                out[waits, a] = what
                waits = None
        return out, waits


class Promises:
    """The duration measures: open and close by a field (contract section 2, `duration`)."""

    def __init__(self, customer):
        self.customer, self.world, self.model = customer, customer.world, customer.model
        self.measures = [m for m in self.model.measures if m.aggregation == "duration"]
        self.ids = {}
        self.requests = {}  # request -> Log of whether it is open

    def apply(self, a, scopes):
        e = a.e
        if e["kind"].startswith("request."):
            self.requests.setdefault(e["request"], Standing()).put(a, e["kind"] == "request.open")
        for m in self.measures:
            source = m.from_
            if source["by"] not in e:
                continue
            key = (m.name, e[source["by"]])
            if e["kind"] in listed(source["open"]) and matches(e, source.get("where")):
                self.step(m, key, a, Promise(a, scopes, e.get("expect_ms", m.target_ms)))
            elif e["kind"] in listed(source.get("close", [])):
                self.step(m, key, a, "close")
            elif e["kind"] in listed(source.get("lost", [])):
                self.step(m, key, a, "lost")

    def step(self, m, key, a, what):
        steps = self.ids.setdefault(key, Steps())
        steps.add(a, what)
        pairs, waits = steps.pairs()
        for pair in [p for p in steps.told if p not in pairs]:
            self.world.take_back(steps.told.pop(pair), a)
        for (p, end), how in pairs.items():
            if (p, end) not in steps.told:
                steps.told[p, end] = self.tell(m, p, end, how, a.tick)
        if waits is not steps.waits:
            self.wait_no_more(m, steps, a.tick)
            self.wait(m, steps, waits, a.tick)

    def tell(self, m, p, end, how, tick):
        what = {"entity": self.customer.name, "lost": how == "lost"}
        if how == "close":
            what["value"] = m.calendar.between(p.a.ts, end.ts)
            what["hit"] = what["value"] <= p.expectation
        return self.world.row(p.scopes, m.name, tick, end.ts, what)

    def wait(self, m, steps, p, tick):
        steps.waits = p
        if p:
            p.overdue_from = max(tick, tick_after(m.calendar.reached(p.a.ts, p.expectation), self.model.tick))
            self.world.level(p.scopes, m.name, tick, 1)

    def wait_no_more(self, m, steps, tick):
        p, steps.waits = steps.waits, None
        if p:
            self.world.level(p.scopes, m.name, tick, -1)
            if p.overdue_from < tick:
                self.world.level(p.scopes, m.name, p.overdue_from, 1, "overdue", by_event=False)
                self.world.level(p.scopes, m.name, tick, -1, "overdue")

    def at_the_end(self):
        """What is still open will be overdue."""
        for (name, _), steps in self.ids.items():
            if steps.waits:
                self.world.level(steps.waits.scopes, name, steps.waits.overdue_from, 1, "overdue", by_event=False)

    def erase(self, a):
        for (name, _), steps in self.ids.items():
            self.wait_no_more(next(m for m in self.measures if m.name == name), steps, a.tick)
        self.ids.clear()
        for log in self.requests.values():
            log.put(a, False)

    def open_requests(self, t):
        return sum(bool(log.at(t)) for log in self.requests.values())


class Gaps:
    """Expectation and fulfilment per customer and subject, the latest of each (contract section 5, `gap`)."""

    def __init__(self, customer):
        self.customer, self.world, self.model = customer, customer.world, customer.model
        self.measures = [m for m in self.model.measures if m.aggregation == "gap"]
        self.halves, self.rows = {}, {}

    def apply(self, a, scopes):
        if a.e["kind"] != "survey" or a.e.get("instrument") not in ("expectation", "fulfilment"):
            return
        for m in self.measures:
            if matches(a.e, m.from_.get("where")):
                self.half(m, a, scopes)

    def half(self, m, a, scopes):
        key = (m.name, a.e.get("subject", ""))
        halves = self.halves.setdefault(key, {})
        before = halves.get(a.e["instrument"])
        if before and stamp_of(before[0]) > stamp_of(a):
            return
        halves[a.e["instrument"]] = (a, scopes)
        if key in self.rows:
            self.world.take_back(self.rows.pop(key), a)
        if len(halves) == 2:
            older, newer = sorted(halves.values(), key=lambda x: stamp_of(x[0]))
            if newer[0].ts - older[0].ts <= max(h.window for h in m.horizons):
                gap = halves["fulfilment"][0].e["value"] - halves["expectation"][0].e["value"]
                self.rows[key] = self.world.row(newer[1], m.name, a.tick, newer[0].ts, {"entity": self.customer.name, "value": gap})


class Gauges:
    """Each reading of a gauge adds how far it is from the one before, in the order of events: of one instant, of the start of their ids."""

    def __init__(self, customer):
        self.customer, self.world, self.model = customer, customer.world, customer.model
        self.measures = [m for m in self.model.measures if m.aggregation == "growth"]
        self.readings = {}  # measure -> (stamp, a, value, scopes, row), the earliest first
        self.latest = {}

    def apply(self, a, scopes):
        for m in self.measures:
            if a.e["kind"] in listed(m.from_["kind"]) and matches(a.e, m.from_.get("where")):
                self.read(m, a, scopes)

    def read(self, m, a, scopes):
        readings = self.readings.setdefault(m.name, [])
        stamp, value = (a.ts, a.e["id"].encode()[:ORDER_BYTES]), a.e[m.from_.get("value", "value")]
        place = sum(r[0] <= stamp for r in readings)
        before = readings[place - 1][2] if place else value
        readings.insert(place, (stamp, a, value, scopes, self.row(m, a.tick, a, scopes, value - before)))
        if place + 1 < len(readings):
            self.tell_again(m, readings, place + 1, a)
        self.latest[m.name] = readings[-1][2]

    def row(self, m, tick, reading, scopes, growth):
        return self.world.row(scopes, m.name, tick, reading.ts, {"entity": self.customer.name, "value": growth})

    def tell_again(self, m, readings, i, a):
        """The reading behind one that came late, unless it has left every window."""
        stamp, later, value, scopes, row = readings[i]
        if any(h.edge(later.ts) > a.at for h in self.world.horizons[m.name]):
            self.world.take_back(row, a)
            readings[i] = stamp, later, value, scopes, self.row(m, a.tick, later, scopes, value - readings[i - 1][2])
