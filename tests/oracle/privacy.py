"""What privacy lets out: the cells of hr surveys, decided at each release for all scopes together (domain.md 4.4)."""

WITHHELD = {"withheld": "k"}


class Cell:
    """One private cell: scope, measure, horizon. What it was let out with last, and when; what it shows from release to release."""

    def __init__(self, scope, m, h):
        self.scope, self.m, self.h = scope, m, h
        self.result, self.published = None, None
        self.candidate = None  # (result, published), or None: withheld
        self.log = []          # (release tick, what is shown)

    def n(self):
        return self.candidate[0]["n"]

    def at(self, t):
        return next((shown for tick, shown in reversed(self.log) if tick <= t), WITHHELD)


class Releases:
    """All decisions, taken in turn before any scope is judged: they depend on events alone."""

    def __init__(self, figures, ticks):
        self.figures, self.model = figures, figures.model
        self.k, self.cells = self.model.k, {}
        self.ticks = ticks
        for t in ticks:
            for m in self.model.measures:
                if m.private:
                    self.release(m, t)

    def release(self, m, t):
        for scope, name in self.figures.world.rows:
            if name == m.name:
                for i, h in enumerate(m.horizons):
                    self.propose(self.cells.setdefault((scope, m.name, i), Cell(scope, m, h)), t)
        while self.withhold_parts(m) or self.withhold_horizons(m):
            pass
        for cell in self.of_measure(m):
            if cell.candidate:
                cell.result, cell.published = cell.candidate
                cell.log.append((t, {**cell.result, "published_at": cell.published}))
            else:
                cell.log.append((t, WITHHELD))

    def differing(self, scope):
        """The releases that let something else out of a scope than the one before."""
        for cell in self.cells.values():
            if cell.scope == scope:
                before = WITHHELD
                for t, shown in cell.log:
                    if shown != before:
                        yield t
                    before = shown

    def of_measure(self, m):
        return [cell for cell in self.cells.values() if cell.m is m]

    def propose(self, cell, t):
        result = self.figures.of(cell.scope, cell.m, cell.h, t)
        if result["n"] < self.k or self.figures.respondents(cell.scope, cell.m, cell.h, t) < self.k:
            cell.candidate = None
        elif cell.result is None or self.changed(cell, t) >= self.k:
            cell.candidate = (result, t)
        else:
            cell.candidate = (cell.result, cell.published)

    def changed(self, cell, t):
        """Answers that entered and answers that left the window since it was let out last."""
        rows, since = self.figures.world.rows.get((cell.scope, cell.m.name), []), cell.published
        return sum(since < r.tick <= t for r in rows) + sum(r.tick <= t and since < cell.h.leaves(r.ts, self.model.tick) <= t for r in rows)

    # no difference of two cells that are out may be 1..k-1

    def exposed(self, n):
        return 1 <= n < self.k

    def withhold_parts(self, m):
        again = False
        out = [cell for cell in self.of_measure(m) if cell.candidate]
        wholes = sorted({cell.scope for cell in out}, key=lambda s: (self.order(s), s))
        for whole in wholes:
            for kind in self.kinds():
                if set(kind) > set(self.model.scope_kind(whole)):
                    for i, _ in enumerate(m.horizons):
                        again |= self.withhold_smallest(m, whole, kind, i)
        return again

    def withhold_smallest(self, m, whole, kind, i):
        top, again = self.cells.get((whole, m.name, i)), False
        if not top or not top.candidate:
            return False
        while True:
            parts = [c for (scope, name, at), c in self.cells.items() if name == m.name and at == i and c.candidate and self.inside(scope, kind, whole)]
            if not parts or not self.exposed(top.n() - sum(c.n() for c in parts)):
                return again
            min(parts, key=lambda c: (c.n(), c.scope)).candidate = None
            again = True

    def withhold_horizons(self, m):
        again = False
        for scope in sorted({cell.scope for cell in self.of_measure(m)}):
            mine = sorted((c for c in self.of_measure(m) if c.scope == scope), key=lambda c: -c.h.window)
            for at, cell in enumerate(mine):
                if cell.candidate and any(c.candidate and self.exposed(c.n() - cell.n()) for c in mine[:at]):
                    cell.candidate, again = None, True
        return again

    def kinds(self):
        return [(), *(tuple(names) for names in self.model.scopes)]

    def order(self, scope):
        return self.kinds().index(self.model.scope_kind(scope))

    def inside(self, scope, kind, whole):
        return self.model.scope_kind(scope) == kind and (whole == "organisation" or set(whole.split(",")) <= set(scope.split(",")))

    def shown(self, scope, m, i, t):
        cell = self.cells.get((scope, m.name, i))
        return cell.at(t) if cell else WITHHELD


def release_ticks(model, first, until):
    """The tick of each release, from the first tick on."""
    at = first // model.release * model.release
    while at <= until:
        tick = -(-at // model.tick) * model.tick
        if first <= tick <= until:
            yield tick
        at += model.release


