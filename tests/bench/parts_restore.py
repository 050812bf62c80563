"""The restart of `cubed run` on a broker, from a state of many customers and scopes; and what the state costs to write."""
import contextlib
import math
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from broker import die_with_parent
from daemon import Daemon
from figures import figure, output_of, program
from parts_broker import bench_config, cpu_seconds, wait_until_committed
from program import cubed
from tap import wait_until

PARTITIONS, APART_MS, START_MS = 4, 17, 1735689600000
LIMIT_S = 300
LARGEST_BYTES = (1 << 20) + (64 << 10)  # as `cubed topics --create` asks: what is not named goes back to the broker's default
SETTLES_S = 10  # so long nothing is heard of the cleaner when it has done what it had begun
CHANGELOGS = ("customers", "employees", "scopes")
KILLS, KILLS_QUICK = 20, 2
TRAFFIC_PER_S = 2_000
WORKS_S = (1.0, 4.0)  # how long one that has committed again lives on


def pouring(broker, prefix, events, customers, scopes, skew, first):
    """The command that writes events 17 ms apart behind `first` earlier ones."""
    more = ("--id-base", first, "--start-ms", START_MS + first * APART_MS) if first else ("--partitions", PARTITIONS, "--create")
    return [str(x) for x in (program("bench_gen"), "--bootstrap", broker.bootstrap, "--prefix", prefix, "--events", events, "--customers", customers,
                             "--skew", skew, "--regions", scopes, "--span-ms", events * APART_MS, *more)]


def pour(*what):
    output_of(*pouring(*what))


class Traffic:
    """Zipf events at a steady pace behind what was poured, for as long as somebody is killed."""

    def __init__(self, broker, prefix, customers, scopes, first):
        self.broker, self.prefix, self.customers, self.scopes, self.first = broker, prefix, customers, scopes, first

    @contextlib.contextmanager
    def flows(self):
        events = 2 * KILLS * LIMIT_S * TRAFFIC_PER_S  # more than there is time for
        command = pouring(self.broker, self.prefix, events, self.customers, self.scopes, 1, self.first)
        self.first += events
        with subprocess.Popen([*command, "--rate", str(TRAFFIC_PER_S)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent) as process:
            try:
                yield
                if process.poll() is not None:
                    raise SystemExit(f"the traffic ended: {process.returncode}")
            finally:
                process.kill()


def cleaner_waits(broker, name, waits):
    """The broker's cleaner leaves the changelogs as they are, or takes them up again: what it makes smaller cannot be counted."""
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
    settings = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3", "segment.bytes": str(32 << 20), "max.message.bytes": str(LARGEST_BYTES),
                "min.compaction.lag.ms": str(86_400_000 if waits else 0)}
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, f"{name}-changelog-{c}", settings) for c in CHANGELOGS])
    admin.close()


def changelog_bytes(broker, name):
    """Bytes of each changelog's logs."""
    logs = {c: Path(broker.folder / "data").glob(f"{name}-changelog-{c}-*/*.log") for c in CHANGELOGS}
    return {c: sum(log.stat().st_size for log in found) for c, found in logs.items()}


def cleaned(broker, name):
    """The cleaner has nothing more to do: it takes a processor from whoever restarts beside it."""
    begun = since = time.monotonic()
    size = changelog_bytes(broker, name)
    while time.monotonic() - since < SETTLES_S:
        if time.monotonic() - begun > LIMIT_S:
            raise SystemExit(f"the cleaner comes to no end: {size}")
        time.sleep(0.5)
        now = changelog_bytes(broker, name)
        if any(now[c] < size[c] for c in CHANGELOGS):
            since = time.monotonic()
        size = now


def ready_seconds(daemon):
    """From the start of the process until /readyz says so, and the CPU it took."""
    began = time.monotonic()
    daemon.start(ready_within=None)
    while daemon.get("/readyz")[0] != 200:
        if daemon.exit_code is not None or time.monotonic() - began > LIMIT_S:
            raise SystemExit(f"it is not ready: {daemon.get('/readyz?verbose')}\n{daemon.tail()}")
        time.sleep(0.02)
    return time.monotonic() - began, cpu_seconds(daemon.process.pid)


def ranked(seconds, share):
    """The smallest of them that this share of all do not exceed: of fewer than a hundred p99 is the largest."""
    return sorted(seconds)[math.ceil(share * len(seconds)) - 1]


def killed(daemon, traffic, kills, what):
    """kill -9 in the middle of traffic, again and again, each time some seconds after the first commit since the start."""
    rng, seconds = random.Random(what), []
    with traffic.flows():
        for _ in range(kills):
            wait_until(lambda: daemon.metrics().get("cubed_commit_seconds_count", 0) > 0, LIMIT_S, "it commits", step=0.2)
            time.sleep(rng.uniform(*WORKS_S))
            daemon.kill()
            seconds.append(ready_seconds(daemon)[0])
    print(f"{what}: {', '.join(f'{s:.2f}' for s in seconds)} s", flush=True)
    figure(f"{what}, p50 of {kills}", statistics.median(seconds), "s until ready", 2)
    figure(f"{what}, p99 (the largest)", ranked(seconds, 0.99), "s until ready", 5)


def from_copies(config, redo, traffic, kills):
    """The same with local copies of the changelogs: one start fills them, the next one reads them."""
    with tempfile.TemporaryDirectory(prefix="cubed-copies-") as folder:
        daemon = Daemon({**config, "checkpoint": {"dir": folder}})
        with daemon.start(ready_within=LIMIT_S):
            daemon.stop()
            seconds, cpu = ready_seconds(daemon)
            if kills:
                killed(daemon, traffic, kills, f"kill -9, local copies, redo {redo}")
            daemon.stop()
        held = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
    print(f"restore from local copies, redo {redo}: {held / 1e6:.1f} MB, CPU {cpu:.2f} s", flush=True)
    figure(f"restore from local copies, redo {redo}", seconds, "s until ready", 2)


def restore_round(broker, size, redo, kills):
    customers, scopes, uniform, zipf = size(1_000_000), size(10_000), size(3_000_000), size(1_000_000)
    filled = 2 * (redo + redo // 16)  # then the uniform part's records have been written, and those that it put off
    name = prefix = f"restore-{redo}"
    config = bench_config(broker, name, f"{prefix}-", scopes=["region"], publish={"customers": "none"}, changelog={"redo": redo},
                          time={"out_of_order": "3m", "idle_after": "never"})
    config["topics"].update({t: f"{name}.{t}" for t in ("state", "changes", "alerts", "customers", "partials")})
    daemon = Daemon(config)
    pour(broker, f"{prefix}-", uniform, customers, scopes, 0, 0)
    cubed("topics", "-c", daemon.config, "--create")
    with daemon.start(ready_within=None):
        wait_until_committed(daemon, broker, name, f"{prefix}-", uniform, 1800)
        pour(broker, f"{prefix}-", filled, customers, scopes, 1, uniform)
        wait_until_committed(daemon, broker, name, f"{prefix}-", uniform + filled, 1800)
        cleaner_waits(broker, name, True)
        cleaned(broker, name)
        before = changelog_bytes(broker, name)
        pour(broker, f"{prefix}-", zipf, customers, scopes, 1, uniform + filled)
        wait_until_committed(daemon, broker, name, f"{prefix}-", uniform + filled + zipf, 1800)
        held = daemon.metrics()
        daemon.stop()
        after = changelog_bytes(broker, name)
        cleaner_waits(broker, name, False)
        cleaned(broker, name)
        seconds, cpu = ready_seconds(daemon)
        inside = daemon.metrics()["cubed_restore_seconds"]
        traffic = Traffic(broker, f"{prefix}-", customers, scopes, uniform + filled + zipf)
        if kills:
            killed(daemon, traffic, kills, f"kill -9, redo {redo}")
        daemon.stop()
    print(f"restore, redo {redo}: {held['cubed_customers']:.0f} customers, {held['cubed_scopes']:.0f} scopes; changelogs "
          + ", ".join(f"{c} {after[c] / 1e6:.1f} MB ({(after[c] - before[c]) / zipf:.1f} bytes per event of the Zipf part)" for c in CHANGELOGS)
          + f"; cubed_restore_seconds {inside:.2f}, CPU {cpu:.2f} s", flush=True)
    figure(f"restore on a broker, redo {redo}", seconds, "s until ready", 5)
    figure(f"changelog of customers on a broker, redo {redo}", (after["customers"] - before["customers"]) / zipf, "bytes/event", 40)
    from_copies(config, redo, traffic, kills)


def bench_restore(broker, size):
    """Killed at the default of changelog.redo only: it is the larger one, and kills take minutes."""
    kills = KILLS if size(KILLS) == KILLS else KILLS_QUICK
    for redo, so_many in ((1_000_000, kills), (500_000, 0)):
        restore_round(broker, size, size(redo), so_many)
