#!/usr/bin/env python3
"""The Kafka adapter by itself on a real broker: a consume-transform-produce program on the log port stays
exactly once under kill -9 at every named point, fencing, stops, and brokers that go away. Needs a build with
crash points; CUBED_BUILD names it (default build/crash)."""
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from broker import NEWEST, Broker
from cache import use_venv
from scratch import scratch
from tap import PATIENCE, Failed, alone, contains, equal, fail, holds, main, wait_until

use_venv()
from committed import read_each
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import MessageSizeTooLargeError

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / os.environ.get("CUBED_BUILD", "build/crash") / "tests/kafka_adapter"
PARTITIONS = 4
POINTS = ["before_begin", "after_begin", "before_produce", "after_produce", "before_offsets", "after_offsets",
          "before_commit", "after_commit", "changelog_flush", "restore_begin", "restore_middle"]


class Bench:
    """One set of topics with records and the workers on them."""

    def __init__(self, broker, name):
        self.broker, self.name, self.filled, self.workers, self.folder = broker, name, 0, [], scratch("cubed-adapter-")
        self.logs = {}
        self.run("topics", str(PARTITIONS))

    def run(self, command, *arguments):
        subprocess.run([ADAPTER, command, self.broker.bootstrap, self.name, *arguments], check=True,
                       timeout=60 * PATIENCE, stderr=subprocess.DEVNULL)

    def fill(self, count):
        self.run("fill", str(self.filled), str(count))
        self.filled += count

    def start(self, instance="1", crash=None, **more):
        env = {**os.environ, "PAUSE_MS": "5", **more}
        if crash:
            env["CUBED_CRASH"] = crash
        log = self.folder / str(len(self.logs))
        with open(log, "wb") as out:  # a pipe that nobody empties would hold it up
            w = subprocess.Popen([ADAPTER, "work", self.broker.bootstrap, self.name, instance, "0"], env=env, stdout=out, stderr=out)
        self.workers.append(w)
        self.logs[w] = log
        return w

    def said(self, w):
        return self.logs[w].read_text(errors="replace")

    def said_by_all(self):
        return "".join(f"\n{log.name}:\n{log.read_text(errors='replace')[-3000:]}" for log in self.logs.values())

    def stop(self, w, how=signal.SIGTERM):
        if w.poll() is None:
            w.send_signal(how)
        return w.wait(60 * PATIENCE), self.said(w)

    def stop_all(self):
        return [self.stop(w) for w in self.workers]

    def written(self):
        done = subprocess.run(["kcat", "-q", "-C", "-e", "-b", self.broker.bootstrap, "-t", f"{self.name}-state", "-f", "%p\\n",
                               "-X", "isolation.level=read_committed"], capture_output=True, timeout=60 * PATIENCE)
        return done.stdout.count(b"\n")

    def output(self):
        return read(self.broker, f"{self.name}-state")

    def wait_done(self, seconds=60):
        def done():
            holds(any(w.poll() is None for w in self.workers), f"a worker is there{self.said_by_all()}")
            return self.written() >= self.filled
        try:
            wait_until(done, seconds, f"{self.filled} records of output", step=0.5)
        except Failed as late:
            raise Failed(f"{late}, {self.written()} are there{self.said_by_all()}") from late

    def check(self):
        """Each input record stands once in the output, with its number in its partition."""
        offsets, rows = {}, {}
        for value in self.output():
            partition, offset, count = map(int, value.split())
            rows.setdefault(partition, []).append((offset, count))
        total = 0
        for partition, found in rows.items():
            found.sort()
            equal([c for _, c in found], list(range(1, len(found) + 1)), f"counts of partition {partition}")
            total += len(found)
            offsets[partition] = [o for o, _ in found]
            equal(len(set(offsets[partition])), len(found), "every offset once")
        equal(total, self.filled, "records of output")


def is_refused(broker, topic, size):
    """A record of that size, with a key: compacted topics want one. What is taken all the same is aborted."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=f"probe-{topic}", acks="all")
    producer.init_transactions()
    producer.begin_transaction()
    try:
        producer.send(topic, key=b"probe", value=bytes(size)).get(30 * PATIENCE)
        return False
    except MessageSizeTooLargeError:
        return True
    finally:
        producer.abort_transaction()
        producer.close()


def limit_topic(broker, topic, size):
    """A broker goes on taking larger ones for a moment."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(size)})])
    admin.close()
    wait_until(lambda: is_refused(broker, topic, 2 * size), 20, f"{topic} refuses {2 * size} bytes")


def read(broker, topic):
    values = []
    read_each(broker.bootstrap, topic, lambda r: values.append(r.value.decode()))
    return values


BROKER = Broker(NEWEST)


def test_kill_at_every_named_point_stays_exact():
    bench = Bench(BROKER, "points")
    for number, point in enumerate(POINTS):
        bench.fill(500)
        if point.startswith("restore") and number == 0:
            fail("a restore needs a changelog")
        w = bench.start(crash=point if point.startswith("restore") else f"{point}:2")
        end = time.monotonic() + 60 * PATIENCE
        while w.poll() is None and time.monotonic() < end:
            bench.fill(20)
            time.sleep(0.1)
        equal(w.poll(), -signal.SIGKILL, f"{point} was reached: {bench.said(w)}")
    bench.workers.clear()
    bench.start()
    bench.wait_done()
    equal([rc for rc, _ in bench.stop_all()], [0])
    bench.check()


def test_two_workers_under_random_kills_stay_exact():
    seed = random.randrange(1 << 32)
    print(f"# seed {seed}")
    rng = random.Random(seed)
    bench = Bench(BROKER, "kills")
    workers = {i: bench.start(i) for i in ("1", "2")}
    for _ in range(12):
        bench.fill(300)
        time.sleep(rng.uniform(0.3, 1.5))
        i = rng.choice(("1", "2"))
        workers[i].kill()
        workers[i].wait()
        bench.workers.remove(workers[i])
        workers[i] = bench.start(i)
    bench.wait_done(90)
    equal([rc for rc, _ in bench.stop_all()], [0, 0])
    bench.check()


def test_a_second_process_of_the_same_instance_fences_the_first():
    bench = Bench(BROKER, "fence")
    bench.fill(100)
    first = bench.start()
    bench.wait_done()
    second = bench.start()
    equal(first.wait(60 * PATIENCE), 77)  # not before it is sure that the other is alive: a session and five seconds
    bench.fill(100)
    bench.wait_done()
    equal(bench.stop(second)[0], 0)
    bench.check()


def test_who_is_fenced_by_one_that_has_not_its_place_goes_on():
    """As by a process that it has replaced, and that makes a producer once more before it notices."""
    bench = Bench(BROKER, "unplaced")
    bench.fill(100)
    w = bench.start()
    bench.wait_done()
    other = KafkaProducer(bootstrap_servers=BROKER.bootstrap, transactional_id=f"{bench.name}-1", acks="all")
    other.init_transactions()
    bench.fill(100)
    bench.wait_done()
    other.close(timeout=0)
    rc, said = bench.stop(w)
    equal(rc, 0, said)
    contains(said, "it was fenced")
    bench.check()


def test_a_ghost_in_its_place_is_outlived():
    """As after a join of its own that was given up and answered all the same: a member of its name that sends no heartbeat."""
    bench = Bench(BROKER, "ghost")
    bench.fill(100)
    w = bench.start()
    bench.wait_done()
    bench.run("ghost", "1")
    bench.fill(100)
    bench.wait_done(60)
    rc, said = bench.stop(w)
    equal(rc, 0, said)
    contains(said, "place_taken")
    contains(said, "place_free")
    bench.check()


def test_a_call_that_does_not_return_is_left_to_itself():
    """As librdkafka's send_offsets_to_transaction when the group's coordinator went away meanwhile; it comes back five seconds later."""
    bench = Bench(BROKER, "stands")
    bench.fill(500)
    w = bench.start(CUBED_STAND="before_offsets:5")
    for _ in range(10):
        bench.fill(50)
        time.sleep(0.3)
    bench.wait_done(40)
    contains(bench.said(w), "transaction_abandoned")
    time.sleep(8)
    bench.fill(500)
    bench.wait_done(20)
    rc, said = bench.stop(w)
    equal(rc, 0, said)
    bench.check()


def test_a_stop_longer_than_session_and_transaction_timeouts_stays_exact():
    bench = Bench(BROKER, "stops")
    bench.fill(500)
    workers = {i: bench.start(i) for i in ("1", "2")}
    for _ in range(6):
        bench.fill(100)
        time.sleep(0.3)
    workers["1"].send_signal(signal.SIGSTOP)
    for _ in range(8):
        bench.fill(100)
        time.sleep(1.8)
    workers["1"].send_signal(signal.SIGCONT)
    bench.fill(500)
    bench.wait_done()
    equal([rc for rc, _ in bench.stop_all()], [0, 0])
    bench.check()


def test_a_dead_letter_the_broker_refuses_for_its_size_goes_without_value():
    bench = Bench(BROKER, "cut")
    bench.fill(3)
    limit_topic(BROKER, "cut-dead-letters", 2000)
    w = bench.start(LARGE="dead-letters")
    consumer = KafkaConsumer("cut-dead-letters", bootstrap_servers=BROKER.bootstrap, isolation_level="read_committed",
                             auto_offset_reset="earliest", consumer_timeout_ms=30000 * PATIENCE)
    found = [next(consumer) for _ in range(3)]
    consumer.close()
    equal([(r.value, dict(r.headers)["cubed.cut"]) for r in found], [(None, b"value")] * 3)
    rc, said = bench.stop(w)
    equal(rc, 0)
    contains(said, "letter_cut")


def test_a_batch_the_broker_refuses_for_its_size_is_sent_in_smaller_ones():
    bench = Bench(BROKER, "batch")
    bench.fill(400)
    limit_topic(BROKER, "batch-dead-letters", 2000)
    w = bench.start(LARGE="dead-letters", BYTES="300")
    wait_until(lambda: len(read(BROKER, "batch-dead-letters")) >= 400, 60, "400 dead letters", step=0.5)
    rc, said = bench.stop(w)
    equal(rc, 0)
    contains(said, "batch_refused")
    holds("letter_cut" not in said, said)
    equal([len(v) for v in read(BROKER, "batch-dead-letters")], [300] * 400)


def test_a_result_the_broker_refuses_for_its_size_stops_the_log():
    bench = Bench(BROKER, "large")
    bench.fill(3)
    limit_topic(BROKER, "large-state", 2000)
    w = bench.start(LARGE="state")
    equal(w.wait(40 * PATIENCE), 1)
    said = bench.said(w)
    contains(said, "large-state refuses a record of 20002 bytes: raise its max.message.bytes")
    contains(said, "CUBE_ELIMIT")
    equal(bench.output(), [])


# ---------------------------------------------------------------- what the broker does to all

@alone
def test_a_broker_frozen_for_longer_than_a_session_stays_exact():
    bench = Bench(BROKER, "frozen")
    bench.fill(500)
    w = bench.start()
    for _ in range(2):
        BROKER.pause()
        time.sleep(12)
        BROKER.resume()
        bench.fill(500)
    bench.wait_done(90)
    rc, said = bench.stop(w)
    equal(rc, 0, said)
    bench.check()


@alone
def test_broker_restarts_under_load_stay_exact():
    bench = Bench(BROKER, "outage")
    bench.fill(500)
    w = bench.start()
    for hard in (True, False):
        bench.fill(500)
        time.sleep(0.2)
        BROKER.restart(hard=hard)
        bench.fill(500)
    bench.wait_done(90)
    equal(bench.stop(w)[0], 0)
    bench.check()


@alone
def test_a_worker_without_broker_leaves_on_sigterm():
    bench = Bench(BROKER, "leave")
    bench.fill(100)
    w = bench.start()
    bench.wait_done()
    bench.fill(2000)
    BROKER.stop()
    begun = time.monotonic()
    equal(bench.stop(w)[0], 0)
    holds(time.monotonic() - begun < 20, "it left within 20 s")
    BROKER.start()


@alone
def test_a_broker_absent_at_start_is_waited_for():
    bench = Bench(BROKER, "absent")
    bench.fill(100)
    BROKER.stop()
    w = bench.start()
    time.sleep(4)
    holds(w.poll() is None, "the worker waits")
    BROKER.start()
    bench.wait_done(90)
    rc, said = bench.stop(w)
    equal(rc, 0)
    contains(said, "restored")
    bench.check()


if __name__ == "__main__":
    with BROKER:
        main(at_a_time=4)
