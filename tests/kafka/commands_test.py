#!/usr/bin/env python3
"""cubed topics, produce and tap against a real broker, judged with another client."""
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

from broker import Broker, die_with_parent
from committed import last_per_key, read_topic
from daemon import Daemon
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
import schema
from program import binary, cubed, event, lines_of, write_config, write_events
from scratch import scratch
from tap import contains, equal, holds, main, wait_until
from wire import partition_of, unpack

T0 = 1_704_067_200_000
PARTITIONS = 5
ROLES = ("interactions", "cpi", "hr", "state", "changes", "alerts", "customers", "late", "dead_letters")
work = scratch("cubed-commands-")
broker = None


def the_broker():
    global broker
    broker = broker or Broker(properties={"auto.create.topics.enable": "true"}).start()  # Kafka's default, and a temptation
    return broker


def teardown():
    if broker:
        broker.close()


def config_of(name, **more):
    return {"version": 1, "name": name, "pack": "none", "kafka": {"bootstrap.servers": the_broker().bootstrap}, "topics": {t: f"{name}.{t}" for t in ROLES},
            "time": {"idle_after": "never", "out_of_order": "0s"}, "scopes": ["region"], "publish": {"customers": "all"},
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}], **more}


def written(name, **more):
    return write_config(work / f"{name}.yaml", config_of(name, **more))


def created(name, **more):
    path = written(name, **more)
    cubed("topics", "-c", path, "--create", "--partitions", PARTITIONS)
    return path


# ---------------------------------------------------------------- topics

def topics_json(path, *options, code=0):
    done = cubed("topics", "-c", path, "--json", *options, code=code)
    return {t["role"]: t for t in json.loads(done.stdout)}, done.stderr.decode()


def test_topics_tells_what_is_missing_and_makes_it():
    path = written("made")
    topics, told = topics_json(path, code=69)
    equal(len(topics), 13)
    equal({t["state"] for t in topics.values()}, {"missing"})
    for name in ("made.interactions", "made.state", "made-partials", "made-changelog-scopes"):
        contains(told, f"cubed topics: {name}: is missing: --create makes it")
    topics, told = topics_json(path, "--create", "--partitions", PARTITIONS)
    equal(({t["state"] for t in topics.values()}, told), ({"created"}, ""))
    topics, told = topics_json(path)
    equal(({t["state"] for t in topics.values()}, {t["partitions"] for t in topics.values()}, told), ({"good"}, {PARTITIONS}, ""))
    topics, _ = topics_json(path, "--create", "--partitions", 2)
    equal(({t["state"] for t in topics.values()}, {t["partitions"] for t in topics.values()}), ({"good"}, {PARTITIONS}), "what is there stays")


def test_nobody_makes_topics_but_who_is_told_to():
    """A broker makes what is asked for by name, if it is allowed to: with its own number of partitions, and outputs without compaction."""
    path = written("unmade")
    for command in (("topics",), ("produce",), ("tap",), ("tap", "state"), ("verify",)):
        done = cubed(command[0], "-c", path, *command[1:], stdin=json.dumps(event("complaint", T0, customer="c1")), code=69)
        contains(done.stderr.decode(), "--create` makes it" if command[0] != "topics" else "is missing: --create makes it")
    admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
    try:
        cubed("topics", "-c", path, "--create", "--partitions", 1)
        admin.delete_topics(["unmade.state"])
        wait_until(lambda: "unmade.state" not in admin.list_topics(), 20, "it is gone")
        cubed("produce", "-c", path, stdin="".join(json.dumps(event("complaint", T0 + i * 60_000, customer="c1")) + "\n" for i in range(5)))
        with Daemon(config_of("unmade")).start(ready_within=None) as daemon:
            wait_until(lambda: "unmade.state: " in daemon.log.read_text(), 30, f"it misses one\n{daemon.tail()}")
        equal([t for t in admin.list_topics() if t == "unmade.state"], [])
    finally:
        admin.close()


def test_the_broker_has_what_topics_says():
    path = created("there")
    topics, _ = topics_json(path)
    admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
    try:
        names = {t["topic"]: t for t in topics.values()}
        holds(set(names) <= set(admin.list_topics()), "all of them are there")
        for d in admin.describe_topics(list(names)):
            equal(len(d["partitions"]), PARTITIONS, d["topic"])
        for answer in admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, n) for n in names]):
            for resource in answer.resources:
                have = {entry[0]: entry[1] for entry in resource[4]}
                for setting, value in names[resource[3]]["settings"].items():
                    equal(sorted(have[setting].split(",")), sorted(value.split(",")), f"{resource[3]} {setting}")
    finally:
        admin.close()
    equal(topics["state"]["settings"]["cleanup.policy"], "compact")


def test_topics_as_a_table():
    done = cubed("topics", "-c", created("table")).stdout.decode().splitlines()
    equal(len(done), 14)
    equal(done[0].split(), ["ROLE", "TOPIC", "PARTITIONS", "STATE", "SETTINGS"])
    equal(done[1].split()[:4], ["interactions", "table.interactions", str(PARTITIONS), "good"])


def test_topics_tells_what_is_wrong():
    path = written("wrong")
    admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
    admin.create_topics([NewTopic("wrong.state", PARTITIONS, 1, topic_configs={"cleanup.policy": "delete"}), NewTopic("wrong.cpi", 3, 1),
                         NewTopic("wrong.interactions", 4, 1)])
    wait_until(lambda: {"wrong.state", "wrong.cpi", "wrong.interactions"} <= set(admin.list_topics()), 20, "the broker shows them")
    admin.close()
    done = cubed("topics", "-c", path, "--create", "--partitions", PARTITIONS, "--json", code=69)
    topics = {t["role"]: t for t in json.loads(done.stdout)}
    equal(topics["state"]["state"], "wrong")
    contains(topics["state"]["problem"], "cleanup.policy is delete, should be compact")
    holds("wrong" in (topics["cpi"]["state"], topics["interactions"]["state"]), f"4 and 3 partitions: {topics['cpi']}")
    equal((topics["partials"]["partitions"], topics["hr"]["partitions"]), (4, PARTITIONS), "partners take the count of what is there")
    contains(done.stderr.decode(), "wrong.state")


def test_topics_tells_what_is_kept_too_shortly_to_be_read_again():
    path = created("short")
    topics, _ = topics_json(path)
    admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
    for role, setting, ms in (("partials", "retention.ms", 1000), ("changelog-customers", "delete.retention.ms", 0), ("late", "retention.ms", 1000)):
        t = topics[role]
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, t["topic"], {**t["settings"], setting: str(ms)})])
    admin.close()
    wait_until(lambda: cubed("topics", "-c", path, code=None).returncode == 69, 20, "topics sees it")
    topics, _ = topics_json(path, code=69)
    contains(topics["partials"]["problem"], "retention.ms is 1000, should be 604800000")
    contains(topics["changelog-customers"]["problem"], "delete.retention.ms is 0, should be 86400000")
    equal(topics["late"]["state"], "good", "how long its owner keeps it is the owner's")


def policy_changed(name, topic):
    path = created(name)
    admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"cleanup.policy": "delete"})])
    admin.close()
    wait_until(lambda: cubed("topics", "-c", path, code=None).returncode == 69, 20, "topics sees it")
    return Daemon(config_of(name))


def test_run_refuses_a_changelog_that_forgets():
    with policy_changed("forgets", "forgets-changelog-scopes").start(ready_within=None) as daemon:
        wait_until(lambda: daemon.exit_code is not None, 30, "it ends")
        equal(daemon.exit_code, 78)
        contains(daemon.tail(), 'topic_refused text="forgets-changelog-scopes: cleanup.policy is delete, should be compact, or what is written to it gets lost')


def test_run_tells_of_an_output_that_is_kept_otherwise():
    with policy_changed("grows", "grows.state").start() as daemon:
        contains(daemon.tail(), 'topic_wrong text="grows.state: cleanup.policy is delete, should be compact"')
        equal(daemon.stop(), 0)


def test_verify_gives_up_on_a_broker_that_stands_still_wherever_it_is():
    path = written("still")
    cubed("topics", "-c", path, "--create", "--partitions", 20)
    cubed("verify", "-c", path)
    for seconds in (0.3, 0.6, 0.9):
        doing = subprocess.Popen([str(binary()), "verify", "-c", str(path), "--timeout", "2s"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(seconds)
        the_broker().pause()
        try:
            told = doing.communicate(timeout=30)[1].decode()
        except subprocess.TimeoutExpired:
            doing.kill()
            raise
        finally:
            the_broker().resume()
        holds(doing.returncode in (0, 69), f"{doing.returncode}: {told}")
        wait_until(lambda: cubed("topics", "-c", path, code=None).returncode == 0, 30, "the broker is back", step=0.5)


# ---------------------------------------------------------------- produce

def some_events():
    return [event("complaint", T0 + i, customer=f"c{i}", region="north") for i in range(20)] + [
        event("purchase", T0 + 50, customer="c\u00e91", order="o", revenue=12.5, cost=-3, note="kept"), event("survey", T0 + 60, customer="c2", instrument="nps", value=9),
        event("survey", T0 + 61, employee="e1", theme="pride", value=4, scale=5), event("benchmark", T0 + 62, subject="rival", metric="nps", value=3),
        event("hire", T0 + 63, employee="e2", fte=0.5), event("measurement", T0 + 64, customer="c3", cpi="minutes", value=3)]


def topic_and_key(e):
    hr = e["kind"] == "hire" or "theme" in e
    topic = "hr" if hr else "cpi" if e["kind"] in ("survey", "benchmark", "measurement") else "interactions"
    return topic, e["employee"] if hr else e["subject"] if e["kind"] == "benchmark" else e["customer"]


def check_produced(name, events, decode):
    got = {}
    for topic in ("interactions", "cpi", "hr"):
        for r in read_topic(the_broker().bootstrap, f"{name}.{topic}"):
            got[decode(r.value)["id"]] = (topic, r.key.decode(), r.partition, decode(r.value))
    want = {e["id"]: (*topic_and_key(e), partition_of(topic_and_key(e)[1], PARTITIONS), e) for e in events}
    equal(got, want)


def test_produce_writes_events_where_they_belong():
    path, events = created("sent"), some_events()
    done = cubed("produce", "-c", path, write_events(work / "a.ndjson", events[:10]), write_events(work / "b.ndjson", events[10:]))
    equal((done.stdout, done.stderr), (b"interactions 21, cpi 3, hr 2, refused 0, not delivered 0\n", b""))
    check_produced("sent", events, unpack)


def test_produce_as_json_from_stdin_leaves_the_bytes():
    path, events = created("json"), some_events()
    text = "\n\n".join(json.dumps(e, separators=(" , ", ": ")) for e in events)
    done = cubed("produce", "-c", path, "--as", "json", stdin=text)
    contains(done.stdout.decode(), "interactions 21, cpi 3, hr 2, refused 0")
    check_produced("json", events, json.loads)
    raw = {r.value for t in ("interactions", "cpi", "hr") for r in read_topic(the_broker().bootstrap, f"json.{t}")}
    equal(raw, set(text.encode().split(b"\n\n")))


def test_produce_refuses_bad_lines_and_sends_the_others():
    path = created("bad")
    good = [event("complaint", T0, customer="c1"), event("complaint", T0 + 1, customer="c2")]
    lines = [json.dumps(good[0]), "{broken", "", json.dumps(event("purchase", T0, customer="c1", order="o")), json.dumps(event("no.such", T0)), "[1]",
             json.dumps({**good[0], "v": 2}), json.dumps({**good[0], "ts": "now"}), json.dumps(event("complaint", T0)), json.dumps(event("survey", T0, employee="e1", value=3, scale=5)),
             json.dumps({**good[0], "comment": "x" * 3_000_000}), json.dumps(good[1])]
    (work / "bad.ndjson").write_text("\n".join(lines))
    done = cubed("produce", "-c", path, work / "bad.ndjson", code=65)
    equal(done.stdout, b"interactions 2, cpi 0, hr 0, refused 9, not delivered 0\n")
    told = [line.removeprefix(str(work) + "/") for line in done.stderr.decode().splitlines()]
    reasons = ["2: undecodable", "4: missing_field", "5: unknown_kind", "6: ", "7: version", "8: wrong_type", "9: missing_field", "10: missing_field",
               "11: too_large: the record is longer than 1 MiB"]
    equal(len(told), len(reasons), told)
    for line, reason in zip(told, reasons):
        holds(line.startswith(f"bad.ndjson:{reason}"), f"{line} tells {reason}")
    check_produced("bad", good, unpack)


def test_produce_to_a_named_topic():
    path, e = created("named"), event("complaint", T0, customer="c1")
    equal(cubed("produce", "-c", path, "--topic", "interactions", stdin=json.dumps(e)).stdout[:15], b"interactions 1,")
    equal(cubed("produce", "-c", path, "--topic", "named.interactions", stdin=json.dumps({**e, "id": "x"})).stdout[:15], b"interactions 1,")
    done = cubed("produce", "-c", path, "--topic", "cpi", stdin=json.dumps(e), code=65)
    contains(done.stderr.decode(), "stdin:1: wrong_topic: ")


def test_produce_needs_the_topics():
    done = cubed("produce", "-c", written("none"), "--timeout", "3s", stdin=json.dumps(event("complaint", T0, customer="c1")), code=69)
    contains(done.stderr.decode(), "topic none.interactions is not there: `cubed topics --create` makes it")


def test_produce_sends_many():
    path = created("many")
    events = [event("complaint", T0 + i, customer=f"c{i % 997}") for i in range(30_000)]
    done = cubed("produce", "-c", path, write_events(work / "many.ndjson", events))
    contains(done.stdout.decode(), "interactions 30000, cpi 0, hr 0, refused 0, not delivered 0")
    consumer = KafkaConsumer(bootstrap_servers=the_broker().bootstrap)
    from kafka import TopicPartition
    ends = consumer.end_offsets([TopicPartition("many.interactions", p) for p in range(PARTITIONS)])
    consumer.close()
    equal(sum(ends.values()), 30_000)


# ---------------------------------------------------------------- tap

def run_for_a_while(name, **more):
    """A daemon's outputs: two regions, a dead letter, a late one. Returns the configuration's path."""
    path = created(name, **more)
    keys = [next(f"m{i}" for i in range(1000) if partition_of(f"m{i}", PARTITIONS) == p) for p in range(PARTITIONS)]
    events = [event("complaint", T0 + i * 10_000, customer=f"c{i}", region=("north", "south")[i % 2]) for i in range(20)]
    events += [event("measurement", T0 + 400_000, customer=k, cpi="x", value=1) for k in keys] + [event("selfservice.login", T0 + 400_000, customer=k) for k in keys]
    cubed("produce", "-c", path, write_events(work / f"{name}.ndjson", events))
    with Daemon(config_of(name, **more)) as daemon:
        decode = unpack if more.get("format") == "msgpack" else json.loads
        last = lambda: {r.key: decode(r.value) for r in read_topic(the_broker().bootstrap, f"{name}.state")}
        counted = lambda: sum(state["measures"]["complaints"]["n"] for state in last().values())
        wait_until(lambda: counted() == 40, 30, "all that was sent is published in three scopes", step=0.5)
        wait_until(lambda: read_topic(the_broker().bootstrap, f"{name}.customers"), 30, "customers are published", step=0.5)
        equal(daemon.stop(), 0)
    return path


def tap(path, *arguments, code=0):
    return cubed("tap", "-c", path, *arguments, timeout=40, code=code).stdout


def test_tap_prints_decoded_lines():
    path = run_for_a_while("tapped")
    count = len(read_topic(the_broker().bootstrap, "tapped.state"))
    lines = tap(path, "state", "--from", "earliest", "--count", count).decode().splitlines()
    equal(len(lines), count)
    for line in lines:
        holds(line.startswith("2024-01-01T00:") and " tapped.state " in line and " octant unknown " in line, line)
    equal({line.split()[2] for line in lines}, {"organisation", "region=north", "region=south"})
    contains(tap(path, "customers", "--from", "earliest", "--count", 1).decode(), "tapped.customers c")


def test_tap_as_json_is_what_another_client_reads():
    records = read_topic(the_broker().bootstrap, "tapped.state")
    lines = lines_of(tap(work / "tapped.yaml", "state", "--from", "earliest", "--json", "--count", len(records)))
    by_order = lambda pairs: sorted((k, json.dumps(v)) for k, v in pairs)
    equal(by_order((x["key"], x["value"]) for x in lines), by_order((r.key.decode(), json.loads(r.value)) for r in records))
    equal({x["topic"] for x in lines}, {"tapped.state"})
    equal(sorted(x["ts"] for x in lines), sorted(r.timestamp for r in records))


def test_a_topic_that_is_named_twice_is_followed_once():
    count = len(read_topic(the_broker().bootstrap, "tapped.state"))
    once = tap(work / "tapped.yaml", "state", "--from", "earliest", "--json", "--count", count)
    for names in (["state", "state"], ["state", "tapped.state"] * 10):
        equal(sorted(tap(work / "tapped.yaml", *names, "--from", "earliest", "--json", "--count", count).splitlines()), sorted(once.splitlines()), names)


def test_tap_of_one_scope():
    for scope in ("region=north", "region=south", "organisation"):
        lines = lines_of(tap(work / "tapped.yaml", "tapped.state", "--from", "earliest", "--json", "--scope", scope, "--count", 1))
        equal([x["key"] for x in lines], [scope])


def test_tap_decodes_messagepack():
    path = run_for_a_while("packed", format="msgpack")
    before = schema.judged["cube.state"]  # in JSON, by the tests before
    records = read_topic(the_broker().bootstrap, "packed.state")
    equal(schema.judged["cube.state"] - before, len(records), "records held against their schema")
    equal([r.headers for r in records if dict(r.headers)["content-type"] != b"application/msgpack"], [])
    lines = lines_of(tap(path, "state", "--from", "earliest", "--json", "--count", len(records)))
    by_order = lambda pairs: sorted((k, json.dumps(v, sort_keys=True)) for k, v in pairs)
    equal(by_order((x["key"], x["value"]) for x in lines), by_order((r.key.decode(), unpack(r.value)) for r in records))
    contains(tap(path, "state", "--from", "earliest", "--count", 1).decode(), " octant unknown ")
    states = {k: unpack(v) for k, v in ((r.key.decode(), r.value) for r in records)}
    plain = last_per_key(read_topic(the_broker().bootstrap, "tapped.state"))
    same = lambda state: {k: v for k, v in state.items() if k != "model"}
    equal({k: same(v) for k, v in states.items()}, {k: same(v) for k, v in plain.items()}, "the same map in both formats")


def test_tap_follows_and_leaves_on_a_signal():
    path = created("followed")
    config = config_of("followed")
    process = subprocess.Popen([str(binary()), "tap", "-c", str(path), "dead_letters", "--timeout", "10s"], stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    try:
        with Daemon(config) as daemon:
            # Where "latest" is, the command finds out some time after its start: again until it shows one.
            def shown():
                kcat(json.dumps({"v": 2}), "followed.interactions")
                return select.select([process.stdout], [], [], 1)[0]
            wait_until(shown, 20, "a line of a record that came while it followed")
            line = process.stdout.readline().decode()
            contains(line, " followed.dead_letters c1 reason=version detail=")
            contains(line, "source.topic=followed.interactions source.partition=0")
            equal(daemon.stop(), 0)
        process.send_signal(signal.SIGINT)
        equal(process.wait(10), 0, "exit code")
    finally:
        process.kill()


def kcat(lines, topic):
    subprocess.run(["kcat", "-P", "-b", the_broker().bootstrap, "-t", topic, "-p", "0", "-k", "c1"], input=lines.encode(), check=True, timeout=90)


def test_commands_end_though_their_clients_do_not():
    """librdkafka 2.0.2 sometimes waits for ever for a thread of its own when a client is destroyed."""
    stuck = work / "stuck.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", stuck, "-"], check=True, timeout=60,
                   input=b"#include <unistd.h>\nvoid rd_kafka_destroy_flags(void *rk, int flags) { (void)rk; (void)flags; for (;;) { pause(); } }\n")
    path, events = created("stuck"), write_events(work / "stuck.ndjson", [event("complaint", T0, customer="c")])
    for rest in (["topics", "-c", path], ["produce", "-c", path, events], ["tap", "-c", path, "interactions", "--from", "earliest", "--count", "1"],
                 ["verify", "-c", path], ["check", "-c", path]):
        begun = time.monotonic()
        done = subprocess.run([str(binary()), *map(str, rest)], env={**os.environ, "LD_PRELOAD": str(stuck)}, capture_output=True, timeout=60)
        equal(done.returncode, 0, f"{rest[0]}: {done.stdout}{done.stderr}")
        holds(time.monotonic() - begun < 45, f"{rest[0]} waits for its client")


def test_tap_of_a_topic_that_is_not_there():
    done = cubed("tap", "-c", written("gone"), "state", "--timeout", "3s", code=69, timeout=30)
    contains(done.stderr.decode(), "gone.state")
    equal(done.stdout, b"")


def test_tap_into_a_pipe_that_closes():
    """`cubed tap | head -1` ends, although nothing more comes that could be written to it."""
    command = f"set -o pipefail; timeout 30 {binary()} tap -c {work}/tapped.yaml state --from earliest | head -n 1"
    process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, env=os.environ)
    out, _ = process.communicate(timeout=90)
    equal((process.returncode, out.count(b"\n")), (0, 1))


def test_tap_onto_a_full_disk_fails():
    """Also with a record that is larger than the buffer of the output."""
    path = created("full")
    kcat("x" * 40_000, "full.dead_letters")
    for config, arguments in ((work / "tapped.yaml", ("state",)), (path, ("dead_letters", "--json"))):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(binary()), "tap", "-c", str(config), *arguments, "--from", "earliest", "--count", "2"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=40, check=False)
        equal(done.returncode, 1)
        contains(done.stderr.decode(), "cubed tap: the output cannot be written: No space left on device")


def test_tap_counts_upwards():
    for count in ("0", "-3", "x", ""):
        cubed("tap", "-c", work / "tapped.yaml", "--count", count, code=64)


if __name__ == "__main__":
    main()
