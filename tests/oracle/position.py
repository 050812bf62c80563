"""From measures to a position: axes, sides, octants, drivers, levers (domain.md 4.5)."""
from math import erf, sqrt

OCTANTS = ("urgency", "cash", "burnout", "stress", "incrowd", "target", "happy", "engagement")
Z = 1.959964
AT_BOUND = 1e-9  # scores and coverage are quotients of decimals: one exactly at a bound may lie a rounding beside it


def reaches(score, bound):
    return score >= bound - AT_BOUND


def exceeds(score, bound):
    return score > bound + AT_BOUND


def phi(x):
    return 0.5 * (1 + erf(x / sqrt(2)))


class AxisNow:
    """An axis at a tick, before any memory: score, half-width, coverage, who contributes what."""

    basis = "own"

    def __init__(self, axis, measures, values):
        self.axis = axis
        mine = [m for m in measures if m.on_axis(axis.name)]
        total = sum(m.weight for m in mine)
        there = [m for m in mine if values[m.name].get("value") is not None and values[m.name]["n"] >= m.min_n]
        self.present = sum(m.weight for m in there)
        self.coverage = self.present / total if total else 0.0
        self.measured = bool(mine)
        self.score = self.low = self.high = None
        self.parts = {}
        self.there = there
        if there and reaches(self.coverage, axis.min_coverage):
            self.weigh(there, values)

    def weigh(self, there, values):
        scores = {m.name: m.score_of(values[m.name]["value"]) for m in there}
        self.parts = {m.name: m.weight / self.present * scores[m.name] for m in there}
        self.score = sum(m.weight * scores[m.name] for m in there) / self.present
        squares = 0.0
        for m in there:
            low, high = values[m.name].get("interval") or (0, 0)
            squares += (m.weight * abs(m.score_of(high) - m.score_of(low)) / 2) ** 2
        self.half = sqrt(squares) / self.present
        self.low, self.high = self.score - self.half, self.score + self.half

    def known(self):
        return self.score is not None

    def probability(self):
        if self.half == 0:
            return 1.0 if exceeds(self.score, self.axis.threshold) else 0.5 if reaches(self.score, self.axis.threshold) else 0.0
        return phi((self.score - self.axis.threshold) / (self.half / Z))


class AxisMemory:
    def __init__(self, axis):
        self.axis = axis
        self.side = None        # what it is held at
        self.candidate = None   # since when the other side is clear
        self.fresh = None       # the last tick at which an event told of it; None while it rests on others
        self.undecided = self.stale = False

    def judge(self, now, fresh, t):
        """fresh: the last tick with a row for one of the measures of the axis that an event made."""
        a = self.axis
        self.fresh = fresh if now.basis == "own" else None
        self.stale = self.side is not None and self.fresh is not None and t - self.fresh > a.stale_after
        if self.stale:
            self.candidate = None
            return
        if not now.known():
            self.candidate, self.undecided = None, False
            return
        if self.side is None:
            self.side = "high" if reaches(now.score, a.threshold) else "low"
        self.step(now, t)

    def step(self, now, t):
        a, high = self.axis, self.side == "high"
        leaves = not reaches(now.score, a.threshold) and not exceeds(now.score, a.threshold - a.hysteresis)  # without hysteresis T itself is high
        wants = not leaves if high else reaches(now.score, a.threshold + a.hysteresis)
        clear = self.clears(now, wants)
        if wants == high:
            self.candidate, self.undecided = None, not clear
        elif not clear:
            self.candidate, self.undecided = None, True
        else:
            self.candidate = t if self.candidate is None else self.candidate
            self.undecided = t - self.candidate < a.dwell
            if not self.undecided:
                self.side, self.candidate = ("high" if wants else "low"), None

    def timers(self, t):
        """The instants behind t at which time alone may change it: the end of a dwell, and its turning stale. Without a side it is never stale."""
        if self.candidate is not None:
            yield self.candidate + self.axis.dwell
        if self.side is not None and self.fresh is not None and not self.stale:
            yield max(t, self.fresh + self.axis.stale_after) + 1

    def clears(self, now, high):
        a = self.axis
        if not a.certain:
            return True
        return exceeds(now.low, a.threshold) if high else not reaches(now.high, a.threshold)


def code_of(sides):
    return sum(bit for bit, side in zip((4, 2, 1), sides) if side == "high")


def probabilities(axes):
    out = {}
    for code, name in enumerate(OCTANTS):
        p = 1.0
        for bit, now in zip((4, 2, 1), axes):
            high = now.probability()
            p *= high if code & bit else 1 - high
        if p >= 1e-9:
            out[name] = p
    return out


def levers(axes, memories, values):
    """Per measure the value it would need for its axis to cross the next boundary."""
    out = []
    for now, memory in zip(axes, memories):
        if not now.known() or memory.side is None:
            continue
        a, up = now.axis, memory.side == "low"
        goal = a.threshold + a.hysteresis if up else a.threshold - a.hysteresis
        for m in now.there:
            own = m.score_of(values[m.name]["value"])
            score = own + (goal - now.score) * now.present / m.weight
            at0, at100 = m.score
            needs = at0 + score / 100 * (at100 - at0)
            out.append({"measure": m.name, "axis": a.name, "to": "high" if up else "low", "now": values[m.name]["value"], "needs": needs,
                        "effort": abs(needs - values[m.name]["value"]) / abs(at100 - at0), "score": score})
    return sorted(out, key=lambda x: x["effort"])


class Scope:
    """What a scope remembers from tick to tick."""

    def __init__(self, model):
        self.memories = [AxisMemory(a) for a in model.axes]
        self.code, self.last_code, self.since = None, None, None
        self.baseline = None
        self.left = None

    def judge(self, axes, fresh, t):
        """Returns the change of this tick, or None."""
        for memory, now, f in zip(self.memories, axes, fresh):
            memory.judge(now, f, t)
        if not all(now.known() for now in axes):
            self.code = None
            return None
        self.code = code_of([m.side for m in self.memories])
        if self.last_code == self.code:
            return None
        change = None if self.last_code is None else self.change(axes, t)
        if self.last_code is not None:
            self.left = self.last_code
        self.last_code, self.since, self.baseline = self.code, t, axes
        return change

    def change(self, axes, t):
        moved = self.code ^ self.last_code
        out = {"at": t, "from": OCTANTS[self.last_code], "to": OCTANTS[self.code], "edge": f"{OCTANTS[self.last_code]}->{OCTANTS[self.code]}",
               "jump": bin(moved).count("1"), "axes": []}
        for bit, now, then in zip((4, 2, 1), axes, self.baseline):
            if moved & bit:
                names = list(dict.fromkeys([*then.parts, *now.parts]))
                out["axes"].append({"axis": now.axis.name, "from": then.score, "to": now.score,
                                    "drivers": {n: now.parts.get(n, 0.0) - then.parts.get(n, 0.0) for n in names}})
        return out

    def stale(self):
        return any(m.stale for m in self.memories if m.side)

    def undecided(self):
        return any(m.undecided for m in self.memories if m.side)
