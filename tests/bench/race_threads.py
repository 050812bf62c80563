"""Where the CPU of a process goes: nanoseconds per event by thread, in user space and in the kernel."""
import os
import re
from pathlib import Path

NS_PER_TICK = 1_000_000_000 / os.sysconf("SC_CLK_TCK")


def thread_times(pid):
    """{name without numbers: [user, system] in ns}; librdkafka's clients have threads of the same names."""
    times = {}
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            name, _, fields = stat.read_text(encoding="utf-8").partition("(")[2].rpartition(")")
        except OSError:  # it has just ended
            continue
        found = times.setdefault(re.sub(r"[-0-9]+$", "", name), [0, 0])
        for i in (0, 1):
            found[i] += int(fields.split()[11 + i]) * NS_PER_TICK
    return times


def per_event(before, after, events):
    """Threads that took at least a nanosecond per event, the dearest first: [(name, user, system)]."""
    rows = [(name, *((now - before.get(name, (0, 0))[i]) / events for i, now in enumerate(times))) for name, times in after.items()]
    return sorted((r for r in rows if r[1] + r[2] >= 1), key=lambda r: -r[1] - r[2])


def tell(name, rows):
    total = sum(user + system for _, user, system in rows)
    print(f"  {name}, steady, ns per event by thread (user + kernel): "
          + ", ".join(f"{thread} {user:.0f} + {system:.0f}" for thread, user, system in rows) + f"; together {total:.0f}", flush=True)
