"""Observed retention (domain 4.3): 1 - churns of the last 365 d / average number of customers in that time, a segment's shrunk towards the
whole by 50 customers; refreshed at each release, for what is after it."""
from fractions import Fraction

from grid import Horizon

YEAR = Horizon("365d")
DRAWN, UNSEEN = 50, 0.8


class Retention:
    def __init__(self, release, tick):
        self.release, self.tick = release, tick
        self.moves, self.churns = [], []  # (tick, ts, segment, one more or less); (tick, ts, segment)
        self.known = {}

    def move(self, a, before, after):
        """A customer stood in the segment before the event, and stands in that one after it; None: it is no customer."""
        for place, delta in ((before, -1), (after, 1)):
            if place and before != after:
                self.moves.append((a.tick, a.ts, place[0], delta))

    def stayed(self, a, until, segment):
        self.moves += [(a.tick, a.ts, segment, 1), (a.tick, until, segment, -1)]

    def churned(self, a, segment):
        self.churns.append((a.tick, a.ts, segment))

    def release_before(self, t):
        at = (t - 1) // self.release * self.release
        while (tick := -(-at // self.tick) * self.tick) >= t:
            at -= self.release
        return tick

    def average(self, t, segment=None):
        low = YEAR.low(t)
        return Fraction(sum(delta * (t - max(ts, low)) for tick, ts, at, delta in self.moves if tick <= t and segment in (None, at)), t - low)

    def churns_in(self, t, segment=None):
        return sum(tick <= t and YEAR.holds(ts, t) and segment in (None, at) for tick, ts, at in self.churns)

    def at_release(self, segment, t):
        customers = self.average(t)
        if customers <= 0:
            return UNSEEN
        whole = max(Fraction(0), 1 - self.churns_in(t) / customers)
        if segment is None:
            return float(whole)
        customers = max(Fraction(0), self.average(t, segment))
        return float(max(Fraction(0), (customers - self.churns_in(t, segment) + DRAWN * whole) / (customers + DRAWN)))

    def of(self, segment, t):
        """What holds at t, and for what is published as of t: that of the last release before it."""
        place = (segment, self.release_before(t))
        if place not in self.known:
            self.known[place] = self.at_release(*place)
        return self.known[place]
