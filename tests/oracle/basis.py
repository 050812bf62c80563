"""E of a scope without answers of its own: from the departments that served it, or from around it (domain.md 4.5)."""
from bisect import bisect_left
from math import sqrt

from grid import Horizon
from position import AxisNow, reaches

CONTACTS = ("contact.open", "contact.recontact")


class Borrowed(AxisNow):
    """An axis that is taken from others."""

    def __init__(self, axis, basis):  # pylint: disable=super-init-not-called
        self.axis, self.basis = axis, basis
        self.score = self.low = self.high = self.half = None
        self.coverage, self.present, self.parts, self.there = 0.0, 0.0, {}, []

    def take(self, score, half, parts):
        self.score, self.half, self.parts = score, half, parts
        self.low, self.high = score - half, score + half


class Basis:
    def __init__(self, oracle):
        self.o, self.model, self.world = oracle, oracle.model, oracle.world
        self.window = Horizon(self.model.linked_window)
        self.given = {}

    def given_by(self, scope, release):
        """E of a giver as decided at a release; None where its own is not known."""
        if (scope, release) not in self.given:
            now = self.o.axis_of(scope, self.model.axes[0], release)
            self.given[(scope, release)] = now if now.known() else None
        return self.given[(scope, release)]

    def of(self, scope, own, t):
        """The axis E of a scope at t: its own, or another's."""
        if own.coverage > 0:
            return own
        ticks = self.o.releases.ticks
        at = bisect_left(ticks, t)
        release = ticks[at - 1] if at else None
        linked = self.linked(scope, own, release, t)
        if linked and linked.coverage > 0:
            return linked
        return self.inherited(scope, own, release) or linked or own

    def linked(self, scope, own, release, t):
        if "department" in self.model.scope_kind(scope) or ["department"] not in self.model.scopes:
            return None
        low = self.window.low(t)
        served = [d for tick, ts, d in self.world.served.get(scope, []) if tick <= t and low <= ts < t]
        if not served:
            return None
        out = Borrowed(own.axis, "linked")
        counts = {d: served.count(d) for d in sorted(set(served))}
        known = {d: self.given_by(f"department={d}", release) for d in counts} if release is not None else {}
        known = {d: e for d, e in known.items() if e}
        total = sum(counts[d] for d in known)
        out.coverage = total / len(served)
        if known and reaches(out.coverage, own.axis.min_coverage):
            parts = {}
            for d, e in known.items():
                for name, x in e.parts.items():
                    parts[name] = parts.get(name, 0.0) + counts[d] * x / total
            out.take(sum(counts[d] * e.score for d, e in known.items()) / total, sqrt(sum((counts[d] * e.half) ** 2 for d, e in known.items())) / total, parts)
        return out

    def inherited(self, scope, own, release):
        if release is None or scope == "organisation":
            return None
        parents = [scope.split(",")[0]] if "," in scope else []
        for parent in [*parents, "organisation"]:
            e = self.given_by(parent, release)
            if e:
                out = Borrowed(own.axis, "inherited")
                out.coverage = e.coverage
                out.take(e.score, e.half, e.parts)
                return out
        return None
