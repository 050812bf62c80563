"""What privacy lets out: the cells of hr surveys, decided at each release (domain.md 4.4)."""


class Cell:
    """One private cell: scope, measure, horizon."""

    def __init__(self):
        self.result, self.published, self.out = None, None, False


class Releases:
    def __init__(self, figures):
        self.figures, self.cells = figures, {}

    def decide(self, scope, m, t):
        for i, h in enumerate(m.horizons):
            self.decide_cell(self.cells.setdefault((scope, m.name, i), Cell()), scope, m, h, t)

    def decide_cell(self, cell, scope, m, h, t):
        k = self.figures.model.k
        result = self.figures.of(scope, m, h, t)
        cell.out = result["n"] >= k and self.figures.respondents(scope, m, h, t) >= k
        if cell.out and (cell.result is None or self.changed(scope, m, h, cell.published, t) >= k):
            cell.result, cell.published = result, t

    def changed(self, scope, m, h, since, t):
        """Answers that entered and answers that left the window since then."""
        tick = self.figures.model.tick
        rows = self.figures.world.rows.get((scope, m.name), [])
        return sum(since < r.tick <= t for r in rows) + sum(r.tick <= t and since < h.leaves(r.ts, tick) <= t for r in rows)

    def shown(self, scope, m, i):
        cell = self.cells.get((scope, m.name, i))
        if not cell or not cell.out:
            return {"withheld": "k"}
        return {**cell.result, "published_at": cell.published}
