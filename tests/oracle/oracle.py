"""What `cubed replay` must print, recomputed from the input in the most naive way.

    o = Oracle(config, interactions=[...], cpi=[...], hr=[...])      # or records=[lines of --records]
    o.run(t, {scope: [tick]}, {scope: [tick]})                       # judges all ticks up to t
    o.states[scope, tick], o.changes[scope], o.alerts[fingerprint], o.refused, o.counts, o.world.customers[name].record(tick)
"""
from bisect import bisect_right
from heapq import heapify, heappop, heappush

from alarms import Instance, Rule
from basis import Basis
from conditions import Conditions, clipped
from figures import Figures
from grid import duration_ms, tick_after
from intake import Intake, records_of_events, records_of_lines
from model import Model
from position import AxisNow, OCTANTS, Scope, levers, probabilities
from privacy import Releases, release_ticks
from world import CORRECTION, World, run

HORIZON = ("value", "n", "hits", "interval", "withheld", "published_at")


class Oracle:
    def __init__(self, config, records=None, now=None, **inputs):
        self.model = Model(config)
        intake = Intake(self.model.time, self.model.dedup, self.model.tick, now, self.model.ids)
        for record in records_of_lines(records) if records is not None else records_of_events(inputs):
            intake.take(record)
        self.intake, self.counts, self.refused = intake, intake.counts, intake.refused
        self.live()
        for c in self.world.lives():
            c.touch_stocks()
        self.figures = Figures(self.world)
        self.end = tick_after(intake.max_ts, self.model.tick) if intake.max_ts is not None else None
        self.rules = [Rule(r, self.model.measures) for r in self.model.alerts]
        self.states, self.changes, self.alerts = {}, {}, {}

    def live(self):
        """All that was applied happens."""
        self.world = World(self.model)
        run(self.world, self.intake.finish())
        for c in self.world.lives():
            c.cases.fire_finals(float("inf"))
            c.promises.at_the_end()

    def see_releases(self, until):
        self.releases = Releases(self.figures, self.release_ticks(until))
        self.basis = Basis(self)

    def run(self, until, instants, views):
        """Judges every scope at its ticks and at its instants (scope -> ticks), and looks at it at its views too."""
        self.see_releases(until)
        for scope in self.world.scopes():
            ScopeRun(self, scope).run(until, instants.get(scope, ()), views.get(scope, ()))

    def release_ticks(self, until):
        """Releases begin with the first row of a measure of employees or of E."""
        names = {m.name for m in self.model.measures if m.on_axis("E") or m.m.get("class") == "hr"}
        ticks = [tick for (_, name), ts in self.world.touched.items() if name in names for tick in ts]
        return list(release_ticks(self.model, min(ticks), until)) if ticks else []

    def shown(self, scope, m, i, t):
        if m.private:
            return self.releases.shown(scope, m, i, t)
        return self.figures.of(scope, m, m.horizons[i], t)

    def axis_of(self, scope, axis, t):
        """An axis from the scope's own measures."""
        mine = [m for m in self.model.measures if m.on_axis(axis.name)]
        return AxisNow(axis, mine, {m.name: self.shown(scope, m, 0, t) for m in mine})

    def customer(self, name, t):
        """The record of a customer at t, None where there is none."""
        known = [c for c in self.world.customers.get(name, []) if c.known(t)]
        return known[-1].card.record(t) if known else None

    def customers(self, t):
        return {name for name, lives in self.world.customers.items() if any(c.known(t) for c in lives)}

    def revision(self, scope, t):
        return sum(tick <= t for tick in self.world.revisions.get(scope, ()))


def taken(e):
    """What a scope has from others; None: its own E."""
    return None if e.basis == "own" else (e.basis, e.score, e.half, e.coverage)


class ScopeRun:
    def __init__(self, oracle, scope):
        self.o, self.key = oracle, scope
        self.model, self.figures, self.world = oracle.model, oracle.figures, oracle.world
        self.scope = Scope(self.model)
        kind = self.model.scope_kind(scope)
        self.instances = [Instance(r, scope, self.model.tick) for r in oracle.rules if r.applies(scope, kind)]
        self.conditions = Conditions(self)
        self.taken = None
        self.following = ()  # ticks that rules asked for when they were judged last
        self.row_ticks, self.fresh_ticks = ({m.name: sorted(of.get((scope, m.name), ())) for m in self.model.measures} for of in (self.world.touched, self.world.told))

    def run(self, until, instants, views):
        """Judged are the instants and all others at which something can change; at views the state is only looked at."""
        self.wanted = {*instants, *views}
        corrected = self.world.touched.get((self.key, CORRECTION), set())
        first = min({*corrected, *(t for ts in self.row_ticks.values() for t in ts)})
        judged = {*instants, *corrected, *self.own_ticks(), *self.silent_ticks(), *self.release_ticks()}
        behind = {t + self.model.tick for t in self.o.releases.ticks}
        queue = list(judged | set(views) | behind)
        heapify(queue)
        done, due = first - 1, set()
        while queue:
            t = heappop(queue)
            if done < t <= until:
                done = t
                looks = t in judged or t in due or (t in behind and self.takes_another(t))
                self.tick(t, looks)
                if looks:  # a timer that was set before and is not asked for again is none any more
                    due = {-(-x // self.model.tick) * self.model.tick for x in self.timers(t) if x > t}
                    for x in due:
                        heappush(queue, x)

    def own_ticks(self):
        for m in self.model.measures:
            yield from self.row_ticks[m.name]
            for h in m.horizons:
                for r in self.world.rows.get((self.key, m.name), ()):
                    yield max(r.tick, h.leaves(r.ts, self.model.tick))
        for r in self.o.rules:
            if "burn_rate" in r.r:
                for row in self.world.rows.get((self.key, r.measure.name), ()):
                    yield r.long.leaves(row.ts, self.model.tick)
                    yield r.short.leaves(row.ts, self.model.tick)

    def release_ticks(self):
        """Where something else is let out of it, and where contacts leave the window that weighs the E of departments."""
        yield from self.o.releases.differing(self.key)
        yield from (self.o.basis.window.leaves(ts, self.model.tick) for _, ts, _ in self.world.served.get(self.key, ()))

    def takes_another(self, t):
        """Behind a release: whether E is taken from elsewhere, or is another one, than when it was judged last."""
        own = self.o.axis_of(self.key, self.model.axes[0], t)
        return taken(self.o.basis.of(self.key, own, t)) != self.taken

    def silent_ticks(self):
        """Where a rule finds a measure stale: so long after a row of an event, and no other came meanwhile."""
        for i in self.instances:
            if "stale" in i.rule.r:
                yield from self.ends_of_silence(self.fresh_ticks[i.rule.measure.name], duration_ms(i.rule.r["stale"]["after"]))

    def ends_of_silence(self, fresh, after):
        fresh, tick = sorted(fresh), self.model.tick
        for t, following in zip(fresh, [*fresh[1:], None]):
            end = t + after // tick * tick + tick
            if following is None or end < following:
                yield end

    def timers(self, t):
        yield from self.following
        for memory in self.scope.memories:
            yield from memory.timers(t)
        for i in self.instances:
            yield from i.next_timer()
        yield from self.creeping(t)

    def creeping(self, t):
        """The next pane edges of what follows time, of all that an axis or a rule looks at."""
        looked_at = [m for m in self.model.measures if m.score or any(r.measure is m for r in self.o.rules)]
        yield from (h.edge_after(t) for m in looked_at for h in m.horizons[:1] if self.figures.stocks.creeps(self.key, m, h, t))

    def fresh(self, axis, t):
        ticks = [self.fresh_of(m, t) for m in self.model.measures if m.on_axis(axis)]
        return max((x for x in ticks if x is not None), default=None)

    def fresh_of(self, m, t):
        """The last tick, up to t, with a row of the measure that an event made."""
        i = bisect_right(self.fresh_ticks[m.name], t)
        return self.fresh_ticks[m.name][i - 1] if i else None

    def tick(self, t, judged):
        if not judged and t not in self.wanted:
            return
        values = {m.name: self.o.shown(self.key, m, 0, t) for m in self.model.measures}
        axes = [AxisNow(a, self.model.measures, values) for a in self.model.axes]
        axes[0] = self.o.basis.of(self.key, axes[0], t)
        if judged:
            self.taken = taken(axes[0])
            self.judge(values, axes, t)
        if t in self.wanted:
            self.o.states[(self.key, t)] = self.state(values, axes, t)

    def judge(self, values, axes, t):
        self.conditions.sample(values, axes, t)
        change = self.scope.judge(axes, [self.fresh(a.name, t) for a in self.model.axes], t)
        if change:
            self.o.changes.setdefault(self.key, []).append({**change, "scope": self.key, "revision": self.o.revision(self.key, t)})
        for i in self.instances:
            self.alert(i, values, axes, t)
        self.following = list(self.conditions.following(values, axes, t))

    def alert(self, i, values, axes, t):
        yes, figures = self.conditions.judge(i, values, axes, t)
        status = i.step(yes, t)
        if status:
            self.o.alerts.setdefault(i.fingerprint, []).append(
                {"status": status, "labels": i.labels, "starts": i.starts, "at": t, "revision": self.o.revision(self.key, t),
                 **{k: figures[k] for k in ("value", "n", "interval") if k in figures}, **i.rule.told(self.scope, self.key),
                 "moves": self.o.changes[self.key][-1]["axes"] if status == "firing" and "octant" in i.rule.r and self.key in self.o.changes else []})

    def state(self, values, axes, t):
        s = self.scope
        out = {"v": 1, "scope": self.key, "as_of": t, "revision": self.o.revision(self.key, t), "complete": True, "missing": [],
               "undecided": s.undecided(), "stale": s.stale(), "axes": {}, "measures": {}}
        if s.code is not None:
            out.update({"octant": OCTANTS[s.code], "code": s.code, "since": s.since, "probabilities": probabilities(axes)})
        for now, memory in zip(axes, s.memories):
            a = {"side": memory.side if now.known() and memory.side else "unknown", "coverage": now.coverage, "basis": now.basis}
            if now.known():
                a.update({"score": now.score, "interval": clipped(now)})
            out["axes"][now.axis.name] = a
        for m in self.model.measures:
            out["measures"][m.name] = {**self.measure(m, values[m.name], t), **self.conditions.drift_of(m)}
        out["levers"] = levers(axes, s.memories, values)
        return out

    def measure(self, m, figures, t):
        out = {**figures, "window": m.m["window"]}
        if m.weight is not None:
            out["weight"] = m.weight
            if figures.get("value") is not None and figures["n"] >= m.min_n:
                out["score"] = m.score_of(figures["value"])
        others = {h.text: self.o.shown(self.key, m, i, t) for i, h in enumerate(m.horizons) if i}
        for r in self.o.rules:
            if r.measure is m and "burn_rate" in r.r:
                others.update({h.text: self.figures.of(self.key, m, h, t) for h in (r.short, r.long)})
        others.pop(m.m["window"], None)
        if others:
            out["horizons"] = {name: {k: v for k, v in f.items() if k in HORIZON} for name, f in others.items()}
        return out
