"""Figures over those who stand in a scope now: customers with their totals, employees with their time."""
from fractions import Fraction
from math import ceil

MICRO = 1_000_000
DAY = 86_400_000
YEAR = 365 * DAY


def top_of(n):
    return ceil(Fraction(n, 5))


class Stocks:
    def __init__(self, figures):
        self.figures, self.world, self.model = figures, figures.world, figures.model

    def here(self, scope, t):
        return [c for c in self.world.lives() if c.within(scope, t)]

    # customers

    def of_active(self, scope, m, h, t):
        kinds = m.from_.get("kind")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        n = sum(c.active_in(h, t, kinds, m.from_.get("where")) for c in self.here(scope, t))
        return {"value": float(n), "n": n} if n else {"n": 0}

    def mean_over_customers(self, scope, m, h, t):
        from figures import mean_figures
        ledger = m.ledgers[0]
        totals = [c.ledger.share(ledger, t, h) for c in self.here(scope, t) if c.active_in(h, t)]
        return mean_figures(totals, 1 if ledger == "purchases" else MICRO)

    def ratio_over_customers(self, scope, m, h, t):
        from figures import share_figures
        active = [c for c in self.here(scope, t) if c.active_in(h, t)]
        return share_figures(sum(m.bound(c.ledger.share(m.ledgers[0], t, h)) for c in active), len(active))

    def totals(self, scope, ledgers, h, t):
        """Of all with an event of one of the ledgers in the window: their totals, one per ledger."""
        return [[c.ledger.share(x, t, h) for x in ledgers] for c in self.here(scope, t) if any(c.ledger.has(x, t, h) for x in ledgers)]

    def of_concentration(self, scope, m, h, t):
        totals = sorted((x for x, in self.totals(scope, m.ledgers, h, t)), reverse=True)
        n, whole = len(totals), sum(totals)
        if not n:
            return {"n": 0}
        out = {"n": n, "k": top_of(n)}
        if whole > 0:
            out["value"] = about(sum(totals[:out["k"]]) / Fraction(whole))
        if totals[-1] >= 0 and whole > 0:
            out["gini"] = about(sum((2 * i - n - 1) * x for i, x in enumerate(reversed(totals), 1)) / Fraction(n * whole))
        if m.ledgers[0] == "margin" and whole > 0:
            out["whale"] = {"value": float(sum(x for x in totals if x > 0) / Fraction(whole)), "rank": sum(x > 0 for x in totals)}
        return out

    def of_mismatch(self, scope, m, h, t):
        """The share of `from` that falls on those outside the top of `by`; who shares a bucket may stand on either side: `low`, `high`."""
        totals = self.totals(scope, m.ledgers, h, t)
        n = len(totals)
        if not n:
            return {"n": 0}
        k, whole = top_of(n), sum(x[0] for x in totals)
        out = {"n": n, "k": k}
        if whole > 0:
            edge = sorted((x[1] for x in totals), reverse=True)[k - 1]
            near = abs(edge) * Fraction(4, 100)
            above = [x for x in totals if x[1] > edge + near]
            about = sorted((x[0] for x in totals if edge - near <= x[1] <= edge + near), reverse=True)
            below = sum(x[0] for x in totals if x[1] < edge - near)
            seats = k - len(above)
            low, high = (below + sum(about) - sum(part) for part in (about[:seats], about[len(about) - seats:]))
            out["value"] = Between(float(low / Fraction(whole)), float(high / Fraction(whole)))
        return out

    def of_churn(self, scope, m, h, t):
        rows = self.figures.rows(scope, m, h, t)
        now, average = self.integral(scope, "customers", h, t)
        out = {"n": now + len(rows), "hits": len(rows), "average_customers": float(average)}
        if average > 0:
            out["value"] = float(len(rows) / average * YEAR / h.window)
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
        moved = any(tick <= t and h.holds(ts, t) for tick, ts, _ in self.world.presence.get((scope, "heads"), []))
        return {"n": now, "average": float(average), "value": float(now)} if now or average or moved else {"n": 0}

    def of_turnover(self, scope, m, h, t):
        rows = self.figures.rows(scope, m, h, t)
        now, average = self.integral(scope, "heads", h, t)
        out = {"n": now + len(rows), "hits": len(rows), "average_headcount": float(average),
               "voluntary": sum(r.what["voluntary"] for r in rows), "regretted": sum(r.what["regretted"] for r in rows)}
        if average > 0:
            out["value"] = float(len(rows) / average * YEAR / h.window)
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


def about(x):
    return Between(float(x), float(x))


class Between:
    """A figure that may be anything between two bounds."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __repr__(self):
        return f"{self.low}..{self.high}"
