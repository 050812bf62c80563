#!/usr/bin/env python3
"""Exactly once on a real broker: two instances under kill -9 at random and at named places, a third that joins
and leaves, one that is frozen beyond its session; afterwards everything published equals `cubed replay` over
the same records, read by another client. Then a start with empty memory must repeat nothing."""
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

from broker import NEWEST, OLDER, Broker
from committed import committed_offsets, headers_of, last_per_key, read_topic, sequence_per_key
from daemon import Daemon
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from program import crash_binary, cubed, record
from tap import Failed, equal, holds, main, wait_until
from wire import murmur2, pack

PARTITIONS = 4
OUT_OF_ORDER_MS = 60_000
HR = {"hire", "exit", "transfer", "absence.start", "absence.update", "absence.end", "productive", "recruit_cost", "enps", "headcount"}
CRASH_POINTS = ["before_begin", "after_begin", "before_produce", "after_produce", "before_offsets", "after_offsets", "before_commit",
                "after_commit", "changelog_flush", "restore_begin", "restore_middle"]


# ---------------------------------------------------------------- the records

def topic_of(event):
    if event["kind"] in HR or (event["kind"] == "survey" and "theme" in event):
        return "hr"
    return "cpi" if event["kind"] in ("measurement", "survey", "benchmark") else "interactions"


def key_for(partition, prefix):
    return next(f"{prefix}{i}" for i in range(10_000) if (murmur2(f"{prefix}{i}".encode()) & 0x7FFFFFFF) % PARTITIONS == partition)


def markers(ts):
    """One event at the end of every partition, so that all watermarks stand at the same instant."""
    for p in range(PARTITIONS):
        customer, employee = key_for(p, "marker-"), key_for(p, "marker-e")
        yield "interactions", customer, {"v": 1, "id": f"m-i{p}", "ts": ts, "kind": "selfservice.login", "customer": customer}
        yield "cpi", customer, {"v": 1, "id": f"m-c{p}", "ts": ts, "kind": "measurement", "customer": customer, "cpi": "marker", "value": 1}
        yield "hr", employee, {"v": 1, "id": f"m-h{p}", "ts": ts, "kind": "productive", "employee": employee}


def records_made(count, rng):
    """(topic, key bytes, value bytes): the demo company's story with duplicates, unknown kinds and records of every bad sort."""
    out = []
    bad = [(b"c1", b"{not json"), (b"c1", None), (None, pack({"v": 1})), (b"other", pack({"v": 1, "id": "x", "ts": 1, "kind": "complaint", "customer": "c"})),
           (b"c1", pack({"v": 2, "id": "x", "ts": 1, "kind": "complaint", "customer": "c1"})), (b"c1", pack([1])), (b"c1", b"\xc1"),
           (b"c1", pack({"v": 1, "id": "x", "ts": "now", "kind": "complaint", "customer": "c1"}))]
    last_ts = 0
    for line in cubed("demo", "--print", count, timeout=120).stdout.splitlines():
        e = json.loads(line)
        topic, key = topic_of(e), e.get("customer", e.get("employee")).encode()
        value = line if rng.random() < 0.1 else pack(e)
        out.append((topic, key, value))
        last_ts = e["ts"]
        dice = rng.random()
        if dice < 0.005:
            out.append((topic, key, value))
        elif dice < 0.008:
            out.append((topic, *rng.choice(bad)))
        elif dice < 0.01:
            out.append((topic, key, pack({"v": 1, "id": f"u{len(out)}", "ts": e["ts"], "kind": "no.such.kind"})))
    out += [(t, k.encode(), pack(v)) for t, k, v in markers(last_ts + 1)]
    return out, last_ts + 1


class Feed(threading.Thread):
    """Sends the records in order at a steady pace."""

    def __init__(self, bootstrap, records, seconds):
        super().__init__(daemon=True)
        self.records, self.seconds, self.sent, self.error = records, seconds, 0, None
        self.producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, batch_size=64_000, max_in_flight_requests_per_connection=1)

    def send(self, count):
        for topic, key, value in self.records[self.sent:self.sent + count]:
            partition = (murmur2(key) & 0x7FFFFFFF) % PARTITIONS if key is not None else 0
            self.producer.send(topic, key=key, value=value, partition=partition)
            self.sent += 1

    def first(self, count):
        """Before the daemons start: a partition that has never held a record holds nobody back, so each must hold one."""
        self.send(count)
        self.producer.flush(60)

    def run(self):
        begun, before = time.monotonic(), self.sent
        try:
            while self.sent < len(self.records):
                due = before + (time.monotonic() - begun) / self.seconds * len(self.records)
                self.send(max(0, int(due) - self.sent))
                time.sleep(0.01)
            self.producer.flush(120)
        except Exception as error:  # told by the main thread
            self.error = error


# ---------------------------------------------------------------- the run

class Run:
    def __init__(self, version, count, seconds, seed):
        self.rng = random.Random(seed)
        self.count, self.seconds = count, seconds
        self.broker = Broker(version).start()
        config = cubed("demo", "--print-config").stdout.decode().replace("127.0.0.1:9092", self.broker.bootstrap)
        self.config_text = config
        self.work = Path(tempfile.mkdtemp(prefix="cubed-once-"))
        (self.work / "replay.yaml").write_text(config, encoding="utf-8")
        cubed("topics", "-c", self.work / "replay.yaml", "--create", "--partitions", PARTITIONS)
        self.instances = {}
        self.kills = {"random": 0, "named": 0}

    def daemon(self, name):
        d = TextDaemon(self.config_text, name)
        self.instances[name] = d
        return d

    def alive(self):
        return [d for d in self.instances.values() if d.exit_code is None]

    def settled(self):
        """Every input is committed to its end and nothing has moved for a while."""
        inputs = [(t, p) for t in ("interactions", "cpi", "hr") for p in range(PARTITIONS)]
        partials = [("demo-partials", p) for p in range(PARTITIONS)]
        consumer = KafkaConsumer(bootstrap_servers=self.broker.bootstrap)
        ends = consumer.end_offsets([TopicPartition(*p) for p in inputs])
        consumer.close()
        before = None

        def still():
            nonlocal before
            now = committed_offsets(self.broker.bootstrap, "demo", inputs + partials)
            same = now == before and all(now[p] == ends[TopicPartition(*p)] for p in inputs)
            before = now
            return same

        wait_until(still, 120, "all inputs committed and nothing moving", step=2)

    def close(self):
        for d in self.instances.values():
            d.kill()
        self.broker.kill()


class TextDaemon(Daemon):
    """A daemon of the crash build whose configuration is YAML text."""

    def __init__(self, text, instance):
        super().__init__({"version": 1}, instance=instance, program=crash_binary())
        self.config.write_text(text + f"http: {{listen: \"127.0.0.1:{self.port}\"}}\n", encoding="utf-8")


def kill_at_random(run, d):
    time.sleep(run.rng.uniform(0.3, 2.5))
    holds(d.exit_code is None, f"instance {d.instance} still runs when it is to be killed\n{d.tail()}")
    d.kill()
    run.kills["random"] += 1
    d.start(ready_within=None)


def kill_at(run, d, point):
    """Restarts an instance so that it dies at a named place, and then for good."""
    d.kill()
    d.start(ready_within=None, env={"CUBED_CRASH": f"{point}:{run.rng.randint(1, 4) if not point.startswith('restore') else 1}"})
    wait_until(lambda: d.exit_code is not None, 60, f"instance {d.instance} dies at {point}\n{d.tail(5)}")
    equal(d.exit_code, -9, f"exit of instance {d.instance} at {point}")
    run.kills["named"] += 1
    d.start(ready_within=None)


def chaos(run, feed, randoms, points):
    a, b = run.daemon("1").start(), run.daemon("2").start()
    feed.start()
    victims = [a, b]
    acts = [("random", None)] * randoms + [("named", p) for p in points]
    run.rng.shuffle(acts)
    for i, (kind, point) in enumerate(acts):
        d = victims[i % 2]
        if kind == "random":
            kill_at_random(run, d)
        else:
            kill_at(run, d, point)
    for d in victims:
        d.wait_ready(60)


def rebalances(run):
    """A third instance joins under load and leaves; then one is frozen beyond its session (10 s)."""
    third = run.daemon("3").start()
    time.sleep(3)
    equal(third.stop(), 0, "exit of the third instance")
    frozen = run.instances["2"]
    frozen.pause()
    time.sleep(13)
    frozen.resume()
    frozen.wait_ready(90)


# ---------------------------------------------------------------- what must hold

def replayed(run, records, until_ms):
    path = run.work / "records.ndjson"
    with open(path, "w", encoding="utf-8") as out:
        for topic, key, value in records:
            out.write(json.dumps(record(topic, key, value)) + "\n")
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(until_ms // 1000)) + f".{until_ms % 1000:03d}Z"
    lines = cubed("replay", "-c", run.work / "replay.yaml", "--records", path, "--partitions", PARTITIONS, "--until", until, timeout=300).stdout
    states, others = {}, []
    for r in map(json.loads, lines.splitlines()):
        if r["topic"] == "cube.state":
            states[r["key"]] = r  # the last of each scope is compared, and all of them are gigabytes
        else:
            others.append(r)
    return [*states.values(), *others]


def of(lines, topic):
    return [(r["key"], r.get("value")) for r in lines if r["topic"] == topic]


def grouped(pairs):
    out = {}
    for k, v in pairs:
        out.setdefault(k, []).append(v)
    return out


def compare_maps(got, want, what):
    equal(sorted(got), sorted(want), f"{what}: keys")
    for k, v in want.items():
        equal(got[k], v, f"{what} {k}")


def outputs(run):
    topics = ("cube.state", "cube.changes", "cube.alerts", "cube.customers", "cube.late", "cube.dead-letters")
    return {t: read_topic(run.broker.bootstrap, t) for t in topics}


def without_url(sequences):
    """generatorURL names the page of the instance that decided: each has an address of its own here."""
    return {k: [{f: x for f, x in v.items() if f != "generatorURL"} for v in values] for k, values in sequences.items()}


def compare(run, lines, whole_story):
    out = outputs(run)
    compare_maps(last_per_key(out["cube.state"]), {k: v for k, v in dict(of(lines, "cube.state")).items()}, "cube.state")
    compare_maps(sequence_per_key(out["cube.changes"]), grouped(of(lines, "cube.changes")), "cube.changes")
    compare_maps(without_url(sequence_per_key(out["cube.alerts"])), without_url(grouped(of(lines, "cube.alerts"))), "cube.alerts")
    compare_maps(last_per_key(out["cube.customers"]), {k: v for k, v in dict(of(lines, "cube.customers")).items() if v is not None}, "cube.customers")
    source = ("cubed.source.topic", "cubed.source.partition", "cubed.source.offset", "cubed.reason")
    dead = sorted(tuple(headers_of(r)[h] for h in source) for r in out["cube.dead-letters"])
    equal(dead, sorted(tuple(r["headers"][h] for h in source) for r in lines if r["topic"] == "cube.dead-letters"), "dead letters")
    equal(len(out["cube.late"]), 0, "late records")
    holds(len(out["cube.state"]) > 1000, "states were published")
    if whole_story:
        holds(len(out["cube.changes"]) >= 2 and len(out["cube.alerts"]) >= 4, "the story moved a scope and fired alerts")
    return {t: len(r) for t, r in out.items()}


def uint(raw, at):
    v = shift = 0
    while True:
        v |= (raw[at] & 127) << shift
        at += 1
        if raw[at - 1] < 128:
            return v, at
        shift += 7


def commit_inputs(raw):
    """The inputs of a commit record: [(topic, first, next, [five outcomes])] (proto/commit_record.h)."""
    numbers, at = [], 0
    while at < len(raw):
        v, at = uint(raw, at)
        numbers.append(v)
    signed = lambda v: (v >> 1) ^ -(v & 1)
    equal(numbers[0], 3, "version of the commit record")
    count, rows = numbers[11], []
    for i in range(count):
        topic, first, following, *_rest = numbers[12 + 11 * i:12 + 11 * i + 3]
        rows.append((topic, signed(first), signed(following), numbers[12 + 11 * i + 6:12 + 11 * i + 11]))
    return numbers[1], rows


def chains_unbroken(run):
    """seq counts up by one per task, input ranges are contiguous, and the five outcomes add up to what was read."""
    read = 0
    for suffix in ("customers", "employees", "scopes"):
        chains = {}
        for r in read_topic(run.broker.bootstrap, f"demo-changelog-{suffix}"):
            if r.key == b"!commit":
                chains.setdefault(r.partition, []).append(commit_inputs(r.value))
        equal(len(chains), PARTITIONS, f"tasks of {suffix}")
        for partition, commits in chains.items():
            for (seq0, in0), (seq1, in1) in zip(commits, commits[1:]):
                equal(seq1, seq0 + 1, f"{suffix}-{partition}: seq")
                for one, two in zip(in0, in1):
                    equal(two[1], one[2], f"{suffix}-{partition}: first offset of a commit is where the last one ended")
            if suffix != "scopes":
                for _, _, following, outcomes in commits[-1][1]:
                    equal(sum(outcomes), following, f"{suffix}-{partition}: outcomes add up to the records read")
                    read += following
    return read


def of_restart(state):
    """What does not follow the instant at which a state is looked at."""
    counts = {name: {f: m[f] for f in ("n", "hits", "waiting", "contacts") if f in m} for name, m in state["measures"].items()}
    return {**{f: state.get(f) for f in ("octant", "since", "revision", "model", "undecided", "stale")}, "measures": counts}


def restart_repeats_nothing(run, before):
    """Both leave; one starts with empty memory, takes everything over, and publishes nothing anew."""
    for d in run.alive():
        equal(d.stop(), 0, f"exit of instance {d.instance}")
    d = run.daemon("1").start(ready_within=90)
    last = last_per_key(read_topic(run.broker.bootstrap, "cube.state"))
    # A static member's partitions are its own until its session ends (10 s after it left).
    states = wait_until(lambda: (lambda s: s if len(s) == len(last) else None)({s["scope"]: s for s in d.json("/api/v1/scopes")["scopes"]}), 60,
                        f"one instance owns all {len(last)} scopes", step=0.5)
    compare_maps(*({k: of_restart(v) for k, v in m.items()} for m in (states, last)), "restored state")
    equal(d.stop(), 0, "exit after the restart")
    equal({t: len(r) for t, r in outputs(run).items()}, before, "records on the output topics")


def exactly_once(version, count, seconds, randoms, points, with_rebalances):
    run = Run(version, count, seconds, seed=20261124)
    try:
        records, last_ts = records_made(count, run.rng)
        feed = Feed(run.broker.bootstrap, records, seconds)
        feed.first(5_000)
        chaos(run, feed, randoms, points)
        if with_rebalances:
            rebalances(run)
        feed.join(300)
        if feed.error or feed.is_alive():
            raise Failed(f"the feed: {feed.error}, {feed.sent} of {len(records)} sent")
        run.settled()
        lines = replayed(run, records, last_ts - OUT_OF_ORDER_MS)
        counts = compare(run, lines, with_rebalances)
        equal(chains_unbroken(run), len(records), "records read")
        restart_repeats_nothing(run, counts)
        print(f"# Kafka {version}: {len(records)} records, {run.kills['random']} kills at random, {run.kills['named']} at named places, {counts}")
    except BaseException:
        for d in run.instances.values():
            print(f"# instance {d.instance}:\n" + "\n".join("#   " + line for line in d.tail(25).splitlines()))
        raise
    finally:
        run.close()


def test_exactly_once_on_the_newest_kafka_with_kills_and_rebalances():
    exactly_once(NEWEST, 200_000, 100, 10, CRASH_POINTS, True)


def test_exactly_once_on_the_older_kafka():
    exactly_once(OLDER, 30_000, 20, 2, ["before_commit", "after_offsets"], False)


if __name__ == "__main__":
    main()
