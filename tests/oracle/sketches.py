"""Figures a sketch of the customers' totals gives: within its error, and as of when each customer was heard of last."""
from fractions import Fraction
from itertools import combinations
from math import ceil, inf

SHARE_OF_A_BUCKET = Fraction(4, 100)  # totals that may share one
QUOTIENTS = {"value", "whale.value"}  # of a whole: absent once that has come down to 0, and without bound on the way


class Between:
    """A figure that may be anything between two bounds, or absent where some of what is allowed has none."""

    def __init__(self, low, high, optional=False):
        self.low, self.high, self.optional = low, high, optional

    def __repr__(self):
        return f"{self.low}..{self.high}{' or absent' if self.optional else ''}"


def corners(told):
    """Totals as each customer may have been told, early or late: all ways, or, of many, all early or late but one."""
    free = [i for i, c in enumerate(told) if any(early != late for early, late in c)]
    sizes = sorted({0, 1, len(free) - 1, len(free)}) if len(free) > 6 else range(len(free) + 1)
    for late in (set(x) for n in sizes for x in combinations(free, n)):
        yield [[x[i in late] for x in c] for i, c in enumerate(told)]


def levelled(told):
    """Each total as near to one level as it may have been told. How unequal totals are is least at one of these: between two
    bounds of the totals it only grows or only falls with the level; it is largest at a corner."""
    bounds = [sorted(both) for c in told for both in c]
    for level in {x for both in bounds for x in both}:
        yield [[min(max(level, low), high) for low, high in (sorted(both) for both in c)] for c in told]


def sketched(told, figures, further=()):
    """The figures of all corners and of what else is to be looked at, put between bounds."""
    if not told:
        return {"n": 0}
    every = [figures(totals) for totals in (*corners(told), *further)]
    out = {"n": len(told), "k": ceil(Fraction(len(told), 5))}
    for name in dict.fromkeys(name for one in every for name in one):
        out[name] = joined([one.get(name) for one in every], name in QUOTIENTS)
    if "whale.value" in out:
        out["whale"] = {part: out.pop("whale." + part) for part in ("value", "rank")}
        if out["whale"]["value"].optional:
            out["whale"] = Maybe(out["whale"])
    return out


class Maybe:
    """A map that may be absent."""

    def __init__(self, of):
        self.of, self.optional = of, True


def joined(values, quotient):
    there = [x for x in values if x is not None]
    lows, highs = zip(*(x if isinstance(x, tuple) else (x, x) for x in there))
    low, high, optional = float(min(lows)), float(max(highs)), len(there) < len(values)
    if quotient and optional:
        low, high = -inf if low < 0 else low, inf if high > 0 else high
    return Between(low, high, optional)


def concentration(totals, signed):
    totals = sorted(totals, reverse=True)
    n, whole = len(totals), Fraction(sum(totals))
    out = {}
    if whole > 0:
        out["value"] = sum(totals[:ceil(Fraction(n, 5))]) / whole
        if totals[-1] >= 0:
            out["gini"] = sum((2 * i - n - 1) * x for i, x in enumerate(reversed(totals), 1)) / (n * whole)
        if signed:
            out["whale.value"], out["whale.rank"] = sum(x for x in totals if x > 0) / whole, sum(x > 0 for x in totals)
    return out


def mismatch(totals, slack=0):
    """The share of `from` that falls on those outside the top of `by`; who may share a bucket may stand on either side. slack: how far `by` may have run."""
    k, whole = ceil(Fraction(len(totals), 5)), Fraction(sum(x[0] for x in totals))
    if whole <= 0:
        return {}
    edge = sorted((x[1] for x in totals), reverse=True)[k - 1]
    near = abs(edge) * SHARE_OF_A_BUCKET + slack
    above = [x for x in totals if x[1] > edge + near]
    about = sorted((x[0] for x in totals if edge - near <= x[1] <= edge + near), reverse=True)
    below = sum(x[0] for x in totals if x[1] < edge - near)
    seats = k - len(above)
    low, high = (below + sum(about) - sum(part) for part in (about[:seats], about[len(about) - seats:]))
    return {"value": (low / whole, high / whole)}
