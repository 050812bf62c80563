"""The records of a run: the demo company's story with duplicates, late events, unknown kinds and records of every bad
sort, and the feed that sends them. Import it after cache.use_venv()."""
import json
import threading
import time

from kafka import KafkaProducer
from program import cubed
from wire import pack, partition_of

PARTITIONS = 4
FIRST = 50_000       # sent before any instance starts: a backlog
SEEN = 5_000         # after so many every partition has held a record
LARGE_BYTES = 60_000  # of a record whose dead letter the topic refuses
TRICKLE = 20         # records per second when the share of the act is sent
DAY_MS = 86_400_000
CODA_STEP_MS = 30_000
CODA_HOLD_MS = 900_000  # a tick and as long as events are held, so that all of it is published
HR = {"hire", "exit", "transfer", "absence.start", "absence.update", "absence.end", "productive", "recruit_cost", "enps", "headcount"}
BAD = [(b"c1", b"{not json"), (b"c1", None), (None, pack({"v": 1})),
       (b"other", pack({"v": 1, "id": "x", "ts": 1, "kind": "complaint", "customer": "c"})),
       (b"c1", pack({"v": 2, "id": "x", "ts": 1, "kind": "complaint", "customer": "c1"})), (b"c1", pack([1])), (b"c1", b"\xc1"),
       (b"c1", pack({"v": 1, "id": "x", "ts": "now", "kind": "complaint", "customer": "c1"})), (b"c1", b"\xc1" * LARGE_BYTES)]


def topic_of(event):
    if event["kind"] in HR or (event["kind"] == "survey" and "theme" in event):
        return "hr"
    return "cpi" if event["kind"] in ("measurement", "survey", "benchmark") else "interactions"


def key_for(partition, prefix):
    return next(f"{prefix}{i}" for i in range(10_000) if partition_of(f"{prefix}{i}", PARTITIONS) == partition)


def packed(rows):
    return [(topic, key.encode(), pack(value)) for topic, key, value in rows]


def markers(ts, mark="m"):
    """One event at the end of every partition, so that all watermarks stand at the same instant. mark: begins their ids."""
    for p in range(PARTITIONS):
        customer, employee = key_for(p, "marker-"), key_for(p, "marker-e")
        yield "interactions", customer, {"v": 1, "id": f"{mark}-i{p}", "ts": ts, "kind": "selfservice.login", "customer": customer}
        yield "cpi", customer, {"v": 1, "id": f"{mark}-c{p}", "ts": ts, "kind": "measurement", "customer": customer, "cpi": "marker", "value": 1}
        yield "hr", employee, {"v": 1, "id": f"{mark}-h{p}", "ts": ts, "kind": "productive", "employee": employee}


def coda(customers, last_ts, rng):
    """[(topic, key bytes, value bytes)] behind the story, and the ts of the last: each customer in turn acts and churns, one that had churned
    comes back, so that the record of each is due. They name neither segment nor region: those are what is remembered."""
    acts = (lambda n: {"kind": "selfservice.login"}, lambda n: {"kind": "newsletter.read", "issue": f"coda-{n}"},
            lambda n: {"kind": "purchase", "order": f"coda-{n}", "revenue": 100 + n, "cost": 60, "product_group": "care"})
    rows, ts = [], last_ts
    for n, name in enumerate(rng.sample(sorted(customers), len(customers))):
        ts += CODA_STEP_MS
        both = [rng.choice(acts)(n)] + [{"kind": "churn"}] * (not customers[name].get("churned"))
        rows += [("interactions", name, {"v": 1, "id": f"coda-{n}-{i}", "ts": ts + i, "customer": name, **what}) for i, what in enumerate(both)]
    end = ts + CODA_HOLD_MS
    return packed([*rows, *markers(end, "coda")]), end


def oddities(rng, event, topic, key, value, number):
    """What follows a record: mostly nothing. A late event is days older than what its partition has seen."""
    dice = rng.random()
    if dice < 0.005:
        yield topic, key, value
    elif dice < 0.008:
        yield (topic, *rng.choice(BAD))
    elif dice < 0.010:
        yield topic, key, pack({"v": 1, "id": f"u{number}", "ts": event["ts"], "kind": "no.such.kind"})
    elif dice < 0.011 and number > SEEN:
        yield topic, key, pack({**event, "id": f"l{number}", "ts": event["ts"] - 30 * DAY_MS})


def records_made(count, rng):
    """[(topic, key bytes, value bytes)], and the ts of the last."""
    out, last_ts = [], 0
    for line in cubed("demo", "--print", count, timeout=120).stdout.splitlines():
        e = json.loads(line)
        topic, key = topic_of(e), e.get("customer", e.get("employee")).encode()
        value = line if rng.random() < 0.1 else pack(e)
        out.append((topic, key, value))
        last_ts = e["ts"]
        out += oddities(rng, e, topic, key, value, len(out))
    return out + packed(markers(last_ts + 1)), last_ts + 1


def feed_partition(key):
    return partition_of(key, PARTITIONS) if key is not None else 0


def producer_for(bootstrap):
    """Bytes that the broker took twice would be two records, which is fair; out of order they would be no story."""
    return KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, batch_size=64_000, enable_idempotence=True,
                         max_in_flight_requests_per_connection=1, delivery_timeout_ms=600_000, max_block_ms=120_000)


def send_all(bootstrap, records):
    producer = producer_for(bootstrap)
    for topic, key, value in records:
        producer.send(topic, key=key, value=value, partition=feed_partition(key))
    producer.flush(120)
    producer.close()


class Feed(threading.Thread):
    """Sends the records in order: to each act its share at a steady pace, then a trickle, so that there is always
    something to commit and the story does not end before the acts do."""

    def __init__(self, bootstrap, records, acts, seconds):
        """seconds: what an act is expected to take."""
        super().__init__(daemon=True)
        self.records, self.sent, self.error = records, 0, None
        self.share = max(1, (len(records) - FIRST) // (acts + 1))
        self.pace, self.limit, self.hurry = self.share / seconds, FIRST, False
        self.producer = producer_for(bootstrap)

    def send(self, count):
        for topic, key, value in self.records[self.sent:self.sent + count]:
            self.producer.send(topic, key=key, value=value, partition=feed_partition(key))
            self.sent += 1

    def first(self):
        """Before the daemons start: a partition that has never held a record holds nobody back, so each must hold one."""
        self.send(FIRST)
        self.producer.flush(60)

    def next_act(self):
        self.limit = min(self.limit + self.share, len(self.records))

    def finish(self):
        """The rest at once; Failed by the caller when `error` is set or it lives on."""
        self.hurry = True
        self.join(300)

    def run(self):
        due, before = float(self.sent), time.monotonic()
        try:
            while self.sent < len(self.records):
                now = time.monotonic()
                due += (now - before) * (self.pace if self.sent < self.limit else TRICKLE)
                before = now
                self.send(min(1_000, len(self.records)) if self.hurry else min(1_000, max(0, int(due) - self.sent)))
                time.sleep(0.01)
            self.producer.flush(120)
        except Exception as error:  # told by the main thread
            self.error = error
