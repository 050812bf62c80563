"""What becomes of every record: applied, duplicate, late, dead letter or ignored; and in which order, at which tick, the
applied ones take effect (domain.md section 2, architecture.md section 4)."""
import base64
import json
from math import gcd

from decode import event_of
from grid import tick_after
from packed import Refused

TOPICS = ("interactions", "cpi", "hr")


class Record:
    def __init__(self, topic, key, raw):
        self.topic, self.key, self.raw = topic, key, raw
        self.offset = None


class Applied:
    """An event, the tick from which it is seen, whether it came as a correction, the instant up to which time had passed then."""

    def __init__(self, e, tick, straggler, at):
        self.e, self.tick, self.straggler, self.at = e, tick, straggler, at
        self.ts = e["ts"]


def records_of_events(inputs):
    """The heads of the files merged by ts; ties: interactions, cpi, hr; each event keyed as the contract says."""
    queues = [[(e["ts"], Record(topic, entity_key(topic, e), json.dumps(e, ensure_ascii=False).encode())) for e in inputs.get(topic) or []]
              for topic in TOPICS]
    out, at = [], [0, 0, 0]
    while True:
        heads = [(queues[i][at[i]][0], i) for i in range(3) if at[i] < len(queues[i])]
        if not heads:
            return out
        i = min(heads)[1]
        out.append(queues[i][at[i]][1])
        at[i] += 1


def entity_key(topic, e):
    return (e["employee"] if topic == "hr" else e["subject"] if e["kind"] == "benchmark" else e["customer"]).encode()


def records_of_lines(lines):
    def raw(x):
        return None if x is None else base64.b64decode(x)
    return [Record(line["topic"], raw(line["key_b64"]), raw(line["value_b64"])) for line in lines]


IDS = 16_000_000
SHORT_MS, LONG_MS, LONG_TICK_MS = 10_000, 60_000, 600_000  # time passes in steps of at most so much that make up a tick, and a long tick


class Intake:
    def __init__(self, time, dedup_ms, tick, now=None, ids=IDS):
        """time: out_of_order, lateness, max_skew in ms; ids: so many offsets of a partition an id is remembered. One partition of each topic."""
        self.time, self.dedup_ms, self.tick, self.now, self.ids = time, dedup_ms, tick, now, ids
        self.bucket = gcd(tick, SHORT_MS if tick < LONG_TICK_MS else LONG_MS)
        self.max_ts = None
        self.offsets = {}
        self.seen = {}
        self.held = []
        self.applied = []
        self.counts = dict.fromkeys(("applied", "duplicate", "late", "dead_letter", "ignored"), 0)
        self.refused = []

    def watermark(self):
        return None if self.max_ts is None else self.max_ts - self.time["out_of_order"]

    def take(self, record):
        record.offset = self.offsets.get(record.topic, 0)
        self.offsets[record.topic] = record.offset + 1
        self.counts[self.outcome(record)] += 1

    def outcome(self, record):
        try:
            e = event_of(record.topic, record.key, record.raw)
        except Refused as refused:
            return self.refuse(record, refused.reason)
        if e is None:
            return "ignored"
        if self.now is not None and e["ts"] > self.now + self.time["max_skew"]:
            return self.refuse(record, "future")
        wm = self.watermark()
        name = (record.topic, record.key, e["id"])
        first, last = self.seen.get(name, (None, None))
        late = wm is not None and e["ts"] < wm - self.time["lateness"]
        if first is not None and (wm is None or wm <= first + self.dedup_ms) and record.offset - last <= self.ids:
            self.seen[name] = (first, last if late or e["ts"] != first else record.offset)
            return "duplicate"
        if late:
            self.refuse(record, "late")
            return "late"
        self.seen[name] = (e["ts"], record.offset)
        self.apply(record, e, wm)
        return "applied"

    def refuse(self, record, reason):
        self.refused.append((record, reason))
        return "dead_letter"

    def passed(self):
        """The instant up to which all that was held has been applied: what is older comes as a correction, what comes late behind it
        is still put in order."""
        wm = self.watermark()
        return None if wm is None else wm // self.bucket * self.bucket

    def apply(self, record, e, wm):
        late, passed = wm is not None and e["ts"] < wm, self.passed()
        if late and e["ts"] < passed:
            self.applied.append(Applied(e, tick_after(passed, self.tick), True, passed))
            return
        order = (e["ts"], e["id"].encode(), TOPICS.index(record.topic), record.offset)
        self.held.append((order, Applied(e, tick_after(e["ts"], self.tick), late, e["ts"])))
        if self.max_ts is None or e["ts"] > self.max_ts:
            self.max_ts = e["ts"]
            self.release(self.passed())

    def release(self, until):
        ready = sorted((h for h in self.held if until is None or h[1].ts < until), key=lambda h: h[0])
        self.held = [h for h in self.held if until is not None and h[1].ts >= until]
        self.applied += [h[1] for h in ready]

    def finish(self):
        self.release(None)
        return self.applied
