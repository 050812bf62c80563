"""The parts that run `cubed run` on a broker: the backlog against a bare consumer, and latency."""
import json
import os
import re
import statistics
import threading
import time
from pathlib import Path

from daemon import Daemon
from figures import figure, output_of, pinned, program
from program import cubed


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bench_config(broker, name, prefix, **more):
    return {"version": 1, "name": name, "kafka": {"bootstrap.servers": broker.bootstrap},
            "topics": {t: f"{prefix}{t}" for t in ("interactions", "cpi", "hr")}, **more}


def bare_round(broker, prefix):
    text = output_of(*pinned(program("consume_bench"), broker.bootstrap, *(f"{prefix}{t}" for t in ("interactions", "cpi", "hr"))))
    return float(re.search(r"cpu=([0-9.]+)", text)[1]), int(re.search(r"records=(\d+)", text)[1])


def outcomes(daemon):
    if daemon.exit_code is not None:
        raise SystemExit(f"cubed run ended with {daemon.exit_code}\n{daemon.tail()}")
    try:
        return sum(daemon.outcomes().values())
    except ValueError:  # no answer while it starts
        return 0


def committed(broker, group, prefix):
    """Records of the input topics up to the group's committed offsets."""
    from kafka import KafkaConsumer, TopicPartition
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False)
    places = [TopicPartition(f"{prefix}{t}", p) for t in ("interactions", "cpi", "hr") for p in range(4)]
    total = sum(consumer.committed(p) or 0 for p in places)
    consumer.close()
    return total


def wait_until_committed(daemon, broker, group, prefix, total, seconds):
    end = time.monotonic() + seconds
    while outcomes(daemon) < total or committed(broker, group, prefix) < total:
        if time.monotonic() > end:
            raise SystemExit(f"the backlog was not worked off: {outcomes(daemon)} of {total}\n{daemon.tail()}")
        time.sleep(0.25)


# Variants of the configuration; the first has nothing but defaults.
BACKLOG = {
    "customers none": {"publish": {"customers": "none"}},
    "customers none, align 6h": {"publish": {"customers": "none"}, "align": "6h"},
    "customers on_change, align 6h": {"publish": {"customers": "on_change"}, "align": "6h"},
}


def cubed_round(broker, prefix, name, variant, total):
    more = {k: v for k, v in variant.items() if k != "align"}
    align = {"align": variant["align"]} if "align" in variant else {}
    config = bench_config(broker, name, prefix, time={"out_of_order": "3m", "idle_after": "never", **align}, **more)
    config["topics"].update({t: f"{name}.{t}" for t in ("state", "changes", "alerts", "customers", "partials")})
    daemon = Daemon(config)
    cubed("topics", "-c", daemon.config, "--create")
    begun = time.monotonic()
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {0})  # inherited by the daemon and all its threads
    daemon.start(ready_within=None)
    os.sched_setaffinity(0, mine)
    with daemon:
        wait_until_committed(daemon, broker, name, prefix, total, 900)
        cpu, wall = cpu_seconds(daemon.process.pid), time.monotonic() - begun
        daemon.stop()
    return cpu, wall


def bench_backlog(broker, events, rounds, span_hours):
    """Sparse, as 2 M events in 30 days, unless told otherwise."""
    prefix = "backlog-"
    span_ms = int(span_hours * 3_600_000) if span_hours else 1296 * events
    print(output_of(program("bench_gen"), "--bootstrap", broker.bootstrap, "--events", events, "--customers", 10_000, "--skew", "0.5", "--partitions", 4,
                    "--prefix", prefix, "--create", "--span-ms", span_ms).strip(), flush=True)
    ratios = {v: [] for v in BACKLOG}
    bares = []
    for number in range(1, rounds + 1):
        for n, (name, variant) in enumerate(BACKLOG.items()):
            bare, total = bare_round(broker, prefix)
            cpu, wall = cubed_round(broker, prefix, f"bench{number}-{n}", variant, total)
            bares.append(bare)
            ratios[name].append(cpu / bare)
            print(f"backlog round {number}, {name}: {total} records, bare consumer {bare:.2f} CPU s, cubed {cpu:.2f} CPU s in {wall:.1f} s, "
                  f"ratio {cpu / bare:.2f}", flush=True)
    figure("backlog, bare consumer", statistics.median(bares), "CPU s", low=min(bares), high=max(bares))
    for name, found in ratios.items():
        figure(f"backlog, {name}", statistics.median(found), "x bare consumer", 2.0, low=min(found), high=max(found))


class Sender(threading.Thread):
    """Events at 100 per second, event time = clock, by turns to the three topics; notes when each was handed over."""

    def __init__(self, bootstrap, prefix, count):
        super().__init__(daemon=True)
        self.bootstrap, self.prefix, self.count, self.sent = bootstrap, prefix, count, []

    def run(self):
        from kafka import KafkaProducer
        from wire import pack
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=0, acks="all")
        kinds = (("interactions", {"kind": "purchase", "customer": "c1", "order": "o", "revenue": 10}),
                 ("cpi", {"kind": "survey", "customer": "c1", "instrument": "nps", "value": 9}), ("hr", {"kind": "enps", "employee": "e1", "value": 8}))
        due = time.time()
        for n in range(self.count):
            due += 0.01
            time.sleep(max(0.0, due - time.time()))
            topic, fields = kinds[n % 3]
            ts = int(time.time() * 1000)
            key = fields.get("customer", fields.get("employee")).encode()
            producer.send(self.prefix + topic, key=key, value=pack({"v": 1, "id": f"l{n}", "ts": ts, **fields}), partition=0)
            self.sent.append((n % 3, ts, time.time()))
        producer.flush()
        producer.close()


def completed_at(sent):
    """For an instant T: when the last of the topics had its first event at or after T handed over."""
    def at(t):
        times = []
        for topic in range(3):
            later = [when for k, ts, when in sent if k == topic and ts >= t]
            if not later:
                return None
            times.append(min(later))
        return max(times)
    return at


def bench_commit(broker, rounds=200):
    """What the broker alone needs of two such commits."""
    from kafka.admin import KafkaAdminClient, NewTopic
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    for partitions in (1, 8, 16):
        admin.create_topics([NewTopic(f"commit-{partitions}", partitions, 1)])
        text = output_of(program("commit_bench"), broker.bootstrap, f"commit-{partitions}", partitions, rounds)
        for what in ("committed", "seen"):
            p50, p99 = (float(x) for x in re.search(rf"{what} p50=([0-9.]+) p99=([0-9.]+)", text).groups())
            figure(f"bare transaction, a record in each of {partitions} partitions, {what}", p50, "ms", p99=p99)
    admin.close()


def bench_latency(broker, seconds):
    from kafka import KafkaConsumer, TopicPartition
    bench_commit(broker)
    prefix, count = "latency-", 100 * seconds
    config = bench_config(broker, "latency", prefix, time={"out_of_order": "0s"}, cube={"tick": "100ms"}, commit={"min_interval": "0ms"}, topics={
        **{t: f"{prefix}{t}" for t in ("interactions", "cpi", "hr")}, "state": f"{prefix}state"})
    daemon = Daemon(config)
    cubed("topics", "-c", daemon.config, "--create")
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed", fetch_max_wait_ms=500, fetch_min_bytes=1)
    partitions = [TopicPartition(f"{prefix}state", p) for p in consumer.partitions_for_topic(f"{prefix}state")]
    consumer.assign(partitions)
    for p in partitions:
        consumer.seek(p, 0)
    seen = {}
    with daemon:
        sender = Sender(broker.bootstrap, prefix, count)
        sender.start()
        quiet = 0
        while quiet < 20:
            got = consumer.poll(timeout_ms=100)
            now = time.time()
            quiet = 0 if got or sender.is_alive() else quiet + 1
            for record in (r for some in got.values() for r in some):
                if record.key == b"organisation":
                    seen.setdefault(json.loads(record.value)["as_of"], now)
        daemon.stop()
    consumer.close()
    at = completed_at(sender.sent)
    waits = sorted((when - at(t)) * 1000 for t, when in seen.items() if at(t) is not None)[:]
    if len(waits) < 50:
        raise SystemExit(f"only {len(waits)} ticks were seen: {daemon.tail()}")
    figure("latency p50", waits[len(waits) // 2], "ms", 60, ticks=len(waits))
    figure("latency p99", waits[len(waits) * 99 // 100], "ms", 120, ticks=len(waits))
