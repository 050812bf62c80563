#!/usr/bin/env python3
"""cubed verify against a real broker: clean while the daemon works and when it has gone; and each of the ways in which topics can be
damaged is named. A damaged topic is a copy, read in place of the one the daemon wrote, so that no damage masks another."""
import itertools
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

from broker import Broker
from commit_record import changed
from committed import committed_offsets, read_topic
from daemon import Daemon
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import CommitFailedError
from program import cubed, event, write_config
from scratch import scratch
from tap import alone, contains, equal, holds, main, wait_until
from wire import murmur2, pack

PARTITIONS = 2
T0, HOUR = 1_704_067_200_000, 3_600_000
work = scratch("cubed-verify-")
CHANGELOGS = ("customers", "employees", "scopes")


def config_text(bootstrap):
    """Phases of eight hours decide whether customers are content, so that every scope moves to and fro."""
    return json.dumps({
        "version": 1, "name": "demo", "pack": "none", "kafka": {"bootstrap.servers": bootstrap},
        "scopes": ["region", "segment", ["region", "segment"]],
        "time": {"out_of_order": "1m", "lateness": "1d", "idle_after": "never", "align": "1d"}, "publish": {"customers": "all"},
        "cube": {"tick": "10m", "dwell": "0s", "hysteresis": 0, "confidence": "none"},
        "measures": [
            {"name": "productive", "axis": "E", "class": "hr", "aggregation": "count", "from": {"kind": "productive"}, "window": "2d",
             "score": {"at0": 0, "at100": 1}},
            {"name": "enps", "axis": "none", "class": "hr", "aggregation": "nps", "from": {"kind": "enps"}, "window": "10d"},
            {"name": "nps", "axis": "X", "class": "kpi", "aggregation": "nps", "from": {"kind": "survey", "where": {"instrument": "nps"}},
             "window": "6h", "horizons": ["1h"], "score": {"at0": -50, "at100": 50}},
            {"name": "revenue", "axis": "V", "class": "kpi", "aggregation": "sum", "from": {"kind": "purchase", "value": "revenue"}, "window": "6h",
             "score": {"at0": 0, "at100": 100}},
            {"name": "buyers", "axis": "none", "class": "kpi", "aggregation": "active", "window": "6h"}],
        "alerts": [{"name": "Angry", "measure": "nps", "threshold": {"below": 0}, "severity": "page"}]}, indent=1)


def settings(text, **topics):
    return json.dumps({**json.loads(text), "topics": topics})


def partition_of(key):
    return (murmur2(key) & 0x7FFFFFFF) % PARTITIONS if key is not None else 0


def key_for(partition, prefix):
    return next(f"{prefix}{i}" for i in range(1000) if partition_of(f"{prefix}{i}".encode()) == partition)


def happening(rng, ts):
    """(topic, key, event): not every event names every dimension."""
    dims = {d: rng.choice(names) for d, names in (("region", ("north", "south")), ("segment", ("smb", "big"))) if rng.random() < 0.9}
    dice = rng.random()
    if dice < 0.15:
        employee = f"e{rng.randrange(12)}"
        return "hr", employee, event("enps" if dice < 0.1 else "productive", ts, employee=employee, region=rng.choice(("north", "south")),
                                     **({"value": rng.randrange(11)} if dice < 0.1 else {}))
    customer = f"c{rng.randrange(40)}"
    if dice < 0.5:
        content = (ts - T0) // (8 * HOUR) % 2 == 0
        return "cpi", customer, event("survey", ts, customer=customer, instrument="nps", value=rng.choice((9, 10) if content else (1, 3)), **dims)
    return "interactions", customer, event("purchase", ts, customer=customer, order=f"o{ts}", revenue=rng.randrange(1, 100) / 4, **dims)


def story():
    """(topic, key, value): four days, with duplicates, dead letters, unknown kinds, and late events at the end."""
    rng, out, last = random.Random(7), [], T0 + 4 * 24 * HOUR
    for i, ts in enumerate(range(T0, last, 2 * 60_000)):
        topic, key, e = happening(rng, ts)
        out += [(topic, key.encode(), pack(e))] * (2 if i % 100 == 0 else 1)
        if i % 150 == 0:
            out += [("interactions", b"c1", b"{not json"), ("hr", b"e1", pack({"v": 2})),
                    ("cpi", b"c1", pack({"v": 1, "id": f"u{i}", "ts": ts, "kind": "no.such.kind"}))]
    for p in range(PARTITIONS):
        customer, employee = key_for(p, "marker-"), key_for(p, "marker-e")
        out += [("interactions", customer.encode(), pack(event("selfservice.login", last, customer=customer))),
                ("cpi", customer.encode(), pack(event("measurement", last, customer=customer, cpi="marker", value=1))),
                ("hr", employee.encode(), pack(event("productive", last, employee=employee)))]
        out += [("interactions", customer.encode(), pack(event("complaint", T0 + i, customer=customer))) for i in range(3)]
    return out


class World:
    """A broker, a daemon that has worked a story off and left, and what it wrote."""

    def __init__(self):
        self.broker = Broker().start()
        self.text = config_text(self.broker.bootstrap)
        self.path = write_config(work / "cubed.yaml", self.text)
        cubed("topics", "-c", self.path, "--create", "--partitions", PARTITIONS)
        self.daemon = Daemon(json.loads(self.text))
        self.records, self.copies = {}, itertools.count(1)

    def feed(self, records):
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap, acks="all", linger_ms=5, max_in_flight_requests_per_connection=1)
        for topic, key, value in records:
            producer.send(topic, key=key, value=value, partition=partition_of(key))
        producer.flush(60)
        producer.close()

    def read(self, topic):
        if topic not in self.records:
            self.records[topic] = read_topic(self.broker.bootstrap, topic)
        return self.records[topic]

    def rows(self, topic):
        return [(r.partition, r.key, r.value, r.headers) for r in self.read(topic)]

    def copy_offsets(self, topic):
        """What the group has committed of partials it has committed of their copy, too."""
        self.commit(topic, committed_offsets(self.broker.bootstrap, "demo", [("demo-partials", p) for p in range(PARTITIONS)]))

    def write(self, topic, records):
        """A copy of a topic: (partition, key, value, headers) in order per partition."""
        admin = KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)
        admin.create_topics([NewTopic(topic, PARTITIONS, 1, topic_configs={"max.message.bytes": "2000000"})])
        wait_until(lambda: topic in admin.list_topics(), 20, f"{topic} is there")
        admin.close()
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap, acks="all", linger_ms=5, max_in_flight_requests_per_connection=1)
        for partition, key, value, headers in records:
            producer.send(topic, key=key, value=value, headers=headers, partition=partition)
        producer.flush(60)
        producer.close()

    def commit(self, topic, offsets):
        """Sets offsets of the group: {(any topic, partition): offset}. The daemon leaves first."""
        self.daemon.stop()

        def taken():
            """Refused while the daemon that has gone is still a member."""
            consumer = KafkaConsumer(bootstrap_servers=self.broker.bootstrap, group_id="demo", enable_auto_commit=False)
            consumer.assign([TopicPartition(topic, p) for _, p in offsets])
            try:
                consumer.commit({TopicPartition(topic, p): OffsetAndMetadata(at, "", -1) for (_, p), at in offsets.items()})
                return True
            except CommitFailedError:
                return False
            finally:
                consumer.close()

        wait_until(taken, 30, "the group takes an offset", step=1)

    def verify(self, *options, path=None, code=0):
        done = cubed("verify", "-c", path or self.path, *options, code=code, timeout=120)
        return json.loads(done.stdout) if "--json" in options else done.stdout.decode()

    def damaged(self, role, topics, change):
        """Verifies copies of these topics after change({topic: records}) in place of those the daemon wrote. Returns the violations."""
        prefix = f"x{next(self.copies)}"
        copies = {t: self.rows(t) for t in topics}
        change(copies)
        for t, records in copies.items():
            self.write(f"{prefix}-{t}", records)
        own = f"{prefix}-demo-changelog" if role == "changelog" else f"{prefix}-{topics[0]}"
        if role == "partials":
            self.copy_offsets(own)
        path = write_config(work / f"{prefix}.yaml", settings(self.text, **{role: own}))
        answer = self.verify("--json", path=path, code=1)
        equal(answer["ok"], False)
        return answer["found"]


_world = []


def world():
    if not _world:
        _world.append(World())
    return _world[0]


def teardown():
    if _world:
        _world[0].daemon.kill()
        _world[0].broker.close()


def named(found, *wanted):
    """Exactly these invariants are violated; returns the first violation of the first of them."""
    equal(sorted({f["invariant"] for f in found}), sorted(wanted), f"violations {found[:5]}")
    for f in found:
        holds(f["expected"] and f["found"] and f["topic"], f"a violation says what and where: {f}")
    return next(f for f in found if f["invariant"] == wanted[0])


def settled(w):
    """Everything was read and published."""
    before = [None]

    def still():
        lines = [len(read_topic(w.broker.bootstrap, t)) for t in ("cube.state", "cube.changes", "cube.customers", "demo-partials")]
        applied = w.daemon.outcomes()
        same, before[0] = (lines, applied) == before[0], (lines, applied)
        return same and w.daemon.metrics().get("cubed_input_lag_records") == 0

    wait_until(still, 120, "everything is read and published", step=1)


# ---------------------------------------------------------------- clean

@alone
def test_nothing_was_written_yet():
    answer = world().verify("--json")
    equal((answer["ok"], answer["violations"], answer["found"]), (True, 0, []))


@alone
def test_clean_while_the_daemon_works_and_is_killed():
    w = world()
    records = story()
    w.daemon.start()
    step = len(records) // 4 + 1
    for at in range(0, len(records), step):
        w.feed(records[at:at + step])
        equal(w.verify("--json")["found"], [], "while it works")
        if at == step:
            w.daemon.kill()
            equal(w.verify("--json")["found"], [], "after kill -9")
            w.daemon.start()
    settled(w)
    equal(w.verify("--json")["found"], [], "at rest")


@alone
def test_clean_when_the_daemon_has_gone():
    w = world()
    equal(w.daemon.stop(), 0, "exit of the daemon")
    answer = w.verify("--json")
    equal((answer["found"], answer["foreign"]), ([], 0))
    for i in answer["invariants"]:
        holds(i["checked"] > 0, f"{i['name']} was held against something")
        equal((i["unchecked"], i["violations"]), (0, 0), i["name"])
    for topic in ("cube.state", "cube.changes", "cube.alerts", "cube.customers", "cube.late", "cube.dead-letters", "demo-partials"):
        holds(answer["read"][topic] > 0, f"{topic} was read")
        equal(answer["read"][topic], len(w.read(topic)), topic)


def test_a_person_reads_one_line_per_invariant():
    lines = world().verify().splitlines()
    equal([line.split()[:2] for line in lines[:12]], [["ok", n] for n in ("records", "commits", "ranges", "offsets", "outcomes", "letters", "bundles",
                                                                       "watermarks", "states", "changes", "alerts", "children")])
    contains(lines[-1], "records read, 0 violations")


# ---------------------------------------------------------------- what compaction and retention leave

def compacted(records):
    """The last record of each key."""
    last = {(r[0], r[1]): i for i, r in enumerate(records)}
    return [r for i, r in enumerate(records) if last[r[0], r[1]] == i]


def test_a_compacted_changelog_is_no_alarm():
    w = world()
    copies = {t: compacted(w.rows(t)) for t in changelogs()}
    for t, records in copies.items():
        holds(len(records) < len(w.rows(t)), f"{t} has something to compact")
        w.write(f"small-{t}", records)
    answer = w.verify("--json", path=write_config(work / "small.yaml", settings(w.text, changelog="small-demo-changelog")))
    equal(answer["found"], [])


def test_what_retention_took_is_no_alarm():
    w = world()
    for topic, role in (("demo-partials", "partials"), ("cube.dead-letters", "dead_letters"), ("cube.changes", "changes"), ("cube.alerts", "alerts")):
        short = f"short-{topic}"
        w.write(short, w.rows(topic))
        admin = KafkaAdminClient(bootstrap_servers=w.broker.bootstrap)
        partitions = [r[0] for r in w.rows(topic)]
        fullest = max(set(partitions), key=partitions.count)
        admin.delete_records({TopicPartition(short, fullest): 2})
        admin.close()
        if role == "partials":
            w.copy_offsets(short)
        answer = w.verify("--json", path=write_config(work / "short.yaml", settings(w.text, **{role: short})))
        equal(answer["found"], [], topic)
        if role == "dead_letters":
            holds(answer["invariants"][5]["unchecked"] > 0, "letters that were deleted cannot be counted")


# ---------------------------------------------------------------- damaged

def middle(records, which):
    """The place of a record in the middle of those for which which(record) holds."""
    places = [i for i, r in enumerate(records) if which(r)]
    holds(len(places) > 2, f"{len(places)} such records")
    return places[len(places) // 2]


def is_commit(partition=0):
    return lambda r: r[0] == partition and r[1] == b"!commit"


def changelogs():
    return [f"demo-changelog-{c}" for c in CHANGELOGS]


def edited(records, at, value):
    records[at] = (*records[at][:2], value, records[at][3])


def test_a_bundle_is_missing():
    def change(t):
        records = t["demo-partials"]
        del records[middle(records, lambda r: r[0] == 1 and r[1] == b"customers-0")]
    f = named(world().damaged("partials", ["demo-partials"], change), "bundles")
    equal((f["partition"], f["key"]), (1, "customers-0"))


def test_a_bundle_stands_twice():
    def change(t):
        records = t["demo-partials"]
        at = middle(records, lambda r: r[0] == 0 and r[1] == b"employees-1")
        records.insert(at, records[at])
    named(world().damaged("partials", ["demo-partials"], change), "bundles")


def test_the_last_bundle_is_missing():
    def change(t):
        records = t["demo-partials"]
        del records[[i for i, r in enumerate(records) if r[0] == 0 and r[1] == b"customers-1"][-1]]
    f = named(world().damaged("partials", ["demo-partials"], change), "bundles")
    contains(f["expected"], "last commit record")


def test_a_bundle_does_not_decode():
    def change(t):
        records = t["demo-partials"]
        at = middle(records, lambda r: r[0] == 0 and r[1] == b"customers-0" and len(r[2]) > 40)
        edited(records, at, records[at][2][:-3])
    named(world().damaged("partials", ["demo-partials"], change), "records")


def test_a_commit_record_is_missing():
    def change(t):
        records = t["demo-changelog-customers"]
        del records[middle(records, is_commit())]
    f = named(world().damaged("changelog", changelogs(), change), "commits", "ranges")
    equal((f["topic"], f["partition"], f["key"]), ("x5-demo-changelog-customers", 0, "!commit"))


def commit_changed(changelog, *arguments, place=None, **more):
    """place: which of the commit records; without it the one in the middle."""
    def change(t):
        records = t[f"demo-changelog-{changelog}"]
        at = middle(records, is_commit()) if place is None else [i for i, r in enumerate(records) if is_commit()(r)][place]
        edited(records, at, changed(records[at][2], *arguments, **more))
    return change


def test_a_range_begins_before_the_last_one_ended():
    f = named(world().damaged("changelog", changelogs(), commit_changed("customers", "first", lambda v: v - 1)), "ranges")
    contains(f["expected"], "interactions[0]")


def test_an_outcome_is_not_counted():
    f = named(world().damaged("changelog", changelogs(), commit_changed("customers", "applied", lambda v: v - 1, signed=False)), "outcomes")
    contains(f["expected"], "interactions[0]")


def test_a_watermark_falls():
    named(world().damaged("changelog", changelogs(), commit_changed("customers", "watermark", lambda v: v - 86_400_000, place=-1)), "watermarks")


def test_panes_of_the_organisation_are_missing():
    minutes = b"b\xe0\xd4\x03"  # blocks of them: only the hour of nps has panes so short

    def change(t):
        kept = [r for r in t["demo-changelog-scopes"] if not (r[1].startswith(minutes) and r[1].endswith(b"organisation"))]
        holds(len(kept) < len(t["demo-changelog-scopes"]), "there are such blocks")
        t["demo-changelog-scopes"] = kept
    f = named(world().damaged("changelog", changelogs(), change), "children", "states")
    equal(f["key"], "organisation")
    contains(f["expected"], "nps")


def test_a_dead_letter_is_missing():
    def change(t):
        del t["cube.dead-letters"][3]
    named(world().damaged("dead_letters", ["cube.dead-letters"], change), "letters")


def test_a_late_record_stands_twice():
    def change(t):
        t["cube.late"].append(t["cube.late"][0])
    f = named(world().damaged("late", ["cube.late"], change), "letters")
    contains(f["expected"], "one letter of interactions[")


def scope_with(records, times):
    keys = [r[1] for r in records]
    return next(k for k in keys if keys.count(k) >= times)


def test_a_change_is_missing():
    def change(t):
        records = t["cube.changes"]
        key = scope_with(records, 3)
        del records[[i for i, r in enumerate(records) if r[1] == key][1]]
    named(world().damaged("changes", ["cube.changes"], change), "changes")


def test_the_last_change_is_missing():
    def change(t):
        records = t["cube.changes"]
        key = scope_with(records, 2)
        del records[[i for i, r in enumerate(records) if r[1] == key][-1]]
    f = named(world().damaged("changes", ["cube.changes"], change), "changes")
    equal(f["topic"], "cube.state")


def test_an_alert_fires_twice():
    def change(t):
        records = t["cube.alerts"]
        at = next(i for i, r in enumerate(records) if json.loads(r[2])["status"] == "firing")
        records.insert(at, records[at])
    named(world().damaged("alerts", ["cube.alerts"], change), "alerts")


def test_a_state_goes_back():
    def change(t):
        records = t["cube.state"]
        at = middle(records, lambda r: r[1] == b"region=north")
        records.append(records[at])
    found = world().damaged("state", ["cube.state"], change)
    told = {f["invariant"] for f in found}
    holds("states" in told and told <= {"states", "changes"}, f"{found}")


def test_a_number_of_the_last_state_is_another():
    def change(t):
        records = t["cube.state"]
        at = [i for i, r in enumerate(records) if r[1] == b"organisation"][-1]
        state = json.loads(records[at][2])
        state["measures"]["nps"]["n"] += 1
        edited(records, at, json.dumps(state).encode())
    f = named(world().damaged("state", ["cube.state"], change), "states")
    equal((f["key"], f["expected"].rsplit(" ", 1)[0]), ("organisation", "n of nps"))


def test_a_customer_is_not_of_its_schema():
    def change(t):
        records = t["cube.customers"]
        at = middle(records, lambda r: r[2] is not None)
        customer = json.loads(records[at][2])
        del customer["points"]
        edited(records, at, json.dumps(customer).encode())
    f = named(world().damaged("customers", ["cube.customers"], change), "records")
    contains(f["found"], "points")


@alone
def test_the_committed_offset_was_moved():
    w = world()
    place = ("cpi", 1)
    at = committed_offsets(w.broker.bootstrap, "demo", [place])[place]
    for offset, code in ((at - 5, 1), (at + 5, 1), (at, 0)):
        w.commit("cpi", {place: offset})
        found = w.verify("--json", code=code)["found"]
        if code:
            f = named(found, "offsets")
            equal((f["topic"], f["partition"], f["found"]), (*place, str(offset)))


def rules_world(alerts):
    """A configuration of one partition beside the other's topics, in which five complaints are too many."""
    return Daemon({
        "version": 1, "name": "rules", "pack": "none", "kafka": {"bootstrap.servers": world().broker.bootstrap}, "cube": {"tick": "10m"},
        "time": {"out_of_order": "1m", "idle_after": "1s"}, "topics": {t: f"rules.{t}" for t in (
            "interactions", "cpi", "hr", "state", "changes", "alerts", "customers", "late", "dead_letters")},
        "measures": [{"name": "complaints", "axis": "none", "class": "kpi", "aggregation": "count", "from": {"kind": "complaint"}, "window": "6h"}],
        "alerts": alerts})


def alerts_told(count):
    """(status, labels, fingerprint) of the alerts there are, when there are so many."""
    def told():
        return [(a["status"], a["labels"], a["fingerprint"]) for a in (json.loads(r.value) for r in read_topic(world().broker.bootstrap, "rules.alerts"))]
    wait_until(lambda: len(told()) == count, 30, f"{count} alerts")
    return told()


@alone
def test_an_alert_whose_rule_is_removed_is_resolved():
    before, after = rules_world([{"name": "Many", "measure": "complaints", "threshold": {"above": 4}, "labels": {"team": "care"}}]), rules_world([])
    cubed("topics", "-c", before.config, "--create", "--partitions", 1)

    def feed(*events):
        cubed("produce", "-c", before.config, stdin="".join(json.dumps(e) + "\n" for e in events))

    with before.start():
        feed(*(event("complaint", T0 + i, customer="c1") for i in range(5)), event("selfservice.login", T0 + HOUR, customer="c1"))
        (status, labels, fingerprint), = alerts_told(1)
        equal((status, labels), ("firing", {"alertname": "Many", "scope": "organisation", "measure": "complaints", "severity": "ticket", "team": "care"}))
        equal(before.stop(), 0)
    with after.start():
        feed(event("selfservice.login", T0 + 2 * HOUR, customer="c1"))
        equal(alerts_told(2)[1], ("resolved", labels, fingerprint))
        feed(event("selfservice.login", T0 + 3 * HOUR, customer="c1"))
        equal(after.stop(), 0)
    equal(len(alerts_told(2)), 2)
    cubed("verify", "-c", after.config)


def test_another_configuration_is_refused():
    w = world()
    path = write_config(work / "other.yaml", w.text.replace('"threshold": {"below": 0}', '"threshold": {"below": 1}').replace('"2d"', '"3d"'))
    contains(cubed("verify", "-c", path, code=78).stderr.decode(), "another configuration")


def test_a_topic_or_broker_that_is_not_there():
    w = world()
    path = write_config(work / "gone.yaml", settings(w.text, late="no.such.topic"))
    contains(cubed("verify", "-c", path, code=69).stderr.decode(), "no.such.topic")
    path = write_config(work / "nobody.yaml", w.text.replace(w.broker.bootstrap, "127.0.0.1:1"))
    contains(cubed("verify", "-c", path, "--timeout", "1s", code=69).stderr.decode(), "cubed verify: ")


if __name__ == "__main__":
    main(at_a_time=5)
