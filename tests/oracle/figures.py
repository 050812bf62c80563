"""The figures of a measure over a window, each from its definition; exact until the last division or root."""
from fractions import Fraction
from math import ceil, sqrt

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
    out = {"mean": total / (n * unit)}
    if n > 1:
        out["sd"] = sqrt(Fraction(n * sum(v * v for v in values) - total * total, n * (n - 1))) / unit
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


class Figures:
    def __init__(self, world):
        self.world = world
        self.model = world.model

    def rows(self, scope, m, h, t):
        low = h.low(t)
        return [r for r in self.world.rows.get((scope, m.name), []) if r.tick <= t and low <= r.ts < t]

    def of(self, scope, m, h, t):
        return getattr(self, "of_" + m.aggregation)(scope, m, h, t)

    def of_count(self, scope, m, h, t):
        n = len(self.rows(scope, m, h, t))
        return {"value": float(n), "n": n} if n else {"n": 0}

    def of_rate(self, scope, m, h, t):
        n = len(self.rows(scope, m, h, t))
        return {"value": n * DAY / h.window, "n": n} if n else {"n": 0}

    def of_sum(self, scope, m, h, t):
        values = [r.what["value"] for r in self.rows(scope, m, h, t)]
        return {"value": sum(values) / MICRO, "n": len(values)} if values else {"n": 0}

    def of_mean(self, scope, m, h, t):
        if m.ledger:
            return self.ledger_mean(scope, m, h, t)
        return mean_figures([r.what["value"] for r in self.rows(scope, m, h, t)])

    def ledger_mean(self, scope, m, h, t):
        shares = [c.share_of(m, h, t) for c in self.world.customers.values() if c.within(scope, t)]
        return mean_figures([x for x in shares if x is not None], 1 if m.from_["ledger"] == "purchases" else MICRO)

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
            values = sorted(r.what["value"] for r in rows)
            out.update(spread_of(values))
            out.update({name: quantile(values, q) / MICRO for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))})
        return out

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
        """Active customers over the same window, where a measure counts them."""
        for m in self.model.measures:
            for other in m.horizons:
                if m.aggregation == "active" and other.window == h.window:
                    return self.of_active(scope, m, other, t)["n"]
        return 0

    def of_active(self, scope, m, h, t):
        kinds = m.from_.get("kind")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        n = sum(c.within(scope, t) and c.active_in(h, t, kinds, m.from_.get("where")) for c in self.world.customers.values())
        return {"value": float(n), "n": n} if n else {"n": 0}

    def headcount(self, scope, h, t):
        """Present now, and the average over the window."""
        changes = [(ts, delta) for tick, ts, delta in self.world.presence.get(scope, []) if tick <= t]
        low = h.low(t)
        area = sum(delta * (t - max(ts, low)) for ts, delta in changes)
        return sum(delta for _, delta in changes), Fraction(area, t - low)

    def of_headcount(self, scope, m, h, t):
        now, average = self.headcount(scope, h, t)
        moved = any(tick <= t and h.holds(ts, t) for tick, ts, _ in self.world.presence.get(scope, []))
        return {"n": now, "average": float(average), "value": float(now)} if now or average or moved else {"n": 0}

    def of_turnover(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        now, average = self.headcount(scope, h, t)
        out = {"n": now + len(rows), "hits": len(rows), "average_headcount": float(average),
               "voluntary": sum(r.what["voluntary"] for r in rows), "regretted": sum(r.what["regretted"] for r in rows)}
        if average > 0:
            out["value"] = float(len(rows) / average * 365 * DAY / h.window)
        return out

    def of_first_time(self, scope, m, h, t):
        rows = self.rows(scope, m, h, t)
        states = [r.what["case"].log.at(t) for r in rows]
        out = share_figures(sum(hit for _, hit, _ in states), len(states))
        out["contacts"] = sum(c for c, _, _ in states)
        out["cases"] = len(states)
        out["customers"] = len({r.what["entity"] for r in rows})
        out["waiting"] = sum(delta for tick, delta in self.world.levels.get((scope, m.name), []) if tick <= t)
        for name, wanted in (("final", True), ("provisional", False)):
            part = [hit for _, hit, final in states if final == wanted]
            out[name] = {"n": len(part), "hits": sum(part)}
            if part:
                out[name]["value"] = sum(part) / len(part)
        return out

    def respondents(self, scope, m, h, t):
        """Those whose answers the cell holds."""
        return len({r.what["entity"] for r in self.rows(scope, m, h, t)})
