"""What is paired per customer: promises and their keeping, expectation and fulfilment, readings of a gauge."""
from grid import tick_after
from model import listed, matches
from world import Standing

MICRO = 1_000_000


def stamp_of(a):
    return a.ts, a.e["id"].encode()


class Promise:
    """An open pair."""

    def __init__(self, a, scopes, expectation):
        self.a, self.scopes, self.expectation = a, scopes, expectation
        self.overdue_from = None


class Promises:
    """The duration measures: open and close by a field (contract section 2, `duration`)."""

    def __init__(self, customer):
        self.customer, self.world, self.model = customer, customer.world, customer.model
        self.measures = [m for m in self.model.measures if m.aggregation == "duration"]
        self.open, self.unpaired = {}, {}
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
                self.begin(m, key, a, scopes)
            elif e["kind"] in listed(source.get("close", [])):
                self.end(m, key, a, "close")
            elif e["kind"] in listed(source.get("lost", [])):
                self.end(m, key, a, "lost")

    def begin(self, m, key, a, scopes):
        if key in self.open:
            return
        p = self.open[key] = Promise(a, scopes, a.e.get("expect_ms", m.target_ms))
        earlier = [x for x in self.unpaired.get(key, []) if x[0].ts >= a.ts]
        self.world.level(scopes, m.name, a.tick, 1)
        p.overdue_from = max(a.tick, tick_after(m.calendar.reached(a.ts, p.expectation), self.model.tick))
        if earlier:
            self.unpaired[key].remove(earlier[0])
            self.finish(m, key, earlier[0][0], earlier[0][1], a.tick)

    def end(self, m, key, a, how):
        p = self.open.get(key)
        if p is None or p.a.ts > a.ts:
            self.unpaired.setdefault(key, []).append((a, how))
            return
        self.finish(m, key, a, how, a.tick)

    def finish(self, m, key, a, how, tick):
        p = self.open[key]
        self.drop(m, key, tick)
        what = {"entity": self.customer.name, "lost": how == "lost"}
        if how == "close":
            what["value"] = m.calendar.between(p.a.ts, a.ts)
            what["hit"] = what["value"] <= p.expectation
        self.world.row(p.scopes, m.name, tick, a.ts, what)

    def drop(self, m, key, tick):
        p = self.open.pop(key)
        self.world.level(p.scopes, m.name, tick, -1)
        if p.overdue_from < tick:
            self.world.level(p.scopes, m.name, p.overdue_from, 1, "overdue")
            self.world.level(p.scopes, m.name, tick, -1, "overdue")

    def at_the_end(self):
        """What is still open will be overdue."""
        for (name, _), p in self.open.items():
            self.world.level(p.scopes, name, p.overdue_from, 1, "overdue")

    def erase(self, a):
        for key in list(self.open):
            self.drop(next(m for m in self.measures if m.name == key[0]), key, a.tick)
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
    """The latest value of a gauge; each reading adds how far it is from the one before."""

    def __init__(self, customer):
        self.customer, self.world, self.model = customer, customer.world, customer.model
        self.measures = [m for m in self.model.measures if m.aggregation == "growth"]
        self.latest, self.stamps = {}, {}

    def apply(self, a, scopes):
        for m in self.measures:
            if a.e["kind"] in listed(m.from_["kind"]) and matches(a.e, m.from_.get("where")):
                stamp = stamp_of(a)
                if m.name in self.stamps and self.stamps[m.name] > stamp:
                    continue
                value = a.e[m.from_.get("value", "value")]
                self.world.row(scopes, m.name, a.tick, a.ts, {"entity": self.customer.name, "value": value - self.latest.get(m.name, value)})
                self.latest[m.name], self.stamps[m.name] = value, stamp
