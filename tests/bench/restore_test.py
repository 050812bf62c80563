#!/usr/bin/env python3
"""What `./dev bench restore` says of kills, without a broker: when it kills, and what it makes of the seconds."""
import contextlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
from figures import figures
from tap import equal, holds, main

import parts_restore


class Fake:
    """A daemon that commits at the third look, and is ready at once after it was killed."""

    def __init__(self):
        self.looks, self.flowing, self.killed = 0, False, []

    @contextlib.contextmanager
    def flows(self):
        self.flowing = True
        yield
        self.flowing = False

    def metrics(self):
        self.looks += 1
        return {"cubed_commit_seconds_count": 1.0} if self.looks >= 3 else {}

    def kill(self):
        self.killed.append((self.looks, self.flowing))
        self.looks = 0


def test_who_has_committed_since_the_start_is_killed_amid_traffic():
    fake, parts_restore.WORKS_S = Fake(), (0.0, 0.01)
    parts_restore.ready_seconds = lambda daemon: (float(len(daemon.killed)), 0.0)
    parts_restore.killed(fake, fake, 4, "kills")
    equal(fake.killed, [(3, True)] * 4, "looks before each kill, traffic")
    equal([(f["name"], f["value"]) for f in figures], [("kills, p50 of 4", 2.5), ("kills, p99 (the largest)", 4.0)])
    holds(not fake.flowing, "traffic ends")


def test_p99_is_the_largest_of_fewer_than_a_hundred():
    for count, want in ((1, 1), (20, 20), (99, 99), (100, 99), (200, 198)):
        equal(parts_restore.ranked(range(count, 0, -1), 0.99), want, f"p99 of 1 to {count}")


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_the_cleaner_is_waited_for_until_nothing_has_become_smaller_for_a_while():
    real, looks, sizes = parts_restore.time, [], iter([100, 90, 95, 95, 80, *range(81, 200)])

    def look(*_):
        looks.append(next(sizes))
        return dict.fromkeys(parts_restore.CHANGELOGS, looks[-1])

    parts_restore.changelog_bytes, parts_restore.time = look, Clock()
    try:
        parts_restore.cleaned(None, "name")
    finally:
        parts_restore.time = real
    equal(len(looks), 5 + 2 * parts_restore.SETTLES_S, "each half second, from the last that was less than the one before")


if __name__ == "__main__":
    main()
