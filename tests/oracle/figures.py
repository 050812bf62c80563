"""The figures of a measure over a window, each from its definition; exact until the last division or root."""
from fractions import Fraction
from math import ceil, sqrt

from stocks import Stocks

Z = 1.959964
MICRO = 1_000_000
DAY = 86_400_000


def wilson(hits, n):
    p = hits / n
    centre, spread = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return [max(0.0, (centre - spread) / (1 + Z * Z / n)), min(1.0, (centre + spread) / (1 + Z * Z / n))]


def spread_of(values, unit=MICRO):
    """mean and, from two on, sample deviation of whole multiples of 1 / unit; exact up to the last division and root."""
    n, total = len(values), sum(values)
    out = {"mean": float(Fraction(total) / (n * unit))}
    if n > 1:
        out["sd"] = sqrt(Fraction(n * sum(v * v for v in values) - total * total) / (n * (n - 1))) / unit
    return out


def mean_figures(values, unit=MICRO):
    out = {"n": len(values)}
    if values:
        out.update(spread_of(values, unit))
        out["value"] = out["mean"]
        if "sd" in out:
            half = Z * out["sd"] / sqrt(len(values))
            out["interval"] = [out["mean"] - half, out["mean"] + half]
    return out


def share_figures(hits, n):
    out = {"n": n, "hits": hits}
    if n:
        out["value"] = hits / n
        out["interval"] = wilson(hits, n)
    return out


def quantile(ordered, q):
    return float(ordered[max(0, ceil(q * len(ordered)) - 1)])


def quantiles(values, unit=MICRO):
    return {name: quantile(sorted(values), q) / unit for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}


class Figures:
    def __init__(self, world):
        self.world = world
        self.model = world.model
        self.stocks = Stocks(self)

    def rows(self, scope, m, h, t):
        low = h.low(t)
        return [r for r in self.world.rows.get((scope, m.name), []) if r.seen(t) and low <= r.ts < t]

    def of(self, scope, m, h, t):
        if hasattr(self.stocks, "of_" + m.aggregation):
            return getattr(self.stocks, "of_" + m.aggregation)(scope, m, h, t)
        if m.ledgers:
            return getattr(self.stocks, m.aggregation + "_over_customers")(scope, m, h, t)
        return getattr(self, "of_" + m.aggregation)(scope, m, h, t)

    def of_count(self, scope, m, h, t):
        n = len(self.rows(scope, m, h, t))
        return {"value": float(n), "n": n} if n else {"n": 0}

    def of_rate(self, scope, m, h, t):
        n = len(self.rows(scope, m, h, t))
        return {"value": n * DAY / h.length, "n": n} if n else {"n": 0}

    def of_sum(self, scope, m, h, t):
        values = [r.what["value"] for r in self.rows(scope, m, h, t)]
        return {"value": sum(values) / MICRO, "n": len(values)} if values else {"n": 0}

    def of_mean(self, scope, m, h, t):
        return mean_figures([r.what["value"] for r in self.rows(scope, m, h, t)])

    def of_stddev(self, scope, m, h, t):
        out = mean_figures([r.what["value"] for r in self.rows(scope, m, h, t)])
        return {"n": out["n"], **({"value": out["sd"]} if "sd" in out else {})}

    def of_ratio(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        return share_figures(sum(r.what["hit"] for r in rows), len(rows))

    def of_quotient(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        n, above, below = (sum(r.what[k] for r in rows) for k in ("n", "from", "per"))
        return {"n": n, "value": float(Fraction(above, below))} if n and below else {"n": n}

    def of_within(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        out = share_figures(sum(r.what["hit"] for r in rows), len(rows))
        if rows:
            values = [r.what["value"] for r in rows]
            out.update({**spread_of(values), **quantiles(values)})
        return out

    def of_duration(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        closed = [r for r in rows if not r.what["lost"]]
        out = share_figures(sum(r.what["hit"] for r in closed), len(closed))
        if closed:
            values = [r.what["value"] for r in closed]
            out.update({**spread_of(values, 1), **quantiles(values, 1)})
        out.update({"waiting": self.level(scope, m, t), "overdue": self.level(scope, m, t, "overdue"), "lost": len(rows) - len(closed)})
        return out

    def level(self, scope, m, t, which="waiting"):
        return sum(delta for tick, _, delta in self.world.levels.get((scope, m.name, which), []) if tick <= t)

    def of_top_box(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        out = share_figures(sum(r.what["hit"] for r in rows), len(rows))
        if rows:
            out.update(spread_of([r.what["value"] for r in rows]))
        return out

    def of_nps(self, scope, m, h, t):
        values = [r.what["value"] // MICRO for r in self.rows(scope, m, h, t)]
        n = len(values)
        if not n:
            return {"n": 0}
        p, d = Fraction(sum(v >= 9 for v in values), n), Fraction(sum(v <= 6 for v in values), n)
        half = Z * sqrt(10000 * (p + d - (p - d) ** 2) / n)
        value = float(100 * (p - d))
        return {"value": value, "n": n, "interval": [max(-100.0, value - half), min(100.0, value + half)]}

    def of_points(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        if not rows:
            return {"n": 0}
        out = {"value": float(sum(r.what["points"] for r in rows)), "n": len(rows)}
        active = self.active_beside(scope, h, t)
        return {**out, "per_active": out["value"] / active} if active else out

    def active_beside(self, scope, h, t):
        """Active customers over the same window, where a measure counts all of them, whatever they did."""
        for m in self.model.measures:
            for other in m.horizons:
                if m.aggregation == "active" and not m.from_ and other.window == h.window:
                    return self.stocks.of_active(scope, m, other, t)["n"]
        return 0

    def of_gap(self, scope, m, h, t):
        values = [r.what["value"] for r in self.rows(scope, m, h, t)]
        out = mean_figures(values)
        out.pop("mean", None)
        if values:
            out.update({"met": sum(v >= 0 for v in values) / len(values), "exceeded": sum(v > 0 for v in values) / len(values)})
        return out

    def of_growth(self, scope, m, h, t):
        values = [r.what["value"] for r in self.rows(scope, m, h, t)]
        out = {"n": len(values)}
        if self.stocks.standing(scope, ("gauged", m.name), t):
            out["gauge"] = self.stocks.standing(scope, ("gauge", m.name), t) / MICRO
        return {**out, "value": sum(values) / MICRO} if values else out

    def of_first_time(self, scope, m, h, t):
        every = self.rows(scope, m, h, t)
        rows = [r for r in every if not r.what["apart"]]
        states = [r.what["case"].log.at(t) for r in rows]
        out = share_figures(sum(hit for _, hit, _ in states), len(states))
        out["contacts"] = sum(c for c, _, _ in states)
        out["cases"] = len(states)
        out["customers"] = len({r.what["entity"] for r in rows})
        out["waiting"] = self.level(scope, m, t)
        for name, wanted in (("final", True), ("provisional", False)):
            part = [hit for _, hit, final in states if final == wanted]
            out[name] = {"n": len(part), "hits": sum(part)}
            if part:
                out[name]["value"] = sum(part) / len(part)
        if every:
            out.update({name: sum(r.what["apart"] == name for r in every) for name in ("transferred", "bot_only")})
        return out

    def respondents(self, scope, m, h, t):
        """Those whose answers the cell holds."""
        return len({r.what["entity"] for r in self.rows(scope, m, h, t)})
