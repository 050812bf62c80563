#!/usr/bin/env python3
"""Local copies of changelogs on a real broker: whatever happens to process, topics and files, what comes out is what a
process without copies that never stopped wrote of the same records."""
import random
import re
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

from broker import Broker
from committed import last_per_key, read_topic
from daemon import Daemon
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient
from program import cubed, folder, write_config
from tap import equal, holds, main, wait_until
from wire import pack, partition_of

PARTITIONS = 2
OUTPUTS = ("state", "changes", "alerts", "customers", "late", "dead_letters")
CHANGELOGS = ("customers", "employees", "scopes")
T0 = 1_704_067_200_000
OF_OPERATORS = Path(__file__).resolve().parents[2] / "daemon" / "os" / "README.md"
broker = None


def the_broker():
    global broker
    broker = broker or Broker().start()
    return broker


def teardown():
    if broker:
        broker.close()


def config_of(story, name, copies, redo, horizon="1h"):
    topics = {t: f"{story}.{t}" for t in ("interactions", "cpi", "hr")} | {t: f"{name}.{t}" for t in OUTPUTS}
    return {"version": 1, "name": name, "pack": "none", "kafka": {"bootstrap.servers": the_broker().bootstrap}, "topics": topics,
            "time": {"idle_after": "never", "out_of_order": "0s"}, "cube": {"tick": "1s"}, "scopes": ["region"], "publish": {"customers": "all"},
            "changelog": {"redo": redo}, "dedup": {"horizon": horizon}, "checkpoint": {"dir": str(copies) if copies else "none"},
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "1h"},
                         {"name": "revenue", "aggregation": "sum", "from": {"kind": "purchase", "value": "revenue"}, "window": "1h"}]}


def create_topics(config):
    with folder() as place:
        cubed("topics", "-c", write_config(place / "config.yaml", config), "--create", "--partitions", PARTITIONS)


class World:
    """One story of records, a daemon with copies that things happen to, and one without that they do not happen to."""

    def __init__(self, story, place, redo, horizon):
        self.story, self.copies, self.count, self.random = story, place / "copies", 0, random.Random(story)
        self.copies.mkdir()
        self.config, plain = (config_of(story, f"{story}-{name}", copies, redo, horizon) for name, copies in (("copied", self.copies), ("plain", None)))
        create_topics(self.config)
        create_topics(plain)
        self.daemon, self.plain, self.base = Daemon(self.config), Daemon(plain).start(), 0
        self.start()
        self.producer = KafkaProducer(bootstrap_servers=the_broker().bootstrap, acks="all", linger_ms=2,
                                      max_in_flight_requests_per_connection=1)

    def start(self, base=None):
        """base: records that the next process need not take."""
        self.base = self.count if base is None else base
        self.daemon.start()

    def feed(self, count=400):
        for _ in range(count):
            self.count += 1
            key = f"c{self.random.randrange(60)}"
            e = {"v": 1, "id": f"e{self.count}", "ts": T0 + 100 * self.count, "customer": key, "region": self.random.choice(("north", "south")),
                 **self.random.choice(({"kind": "complaint"}, {"kind": "purchase", "order": f"o{self.count}", "revenue": self.count % 97}))}
            self.producer.send(f"{self.story}.interactions", key=key.encode(), value=pack(e), partition=partition_of(key.encode(), PARTITIONS))
        self.producer.flush(30)
        self.read_by(self.daemon, self.count - self.base)
        self.read_by(self.plain, self.count)

    def read_by(self, daemon, count):
        wait_until(lambda: sum(daemon.outcomes().values()) >= count, 60, f"{count} records taken")

    def last(self, name, topic):
        return last_per_key(read_topic(the_broker().bootstrap, f"{name}.{topic}"))

    def same(self, topic):
        copied, plain = (self.last(f"{self.story}-{name}", topic) for name in ("copied", "plain"))
        return copied == plain

    def committed(self, name):
        admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
        offsets = admin.list_consumer_group_offsets(f"{self.story}-{name}")
        admin.close()
        return sum(o.offset for p, o in offsets.items() if p.topic.endswith(".interactions") and o.offset > 0)

    def landed(self):
        """Waits until all that was fed is committed and published."""
        wait_until(lambda: all(self.committed(name) >= self.count for name in ("copied", "plain")), 60, "all is committed")
        wait_until(lambda: self.same("customers"), 60, "the same customers")
        holds(len(self.last(self.config["name"], "customers")) > 50, "there are some")

    def outcome_holds(self):
        self.landed()
        wait_until(lambda: self.same("state"), 60, "the same states")
        holds(self.same("alerts"), "what a disk does is in no output")
        equal(cubed("verify", "-c", self.daemon.config, timeout=120).returncode, 0, "verify")

    def copied(self):
        """Records read back from copies, and what was wrong with these by name, of this process."""
        m = self.daemon.metrics()
        wrong = {k.split('"')[1]: int(v) for k, v in m.items() if k.startswith("cubed_checkpoint_troubles_total") and v}
        return int(m["cubed_checkpoint_read_records_total"]), wrong

    def files(self):
        return [p for p in self.copies.rglob("*") if p.is_file() and p.stat().st_size > 0]

    def close(self):
        self.daemon.kill()
        self.plain.kill()
        self.producer.close()


def in_world(story, happens, redo=0, horizon="1h"):
    with folder() as place:
        w = World(story, place, redo, horizon)
        try:
            w.feed()
            w.landed()
            happens(w)
            w.feed()
            w.outcome_holds()
        finally:
            w.close()


def codecs_of(topic):
    """How the batches of records in a topic's logs are compressed, by the number of the codec; those that end transactions left out."""
    found = set()
    for log in (the_broker().folder / "data").glob(f"{topic}-[0-9]/*.log"):
        data, at = log.read_bytes(), 0
        while at + 61 <= len(data):  # base offset, length, epoch, magic, checksum, attributes: 8, 4, 4, 1, 4, 2 bytes
            attributes = int.from_bytes(data[at + 21:at + 23], "big")
            found |= set() if attributes & 32 else {attributes & 7}
            at += 12 + int.from_bytes(data[at + 8:at + 12], "big")
    return found


def test_changelogs_are_lz4_and_outputs_are_as_they_are():
    def happens(w):
        w.landed()
        equal([codecs_of(f"{w.config['name']}-changelog-{c}") for c in ("customers", "scopes")], [{3}, {3}])
        equal([codecs_of(f"{w.config['name']}{t}") for t in ("-partials", ".state")], [{0}, {0}])
    in_world("codecs", happens)


def test_restarts_go_on_from_the_copies():
    def happens(w):
        for end in (w.daemon.stop, w.daemon.kill, w.daemon.kill, w.daemon.stop):
            end()
            w.start()
            read, wrong = w.copied()
            holds(read > 50 and wrong == {}, f"{read} records read back, wrong: {wrong}")
            w.feed(100)
    in_world("ends", happens)


def again(daemon):
    """Records that a restart reads again: without the copies, and with them."""
    m = daemon.metrics()
    return m["cubed_redo_records"], m["cubed_checkpoint_redo_records"]


def test_a_clean_stop_commits_what_was_read_and_notes_what_the_changelog_has_not():
    def happens(w):
        own = w.daemon
        for elsewhere in (False, True, False):
            w.feed(150)
            equal(w.daemon.stop(), 0, "exit")
            if elsewhere:  # others commit behind what was noted
                w.daemon, w.base = Daemon({**w.config, "checkpoint": {"dir": "none"}}).start(), w.count
                w.feed(150)
                w.daemon.stop()
                w.daemon = own
            w.start()
            read, wrong = w.copied()
            equal(wrong, {}, "wrong")
            # Of the copies each key's last record alone is given: some of scopes, and what each task has committed.
            holds(read > 10 and w.daemon.metrics()["cubed_dirty_entities"] > 50, f"{read} records read back, {w.daemon.metrics()}")
        w.feed(100)
        w.daemon.kill()  # the changelog and the inputs have it all
        w.start()
    in_world("stops", happens, redo=100_000)


def test_after_a_kill_only_what_came_since_the_last_notes_is_done_again():
    def happens(w):
        for _ in range(3):  # notes are made each five seconds
            w.feed(100)
            w.landed()
            time.sleep(5)
        w.feed(30)
        w.landed()
        without, noted = again(w.daemon)
        holds(0 < noted < without / 2, f"{without} records to read again without copies, {noted} with them")
        plain = again(w.plain)
        equal(plain[0], plain[1], "nothing is noted without copies")
        w.daemon.kill()
        w.start()
        equal(w.copied()[1], {}, "wrong")
        holds(again(w.daemon)[0] > without / 2, "the changelog lacks as much as before")
    in_world("notes", happens, redo=100_000, horizon="1s")


def test_a_changelog_that_was_made_anew_is_read_from_its_start():
    def happens(w):
        w.daemon.stop()
        admin = KafkaAdminClient(bootstrap_servers=the_broker().bootstrap)
        name = w.config["name"]
        admin.delete_topics([f"{name}-changelog-{c}" for c in CHANGELOGS] + [f"{name}-partials"] + [f"{name}.{t}" for t in OUTPUTS])
        wait_until(lambda: not [t for t in admin.list_topics() if t.startswith(name)], 30, "topics are gone")
        wait_until(lambda: admin.delete_consumer_groups([name])[0][1].errno == 0, 60, "the group is empty and gone")
        admin.close()
        create_topics(w.config)
        w.start(base=0)
        w.read_by(w.daemon, w.count)
        w.daemon.stop()
        w.start()
        equal(w.copied()[1], {}, "wrong with the copies begun anew")
    in_world("anew", happens)


def test_copies_of_another_application_are_not_taken():
    def happens(w):
        other = config_of("foreign", "foreign-other", w.copies, 0)
        w.daemon.stop()
        create_topics(other)
        d = Daemon(other).start()
        read = int(d.metrics()["cubed_checkpoint_read_records_total"])
        d.stop()
        equal(read, 0, "records taken of copies of another application")
        w.start()
    in_world("foreign", happens)


def test_files_that_end_anywhere_are_older_copies():
    def happens(w):
        for cut in (1, 7, 100):
            wait_until(lambda: len(w.files()) >= 4, 30, "copies of two tasks of customers and two of scopes")
            w.daemon.kill()
            for path in w.files():
                with open(path, "r+b") as f:
                    f.truncate(max(0, path.stat().st_size - cut))
            w.start()
            w.feed(50)
        w.daemon.stop()
        shutil.rmtree(w.copies)
        w.copies.mkdir()
        w.start()
    in_world("torn", happens)


def rule_fires(rule, metrics):
    """The rule that operators are given for Prometheus: one series and a bound. It must be there when nothing is wrong, too."""
    return metrics[rule[0]] > float(rule[1])


def test_a_directory_that_is_not_there_is_told_and_done_without():
    def happens(w):
        before = w.daemon.metrics()
        w.daemon.stop()
        shutil.rmtree(w.copies)
        holds(not rule_fires(rule, before), "not with a good directory")
        w.start()
        holds("directory" in w.copied()[1], f"told: {w.copied()}")
        alerts = [a for a in w.daemon.json("/api/v1/alerts")["alerts"] if a["labels"]["alertname"] == "CheckpointTrouble"]
        tasks = {f"{c}-{p}" for c in CHANGELOGS for p in range(PARTITIONS)}
        equal({(a["labels"]["task"], a["status"]) for a in alerts}, {(t, "firing") for t in tasks})
        holds(rule_fires(rule, w.daemon.metrics()), "as long as there is none")
    rule = re.search(r"^ +expr: (\S+) > (\d+)$", OF_OPERATORS.read_text(encoding="utf-8"), re.M).groups()
    in_world("gone", happens)


if __name__ == "__main__":
    main()
