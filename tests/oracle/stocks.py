"""Figures over those who stand in a scope now: customers with their totals, employees with their time."""
from fractions import Fraction

from sketches import concentration, levelled, mismatch, sketched

MICRO = 1_000_000
DAY = 86_400_000
YEAR = 365 * DAY


class Stocks:
    def __init__(self, figures):
        self.figures, self.world, self.model = figures, figures.world, figures.model

    def here(self, scope, t):
        return [c for c in self.world.lives() if c.within(scope, t)]

    def creeps(self, scope, m, h, t):
        """Whether time alone makes another value of it: slow payment runs, or somebody came or left in the window that is averaged over."""
        if m.aggregation == "mean" and m.ledgers:
            return m.ledgers[0] in ("margin", "effort") and any(c.ledger.running(t) for c in self.here(scope, t))
        whose = {"churn": ["customers"], "turnover": ["heads"], "absence": ["fte", "away"]}.get(m.aggregation, [])
        return any(tick <= t and h.holds(ts, t) for w in whose for tick, ts, _ in self.world.presence.get((scope, w), []))

    # customers

    def of_active(self, scope, m, h, t):
        kinds = m.from_.get("kind")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        n = sum(c.active_in(h, t, kinds, m.from_.get("where")) for c in self.here(scope, t))
        return {"value": float(n), "n": n} if n else {"n": 0}

    def mean_over_customers(self, scope, m, h, t):
        from figures import mean_figures
        ledger = m.ledgers[0]
        totals = [c.ledger.total(ledger, t, h) for c in self.here(scope, t) if c.active_in(h, t)]
        return mean_figures(totals, 1 if ledger == "purchases" else MICRO)

    def ratio_over_customers(self, scope, m, h, t):
        from figures import share_figures
        active = [c for c in self.here(scope, t) if c.active_in(h, t)]
        return share_figures(sum(m.bound(c.ledger.total(m.ledgers[0], t, h)) for c in active), len(active))

    def of_concentration(self, scope, m, h, t):
        told = self.told(scope, m, h, t)
        return sketched(told, lambda totals: concentration([x for x, in totals], m.ledgers[0] == "margin"), levelled(told))

    def of_mismatch(self, scope, m, h, t):
        told = self.told(scope, m, h, t)
        slack = max((abs(late - early) for _, (early, late) in told), default=0)
        return sketched(told, lambda totals: mismatch(totals, slack))

    def told(self, scope, m, h, t):
        """Of all with an event of one of the ledgers in the window: per ledger the bounds of what a sketch holds."""
        return [[c.ledger.told(x, t, h) for x in m.ledgers] for c in self.here(scope, t) if any(c.ledger.has(x, t, h) for x in m.ledgers)]

    def of_churn(self, scope, m, h, t):
        rows = self.figures.rows(scope, m, h, t)
        now, average = self.integral(scope, "customers", h, t)
        out = {"n": now + len(rows), "hits": len(rows), "average_customers": float(average)}
        if average > 0:
            out["value"] = float(len(rows) / average * YEAR / h.length)
        return out

    # employees

    def standing(self, scope, whose, t):
        return sum(delta for tick, _, delta in self.world.presence.get((scope, whose), []) if tick <= t)

    def integral(self, scope, whose, h, t):
        """What stands now, and its average over the window."""
        changes = [(ts, delta) for tick, ts, delta in self.world.presence.get((scope, whose), []) if tick <= t]
        low = h.low(t)
        area = sum(delta * (t - max(ts, low)) for ts, delta in changes)
        return sum(delta for _, delta in changes), Fraction(area, t - low)

    def of_headcount(self, scope, m, h, t):
        now, average = self.integral(scope, "heads", h, t)
        moved = {}
        for tick, ts, delta in self.world.presence.get((scope, "heads"), []):
            if tick <= t and h.holds(ts, t):
                moved[ts] = moved.get(ts, 0) + delta
        return {"n": now, "average": float(average), "value": float(now)} if now or average or any(moved.values()) else {"n": 0}

    def of_turnover(self, scope, m, h, t):
        rows = self.figures.rows(scope, m, h, t)
        now, average = self.integral(scope, "heads", h, t)
        out = {"n": now + len(rows), "hits": len(rows), "average_headcount": float(average),
               "voluntary": sum(r.what["voluntary"] for r in rows), "regretted": sum(r.what["regretted"] for r in rows)}
        if average > 0:
            out["value"] = float(len(rows) / average * YEAR / h.length)
        return out

    def of_absence(self, scope, m, h, t):
        rows = self.figures.rows(scope, m, h, t)
        span = t - h.low(t)
        now, heads = self.integral(scope, "heads", h, t)
        available, away = (self.integral(scope, whose, h, t)[1] * span / DAY for whose in ("fte", "away"))
        out = {"n": now + sum(r.what["exit"] for r in rows), "days": float(away / MICRO ** 2), "available_days": float(available / MICRO)}
        if available > 0:
            out["value"] = float(away / available / MICRO)
        if heads > 0:
            out["frequency"] = float(sum(r.what["begun"] for r in rows) / (heads * span / YEAR))
        closed = [r.what["closed"] for r in rows if r.what["closed"] is not None]
        if closed:
            out["mean_duration"] = sum(closed) / len(closed)
        return out

    def of_time_to_productivity(self, scope, m, h, t):
        from figures import mean_figures, quantiles
        values = [r.what["value"] for r in self.figures.rows(scope, m, h, t)]
        out = {k: v for k, v in mean_figures(values, 1).items() if k in ("value", "n", "interval")}
        if values:
            out.update({k: v for k, v in quantiles(values, 1).items() if k != "p99"})
        ramping = self.standing(scope, "ramping", t)
        out["ramping"] = ramping
        if ramping:
            out["ramping_mean"] = float(t - Fraction(self.standing(scope, "ramping since", t), ramping))
        return out

    def of_cost_per_hire(self, scope, m, h, t):
        rows = self.figures.rows(scope, m, h, t)
        hires, internal, external = (sum(r.what[k] for r in rows) for k in ("hires", "internal", "external"))
        out = {"n": hires, "hires": hires, "internal": internal / MICRO, "external": external / MICRO}
        return {**out, "value": (internal + external) / MICRO / hires} if hires else out
