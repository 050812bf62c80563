#!/usr/bin/env python3
"""Bad input on a real broker: every reason, bytes and headers untouched, counters that add up, and what too many
dead letters do."""
import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

import bad_records as bad
from broker import Broker
from committed import read_topic
from daemon import Daemon
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from program import cubed, folder, write_config
from tap import contains, equal, holds, main, wait_until
from wire import pack, partition_of

PARTITIONS = 2
OUTCOMES = ("applied", "duplicate", "late", "dead_letter", "ignored")
# Names may repeat, values may be empty or no text, and a name may be one of ours.
HEADERS = [("trace", b"abc"), ("empty", b""), ("bytes", b"\xff\x00\xfe"), ("trace", b"again"), ("cubed.reason", b"from outside"),
           ("n\u00e4me", "w\u00e9rt".encode())]
OURS = ["cubed.reason", "cubed.detail", "cubed.source.topic", "cubed.source.partition", "cubed.source.offset"]
broker = None


def the_broker():
    global broker
    # Records beyond 1 MiB must get as far as cubed.
    broker = broker or Broker(properties={"message.max.bytes": 8_000_000, "replica.fetch.max.bytes": 8_000_000}).start()
    return broker


def teardown():
    if broker:
        broker.close()


def config_of(name, **limits):
    topics = {t: f"{name}.{t}" for t in ("interactions", "cpi", "hr", "state", "changes", "alerts", "customers", "late", "dead_letters")}
    return {"version": 1, "name": name, "pack": "none", "kafka": {"bootstrap.servers": the_broker().bootstrap}, "topics": topics,
            "time": {"idle_after": "never"}, "limits": {"dead_letter_share": 1, **limits}, "publish": {"customers": "none"},
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}]}


def create_topics(config):
    with folder() as place:
        cubed("topics", "-c", write_config(place / "config.yaml", config), "--create", "--partitions", PARTITIONS)


class Sender:
    """Writes records with kafka-python, partitioned as the contract says, and remembers where each one lies."""

    def __init__(self, name):
        self.name, self.sent, self.read_by = name, {}, {}
        self.producer = KafkaProducer(bootstrap_servers=the_broker().bootstrap, acks="all", linger_ms=2, max_request_size=8_000_000,
                                      buffer_memory=64_000_000, max_in_flight_requests_per_connection=1)

    def send(self, records, headers=HEADERS):
        """records: (topic, key, value, what they are)."""
        futures = []
        for topic, key, value, what in records:
            partition = partition_of(key, PARTITIONS) if key is not None else 0
            futures.append((self.producer.send(f"{self.name}.{topic}", key=key, value=value, partition=partition, headers=headers), key, value, what))
            self.read_by[topic] = self.read_by.get(topic, 0) + 1
        self.producer.flush(60)
        for future, key, value, what in futures:
            m = future.get(30)
            self.sent[(m.topic, m.partition, m.offset)] = (key, value, what)
        return self

    def count(self):
        return len(self.sent)


def good(**fields):
    e = bad.complaint(**fields)
    return "interactions", e["customer"].encode(), pack(e), "applied"


def all_read(daemon, count, seconds=60):
    wait_until(lambda: sum(daemon.outcomes().values()) >= count, seconds, f"{count} records read: {daemon.outcomes()}")


def refused(topic):
    """{(topic, partition, offset) of the source: record}, each once."""
    out = {}
    for r in read_topic(the_broker().bootstrap, topic):
        ours = dict(r.headers[-5:])
        source = (ours["cubed.source.topic"].decode(), int(ours["cubed.source.partition"]), int(ours["cubed.source.offset"]))
        holds(source not in out, f"{source} is refused once")
        out[source] = r
    return out


def check_untouched(sender, found, wanted):
    """wanted: reasons of the topic. Every record of these reasons is there, no other, and as it was sent."""
    want = {source: sent for source, sent in sender.sent.items() if sent[2] in wanted}
    equal(sorted(set(want) - set(found)), [], "sources of records that are not there")
    equal(sorted(set(found) - set(want)), [], "sources of records that should not be there")
    for source, (key, value, reason) in want.items():
        r = found[source]
        equal((r.key, r.value), (key, value), f"{source}: key and value")
        equal([h for h, _ in r.headers[-5:]], OURS, f"{source}: headers of ours")
        equal(r.headers[:-5], HEADERS, f"{source}: headers as they came")
        equal(dict(r.headers[-5:])["cubed.reason"].decode(), reason, f"{source}: reason ({dict(r.headers[-5:])['cubed.detail'].decode()})")


def by_the_watermark_and_the_clock():
    """The head of the partition comes first: what is a day and 2 s older is late. Then what is ahead of the clock."""
    now = int(time.time() * 1000)
    late = [good(ts=bad.T0 - bad.DAY - 2001)[:3] + ("late",), good(ts=1)[:3] + ("late",),
            ("cpi", b"c1", pack(bad.measured(ts=bad.T0 - 400 * bad.DAY)), "late"), ("hr", b"e1", pack(bad.hr("hire", ts=5)), "late")]
    heads = [good(), ("cpi", b"c1", pack(bad.measured()), "applied"), ("hr", b"e1", pack(bad.hr("hire")), "applied")]
    future = [("interactions", b"c1", pack(bad.complaint(ts=now + 3_600_000)), "future"), ("cpi", b"c1", bad.text(bad.measured(ts=now + 400 * bad.DAY)), "future"),
              ("hr", b"e1", pack(bad.hr("hire", ts=253_402_300_799_999)), "future")]
    on_the_edge = [good(ts=bad.T0 - bad.DAY - 2000)]
    return heads + late + on_the_edge + future, [good(ts=int(time.time() * 1000) + 60_000)]


def all_records():
    repeated = bad.complaint(id="twice")
    records, last = by_the_watermark_and_the_clock()
    for _, topic, key, value, reason in bad.all_cases():
        records += [(topic, key, value, reason), good()]
    records += [(topic, key, value, "ignored") for _, topic, key, value in bad.ignored_cases()]
    records += [(topic, key, value, "applied") for _, topic, key, value in bad.odd_but_good()]
    same = ("interactions", b"c1", pack(repeated))
    return records + [same + ("applied",)] + [same + ("duplicate",)] * 3 + last


def outcome_of(what):
    return what if what in OUTCOMES else "dead_letter"


def test_every_reason_live_untouched_and_counted():
    config, sender = config_of("live"), Sender("live")
    create_topics(config)
    with Daemon(config) as daemon:
        sender.send(all_records())
        all_read(daemon, sender.count())
        want = {o: sum(outcome_of(what) == o for _, _, what in sender.sent.values()) for o in OUTCOMES}
        equal(daemon.outcomes(), want, "outcomes")
        equal(sum(want.values()), sender.count())
        by_topic = {t: sum(v for k, v in daemon.metrics().items() if k.startswith("cubed_records_total{") and f'"live.{t}"' in k) for t in sender.read_by}
        equal(by_topic, sender.read_by, "per topic they add up to what was read")
        equal(daemon.get("/readyz")[0], 200, "ready all along")
        wait_until(lambda: len(refused("live.dead_letters")) == want["dead_letter"], 20, "what was read is committed", step=0.5)
        equal(daemon.stop(), 0, "exit code")
    reasons = set(bad.REASONS) - {"late"}
    check_untouched(sender, refused("live.dead_letters"), reasons)
    check_untouched(sender, refused("live.late"), {"late"})
    equal({what for _, _, what in sender.sent.values()} & set(bad.REASONS), set(bad.REASONS), "every reason was tried")
    print(f"# {sender.count()} records: {want}")


def test_a_header_without_value_stays_without():
    """kafka-python sends none, kcat does."""
    config = config_of("null")
    create_topics(config)
    with Daemon(config) as daemon:
        for value in (b"{", b"[]"):
            command = ["kcat", "-P", "-b", the_broker().bootstrap, "-t", "null.interactions", "-p", "1", "-k", "c1", "-H", "null", "-H", "empty=", "-H", "full=x"]
            subprocess.run(command, input=value, check=True, timeout=90)
        wait_until(lambda: len(refused("null.dead_letters")) == 2, 20, "both are dead letters", step=0.5)
        equal(daemon.stop(), 0)
    found = refused("null.dead_letters")
    equal([(r.value, r.headers[:-5]) for r in found.values()], [(v, [("null", None), ("empty", b""), ("full", b"x")]) for v in (b"{", b"[]")])


def large_headers(count, size):
    return [(f"h{i}", b"x" * size) for i in range(count)]


def cut_letters(topic):
    """{(partition, offset) of the source: (what is cut, the record)}; what cubed says of the source is there all the same."""
    out = {}
    for r in read_topic(the_broker().bootstrap, topic):
        ours = dict(r.headers)
        cut = ours.get("cubed.cut", b"").decode()
        equal([h for h, _ in r.headers if h.startswith("cubed.")][-5 - bool(cut):], OURS + ["cubed.cut"] * bool(cut), cut)
        out[(int(ours["cubed.source.partition"]), int(ours["cubed.source.offset"]))] = cut, r
    return out


def limit_topic(topic, size):
    """A broker goes on taking larger ones for a moment."""
    admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(size)})])
    admin.close()
    time.sleep(2)


def test_no_record_is_so_large_that_its_dead_letter_stops_the_daemon():
    """Larger than the client takes; then than the topic does, which shows when the broker refuses it."""
    config, sender = config_of("cut"), Sender("cut")
    create_topics(config)
    one = lambda key, value, headers: sender.send([("interactions", key, value, None)], headers)
    with Daemon(config) as daemon:
        one(b"c1", b"{", large_headers(60, 30_000))
        one(b"c1", b"{" * 3_000_000, HEADERS)
        one(b"c1", b"{" * 3_000_000, large_headers(60, 30_000))
        one(b"c" * 2_000_000, b"{" * 2_000_000, large_headers(60, 30_000))
        one(b"c1", b"{", HEADERS)
        wait_until(lambda: len(cut_letters("cut.dead_letters")) == 5, 20, "five letters", step=0.5)
        limit_topic("cut.dead_letters", 3000)
        one(b"c1", b"{", large_headers(1, 20_000))
        one(b"c1", b"{" * 20_000, HEADERS)
        one(b"c1", b"{" * 20_000, large_headers(2, 15_000))
        one(b"c1", b"{", HEADERS)
        wait_until(lambda: len(cut_letters("cut.dead_letters")) == 9, 40, "nine letters", step=0.5)
        equal(daemon.stop(), 0, "exit code")
        contains(daemon.log.read_text(), "it goes without headers: cut.interactions[")
    cuts = ["headers", "value", "value,headers", "value,headers,key", "", "headers", "value", "value,headers", ""]
    found = cut_letters("cut.dead_letters")
    equal({source: cut for source, (cut, _) in found.items()}, {(p, o): cut for (_, p, o), cut in zip(sender.sent, cuts)})
    for (_, p, o), (key, value, _) in sender.sent.items():
        cut, r = found[(p, o)]
        equal((r.key, r.value), (None if "key" in cut else key, None if "value" in cut else value), cut)


def test_what_cubed_says_of_a_letter_is_read_whatever_headers_it_came_with():
    """As many as are kept of a record, and a late one with few."""
    config, sender = config_of("many"), Sender("many")
    create_topics(config)
    with Daemon(config) as daemon:
        sender.send([("interactions", b"c1", b"{", None)], [(f"h{i}", b"x") for i in range(70)])
        sender.send([good()[:3] + (None,), good(ts=1)[:3] + (None,)], [("trace", b"7"), ("bytes", b"\xff"), ("null", None)][:2])
        wait_until(lambda: len(read_topic(the_broker().bootstrap, "many.late")) == 1, 20, "the late one is there", step=0.5)
        wait_until(lambda: len(read_topic(the_broker().bootstrap, "many.dead_letters")) == 1, 20, "the dead letter is there", step=0.5)
        equal(daemon.stop(), 0)
    with folder() as place:
        path = write_config(place / "config.yaml", config)
        lines = [json.loads(x) for x in cubed("tap", "-c", path, "late", "dead_letters", "--from", "earliest", "--json", "--count", 2, timeout=60).stdout.splitlines()]
        dead, late = sorted(lines, key=lambda x: x["topic"])
        equal((dead["value_b64"], dead["headers"]["cubed.reason"], len(dead["headers"])), ("ew==", "undecodable", 64))
        equal((late["value"]["ts"], late["headers"]["cubed.reason"], late["headers"]["trace"]), (1, "late", "7"))
        equal((late["headers"]["cubed.source.topic"], late["headers_b64"]), ("many.interactions", [["bytes", "/w=="]]))
        cubed("verify", "-c", path, timeout=60)


def shuffled_in(bads, goods):
    broken = ("interactions", b"c1", b"{", "undecodable")
    return [broken] * bads + [good(ts=bad.T0 + i) for i in range(goods)]


def test_too_many_dead_letters_make_it_not_ready_until_they_are_few_again():
    config, sender = config_of("share", dead_letter_share=0.05), Sender("share")
    create_topics(config)
    with Daemon(config) as daemon:
        sender.send(shuffled_in(500, 9_500), headers=[])
        all_read(daemon, 10_000)
        time.sleep(0.5)
        equal(daemon.get("/readyz")[0], 200, "5 % is not above 5 %")
        sender.send(shuffled_in(600, 0), headers=[])
        wait_until(lambda: daemon.get("/readyz")[0] == 503, 20, "not ready")
        contains(daemon.get("/readyz?verbose")[1], "too many dead letters")
        wait_until(lambda: " app not_ready " in daemon.log.read_text(), 10, "and the log says so, which looks each second")
        equal(daemon.get("/livez")[0], 200, "it lives on")
        sender.send(shuffled_in(0, 400), headers=[])  # the 11,000th
        page = lambda: json.loads(daemon.get("/api/v1/alerts")[1])["alerts"]
        wait_until(lambda: [a["labels"]["alertname"] for a in page()] == ["DeadLetterShare"], 60, "the page shows it")
        equal(daemon.metrics().get('cubed_alerts{alertname="DeadLetterShare",status="firing"}'), 1)
        contains(daemon.log.read_text(), "dead_letter_share")
        sender.send(shuffled_in(0, 10_100), headers=[])
        wait_until(lambda: daemon.get("/readyz")[0] == 200, 60, "ready again")
        all_read(daemon, 21_100)
        equal(page(), [])
        wait_until(lambda: len(read_topic(the_broker().bootstrap, "share.alerts")) >= 2, 20, "the end of the alert is committed", step=0.5)
        wait_until(lambda: 'ready text="again"' in daemon.log.read_text(), 10, "and the log says so")
        equal(daemon.stop(), 0)
        said = [re.sub(r' url=.*', '', line.split(" app ", 1)[1]) for line in daemon.log.read_text().splitlines() if re.search(r" app (not_)?ready ", line)]
        equal(said, ["ready", 'not_ready text="too many dead letters"', 'ready text="again"'], "the log tells when it becomes so")
    # Judged at every 1,000th record of the task: at the 11,000th 600 of the last 10,000 are dead letters, at the 21,000th none is.
    told = [json.loads(r.value) for r in read_topic(the_broker().bootstrap, "share.alerts")]
    equal([(a["status"], a["value"], a["n"]) for a in told], [("firing", 0.06, 10_000), ("resolved", 0.0, 10_000)])
    task = f"customers-{partition_of(b'c1', PARTITIONS)}"
    equal(told[0]["labels"], {"alertname": "DeadLetterShare", "task": task, "severity": "page"})
    equal(told[1]["fingerprint"], told[0]["fingerprint"])


def test_dead_letter_stop_ends_it_with_65_and_loses_nothing():
    config, sender = config_of("stop", dead_letter_share=0.05, dead_letter_stop=True), Sender("stop")
    create_topics(config)
    sender.send(shuffled_in(501, 9_499), headers=[])
    with Daemon(config) as daemon:
        wait_until(lambda: daemon.exit_code is not None, 30, "it ends")
        equal(daemon.exit_code, 65, "exit code")
        contains(daemon.log.read_text(), "dead_letter_share")
    with Daemon(config_of("stop", dead_letter_share=0.05)).start(ready_within=None) as daemon:  # not ready: it remembers the letters
        sender.send([good(ts=bad.T0 + 20_000)], headers=[])
        wait_until(lambda: daemon.metrics().get("cubed_input_lag_records") == 0, 30, "all is read")
        wait_until(lambda: len(refused("stop.dead_letters")) == 501, 20, "every dead letter is there", step=0.5)
        equal(daemon.stop(), 0)
    equal(len(refused("stop.dead_letters")), 501, "each once")


if __name__ == "__main__":
    main()
