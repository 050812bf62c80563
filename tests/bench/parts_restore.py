"""The restart of `cubed run` on a broker, from a state of many customers and scopes; and what the state costs to write."""
import tempfile
import time
from pathlib import Path

from daemon import Daemon
from figures import figure, output_of, program
from parts_broker import bench_config, cpu_seconds, wait_until_committed
from program import cubed

PARTITIONS, APART_MS, START_MS = 4, 17, 1735689600000
LIMIT_S = 300
SETTLES_S = 10  # what the cleaner has begun
CHANGELOGS = ("customers", "employees", "scopes")


def pour(broker, prefix, events, customers, scopes, skew, first):
    """Events 17 ms apart behind `first` earlier ones."""
    more = ("--id-base", first, "--start-ms", START_MS + first * APART_MS) if first else ("--partitions", PARTITIONS, "--create")
    output_of(program("bench_gen"), "--bootstrap", broker.bootstrap, "--prefix", prefix, "--events", events, "--customers", customers, "--skew", skew,
              "--regions", scopes, "--span-ms", events * APART_MS, *more)


def cleaner_waits(broker, name, waits):
    """The broker's cleaner leaves the changelogs as they are, or takes them up again: what it makes smaller cannot be counted."""
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
    settings = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3", "segment.bytes": str(32 << 20), "min.compaction.lag.ms": str(86_400_000 if waits else 0)}
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, f"{name}-changelog-{c}", settings) for c in CHANGELOGS])
    admin.close()


def changelog_bytes(broker, name):
    """Bytes of each changelog's logs."""
    logs = {c: Path(broker.folder / "data").glob(f"{name}-changelog-{c}-*/*.log") for c in CHANGELOGS}
    return {c: sum(log.stat().st_size for log in found) for c, found in logs.items()}


def ready_seconds(daemon):
    """From the start of the process until /readyz says so, and the CPU it took."""
    began = time.monotonic()
    daemon.start(ready_within=None)
    while daemon.get("/readyz")[0] != 200:
        if daemon.exit_code is not None or time.monotonic() - began > LIMIT_S:
            raise SystemExit(f"it is not ready: {daemon.get('/readyz?verbose')}\n{daemon.tail()}")
        time.sleep(0.02)
    return time.monotonic() - began, cpu_seconds(daemon.process.pid)


def from_copies(config, redo):
    """The same with local copies of the changelogs: one start fills them, the next one reads them."""
    with tempfile.TemporaryDirectory(prefix="cubed-copies-") as folder:
        daemon = Daemon({**config, "checkpoint": {"dir": folder}})
        with daemon.start(ready_within=LIMIT_S):
            daemon.stop()
            seconds, cpu = ready_seconds(daemon)
            daemon.stop()
        held = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
    print(f"restore from local copies, redo {redo}: {held / 1e6:.1f} MB, CPU {cpu:.2f} s", flush=True)
    figure(f"restore from local copies, redo {redo}", seconds, "s until ready", 2)


def restore_round(broker, size, redo):
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
        time.sleep(SETTLES_S)
        before = changelog_bytes(broker, name)
        pour(broker, f"{prefix}-", zipf, customers, scopes, 1, uniform + filled)
        wait_until_committed(daemon, broker, name, f"{prefix}-", uniform + filled + zipf, 1800)
        held = daemon.metrics()
        daemon.stop()
        after = changelog_bytes(broker, name)
        cleaner_waits(broker, name, False)
        time.sleep(SETTLES_S)
        seconds, cpu = ready_seconds(daemon)
        inside = daemon.metrics()["cubed_restore_seconds"]
        daemon.stop()
    print(f"restore, redo {redo}: {held['cubed_customers']:.0f} customers, {held['cubed_scopes']:.0f} scopes; changelogs "
          + ", ".join(f"{c} {after[c] / 1e6:.1f} MB ({(after[c] - before[c]) / zipf:.1f} bytes per event of the Zipf part)" for c in CHANGELOGS)
          + f"; cubed_restore_seconds {inside:.2f}, CPU {cpu:.2f} s", flush=True)
    figure(f"restore on a broker, redo {redo}", seconds, "s until ready", 5)
    figure(f"changelog of customers on a broker, redo {redo}", (after["customers"] - before["customers"]) / zipf, "bytes/event", 40)
    from_copies(config, redo)


def bench_restore(broker, size):
    for redo in (1_000_000, 500_000):
        restore_round(broker, size, size(redo))
