"""A random company for some days, from a seed: a configuration and the events of three topics in the order of their logs."""
import random

from catalog import Catalog
from happenings import Happenings

HOUR, DAY = 3_600_000, 86_400_000
START = 1_767_225_600_000 - DAY // 2  # noon, so that releases fall inside
REGIONS, SEGMENTS, DEPARTMENTS = ("north", "south", "east"), ("smb", "corporate"), ("care", "sales")


class Scenario:
    """straggling: events may come later than out_of_order allows; some beyond lateness. drifting: figures that move between ticks may be on an axis."""

    def __init__(self, seed, straggling=False, drifting=False, only=None):
        self.seed, self.r = seed, random.Random(seed)
        self.r_cases, self.r_points = random.Random(f"cases of {seed}"), random.Random(f"late points of {seed}")
        self.r_staff, self.r_bills = random.Random(f"late staff of {seed}"), random.Random(f"late bills of {seed}")
        self.r_gauges = random.Random(f"late gauges of {seed}")
        r = self.r
        self.days = r.choice((1, 2, 3))
        self.tick = r.choice(("1m", "10m", "10m", "1h"))
        self.out_of_order = r.choice((0, 2000, 60_000))
        self.straggling, self.drifting = straggling, drifting
        self.config = Catalog(self, only).config()
        self.events = Happenings(self).events
        self.inputs = {topic: self.shuffled(events) for topic, events in self.events.items()}
        latest = max((e["ts"] for es in self.events.values() for e in es), default=START) + 2 * HOUR
        self.until = max(latest - latest % HOUR, START + self.days * DAY + r.choice((0, DAY, 4 * DAY)))

    def shuffled(self, events):
        """The order of a log: each event at most out_of_order behind; a few further behind where straggling."""
        arrival = []
        for e in events:
            r = {"t": self.r_points, "u": self.r_staff, "v": self.r_bills, "g": self.r_gauges}.get(e["id"][0], self.r)
            if r is self.r and e.get("case", e.get("request", "")).startswith("t"):
                r = self.r_cases
            delay = r.randrange(self.out_of_order + 1) if self.out_of_order else 0
            if self.straggling:
                delay += self.late(r if r is not self.r else self.r_cases if e["kind"].startswith("contact.") else r)
            arrival.append((e["ts"] + delay, e))
        return [e for _, e in sorted(arrival, key=lambda x: x[0])]

    def late(self, r):
        tangled = r is not self.r
        if r.random() >= (0.3 if tangled else 0.08):
            return 0
        return r.choice((HOUR, 5 * HOUR, 20 * HOUR) if tangled else (HOUR, 3 * HOUR, 2 * DAY))
