"""What must hold when the faults are over, judged by a client that is not librdkafka: everything published equals
`cubed replay` over what lies in the inputs. Nothing is kept that need not be: of a state only the last of each scope.
Import it after cache.use_venv()."""
import json
import subprocess
import sys
import time
from pathlib import Path

import cache
import commit_record
import schema
from committed import committed_offsets, headers_of, read_each, values
from kafka import KafkaConsumer, TopicPartition
from program import binary, cubed, record
from story import PARTITIONS, coda, feed_partition, send_all
from tap import Failed, equal, holds, wait_until

INPUTS = ("interactions", "cpi", "hr")
OUTPUTS = ("cube.state", "cube.changes", "cube.alerts", "cube.customers", "cube.late", "cube.dead-letters")
LAST_ONLY = ("cube.state", "cube.customers")
INTERNAL = ("demo-partials", "demo-changelog-customers", "demo-changelog-employees", "demo-changelog-scopes")
SOURCE = ("cubed.source.topic", "cubed.source.partition", "cubed.source.offset", "cubed.reason")
OUT_OF_ORDER_MS = 60_000
SETTLE_SECONDS = 120
OUTCOMES = ("applied", "duplicate", "late", "dead_letter", "ignored")
ORACLE_SECONDS = 600


def partitions_of(topics):
    return [(t, p) for t in topics for p in range(PARTITIONS)]


def ends_of(bootstrap, topics, isolation="read_uncommitted"):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation)
    try:
        ends = consumer.end_offsets([TopicPartition(*p) for p in partitions_of(topics)])
        return {(p.topic, p.partition): end for p, end in ends.items()}
    finally:
        consumer.close()


def unread_bundles(bootstrap, committed):
    unread = []
    read_each(bootstrap, "demo-partials", lambda r: unread.append((r.partition, r.offset)), since={p: o for (t, p), o in committed.items() if t == "demo-partials"})
    return unread


def settle(bootstrap):
    """Every input is committed to its end, nothing has moved for a while, every bundle is taken, and no transaction is open."""
    ends = ends_of(bootstrap, INPUTS)
    before = missing = None

    def still():
        nonlocal before, missing
        now = committed_offsets(bootstrap, "demo", partitions_of((*INPUTS, "demo-partials")))
        missing = {p: (now[p], end) for p, end in ends.items() if now[p] != end} or {p: (before[p], o) for p, o in now.items() if before and before[p] != o}
        if now == before and not missing:
            missing = unread_bundles(bootstrap, now)
            return not missing
        before = now
        return False

    try:
        wait_until(still, SETTLE_SECONDS, "all inputs committed, all bundles taken and nothing moving", step=2)
    except Failed as late:
        raise Failed(f"{late}: {missing}") from late
    topics = (*OUTPUTS, *INTERNAL)
    wait_until(lambda: ends_of(bootstrap, topics) == ends_of(bootstrap, topics, "read_committed"), 30, "no transaction is open", step=1)


# ---------------------------------------------------------------- what should be there

def inputs_are(bootstrap, records):
    """What lies in the inputs is what was sent: the feed's own retries neither doubled nor turned anything."""
    sent = {}
    for topic, key, value in records:
        sent.setdefault((topic, feed_partition(key)), []).append((key, value))
    for topic in INPUTS:
        found = {}
        read_each(bootstrap, topic, lambda r: found.setdefault((r.topic, r.partition), []).append((r.key, r.value)))
        for p, rows in found.items():
            holds(rows == sent[p], f"{p} holds what was sent: {len(rows)} records of {len(sent[p])}")


def records_written(path, records):
    with open(path, "w", encoding="utf-8") as out:
        for topic, key, value in records:
            out.write(json.dumps(record(topic, key, value)) + "\n")


class Told:
    """Outputs, from wherever they come: the last per key of some topics, all of the others."""

    def __init__(self):
        self.last = {t: {} for t in LAST_ONLY}
        self.all = {t: {} for t in ("cube.changes", "cube.alerts")}
        self.refused = {t: [] for t in ("cube.late", "cube.dead-letters")}

    def add(self, topic, key, value, headers):
        if topic in self.refused:
            self.refused[topic].append(tuple(headers[h] for h in SOURCE))
        elif topic in self.all:
            self.all[topic].setdefault(key, []).append(value)
        else:
            self.last[topic][key] = value

    def closed(self):
        for topic in LAST_ONLY:
            self.last[topic] = {k: v for k, v in self.last[topic].items() if v is not None}
        for rows in self.refused.values():
            rows.sort()
        return self


def replayed(config, records, until_ms):
    """What `cubed replay` prints over these records, line by line: all its states would be gigabytes."""
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(until_ms // 1000)) + f".{until_ms % 1000:03d}Z"
    command = [str(binary()), "replay", "-c", str(config), "--records", str(records), "--partitions", str(PARTITIONS), "--until", until]
    told, states = Told(), {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for line in process.stdout:
            if line.startswith(b'{"topic":"cube.state"'):
                states[line[:line.index(b'"ts":')]] = line
                continue
            r = json.loads(line)
            told.add(r["topic"], r["key"], r.get("value"), r.get("headers"))
        why = process.stderr.read().decode(errors="replace")
    equal(process.returncode, 0, f"exit of cubed replay: {why[-2000:]}")
    for line in states.values():
        r = json.loads(line)
        schema.judge("cube.state", r["value"])
        told.add(r["topic"], r["key"], r["value"], None)
    return told.closed()


# ---------------------------------------------------------------- what is there

def published(bootstrap):
    told, counts = Told(), {}
    for topic in OUTPUTS:
        raws = {}

        def take(r, topic=topic, raws=raws):
            counts[topic] = counts.get(topic, 0) + 1
            if topic in told.refused:
                told.add(topic, None, None, headers_of(r))
            elif topic in LAST_ONLY:
                raws[r.key] = r
            else:
                schema.judge_record(r)
                told.add(topic, *values([r])[0], None)
        read_each(bootstrap, topic, take)
        for r in raws.values():
            schema.judge_record(r)
            told.add(topic, *values([r])[0], None)
    return told.closed(), counts


def same_maps(got, want, what):
    equal(sorted(got), sorted(want), f"{what}: keys")
    for k, v in want.items():
        equal(got[k], v, f"{what} {k}")


def without_url(sequences):
    """generatorURL names the page of the instance that decided: each has an address of its own here."""
    return {k: [{f: x for f, x in v.items() if f != "generatorURL"} for v in some] for k, some in sequences.items()}


def compare(got, want):
    for topic in LAST_ONLY:
        same_maps(got.last[topic], want.last[topic], topic)
    same_maps(got.all["cube.changes"], want.all["cube.changes"], "cube.changes")
    same_maps(without_url(got.all["cube.alerts"]), without_url(want.all["cube.alerts"]), "cube.alerts")
    for topic, rows in want.refused.items():
        equal(got.refused[topic], rows, topic)


def commit_follows(one, two, name):
    """Two commits of a task, one behind the other: compaction takes away those before a later one, and none between two it leaves."""
    (seq0, in0), (seq1, in1) = one, two
    equal(seq1, seq0 + 1, f"{name}: seq after {seq0}")
    for before, after in zip(in0, in1):
        equal(before["next"], after["first"], f"{name}: first offset of commit {seq1} is where the last one ended")


def chains_unbroken(bootstrap):
    """seq counts up by one per task, input ranges are contiguous, and the five outcomes add up to what was read. Returns
    the records of each outcome, and how many commit records compaction has left out."""
    outcomes, gone = dict.fromkeys(OUTCOMES, 0), 0
    for suffix in ("customers", "employees", "scopes"):
        chains = {}

        def take(r, chains=chains):
            if r.key == b"!commit":
                chains.setdefault(r.partition, []).append(commit_record.outline(r.value))
        read_each(bootstrap, f"demo-changelog-{suffix}", take)
        equal(len(chains), PARTITIONS, f"tasks of {suffix}")
        for partition, chain in chains.items():
            for one, two in zip(chain, chain[1:]):
                commit_follows(one, two, f"{suffix}-{partition}")
            gone += chain[-1][0] - len(chain)
            for i in chain[-1][1] if suffix != "scopes" else []:
                equal(sum(i["outcomes"]), i["next"], f"{suffix}-{partition}: outcomes add up to the records read")
                for kind, count in zip(OUTCOMES, i["outcomes"]):
                    outcomes[kind] += count
    return outcomes, gone


# ---------------------------------------------------------------- what the program has no part in

class Recomputing:
    """tests/oracle beside what else is judged: it takes half a minute."""

    def __init__(self, work, config, outcomes, early, got):
        """early: what was published before the restart, got: in the end."""
        cache.use_package(cache.YAML)
        import yaml
        judged = {"config": yaml.safe_load(config.read_text(encoding="utf-8")), "records": str(work / "records.ndjson"), "partitions": PARTITIONS,
                  "outcomes": outcomes, "refused": got.refused,
                  "views": [{"states": told.last["cube.state"], "customers": told.last["cube.customers"]} for told in (early, got)]}
        (work / "judged.json").write_text(json.dumps(judged), encoding="utf-8")
        self.process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("recomputed.py")), str(work / "judged.json")],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def agrees(self):
        said, _ = self.process.communicate(timeout=ORACLE_SECONDS)
        equal(self.process.returncode, 0, f"exit of the oracle:\n{said.decode(errors='replace')[-6000:]}\n")


def verified(config):
    cubed("verify", "-c", config, timeout=120)


# ---------------------------------------------------------------- from empty memory

def shown_by(daemons):
    return {s["scope"]: s for d in daemons for s in d.json("/api/v1/scopes")["scopes"]}


def restarted(bootstrap, config, pair, states):
    """A single instance starts with empty memory, takes everything over, shows of every scope what the pair showed, and publishes nothing anew."""
    told = shown_by(pair)
    equal(sorted(told), sorted(states), "scopes that are shown")
    for d in pair:
        d.end()
    before, daemon = ends_of(bootstrap, OUTPUTS), pair[0]
    daemon.start(ready_within=90, env={"STATE_DIRECTORY": ""})  # without its local copies
    # A static member's partitions are its own until its session ends (10 s after it left).
    restored = wait_until(lambda: (lambda s: s if len(s) == len(states) else None)(shown_by([daemon])), 60, f"one instance owns all {len(states)} scopes", step=0.5)
    same_maps(restored, told, "restored state")
    verified(config)
    equal(ends_of(bootstrap, OUTPUTS), before, "ends of the output topics")
    return daemon


def all_published_anew(early, got, last_ts):
    """Every customer has acted behind the restart, so each record says what was restored of it."""
    equal(sorted(got), sorted(early), "customers")
    old = [(c, early[name]) for name, c in sorted(got.items()) if c["as_of"] <= last_ts]
    equal(old, [], "customers that were not published again")


def judge(world, story, last_ts, rng):
    """Everything, over the story and a coda that it sends behind the restart. Returns a line for people; nobody runs then."""
    bootstrap, work, config = world.bootstrap, world.work, world.config
    settle(bootstrap)
    early, _ = published(bootstrap)
    daemon = restarted(bootstrap, config, world.running(), early.last["cube.state"])
    more, end_ts = coda(early.last["cube.customers"], last_ts, rng)
    send_all(bootstrap, more)
    settle(bootstrap)
    verified(config)
    equal(daemon.stop(), 0, "exit after the restart")
    records = story + more
    inputs_are(bootstrap, records)
    records_written(work / "records.ndjson", records)
    outcomes, gone = chains_unbroken(bootstrap)
    equal(sum(outcomes.values()), len(records), "records read")
    got, counts = published(bootstrap)
    with Recomputing(work, config, outcomes, early, got) as oracle:
        compare(got, replayed(config, work / "records.ndjson", end_ts - OUT_OF_ORDER_MS))
        oracle.agrees()
    all_published_anew(early.last["cube.customers"], got.last["cube.customers"], last_ts)
    holds(counts["cube.changes"] >= 8 and counts["cube.alerts"] >= 12, f"the story moved scopes and fired alerts: {counts}")
    holds(got.refused["cube.dead-letters"] and got.refused["cube.late"], "the story has bad and late records")
    compacted = f", {gone} commit records compacted away" if gone else ""
    return f"{len(records)} records, {outcomes}, {counts}{compacted}"
