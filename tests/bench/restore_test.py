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


if __name__ == "__main__":
    main()
