"""Instants: ticks, panes and windows, durations as the configuration writes them. All in ms, all integers."""
import re

UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DEFAULT_PANES_MS = [10_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000]


def duration_ms(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text).groups()
    return int(number) * UNIT_MS[unit]


def tick_after(ts, tick):
    """The first tick at which an event of ts has been seen: at tick t, exactly the events with ts < t."""
    return (ts // tick + 1) * tick


def pane_of_window(window):
    """The largest of the default panes that is not above window / 60, at least 10 s."""
    return max([p for p in DEFAULT_PANES_MS if p * 60 <= window] or [10_000])


class Horizon:
    def __init__(self, text, pane=None):
        self.text = text
        self.window = duration_ms(text)
        self.pane = pane or pane_of_window(self.window)
        self.panes = -(-self.window // self.pane)
        self.length = self.panes * self.pane

    def low(self, t):
        """The first instant in the window at t: `panes` panes, the last one that of t - 1 ms."""
        return (t - 1) // self.pane * self.pane - (self.panes - 1) * self.pane

    def holds(self, ts, t):
        return self.low(t) <= ts < t

    def edge(self, ts):
        """The instant at which the pane of ts leaves the window."""
        return (ts // self.pane + self.panes) * self.pane

    def edge_after(self, t):
        return t // self.pane * self.pane + self.pane

    def leaves(self, ts, tick):
        """The first tick at which an event of ts is in the window no more."""
        return tick_after(self.edge(ts), tick)
