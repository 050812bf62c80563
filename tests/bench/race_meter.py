"""Measures one process of the race until all is worked off: CPU, wall, memory, bytes in its internal topics."""
import time
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from parts_broker import cpu_seconds
from race_jobs import END_MS, TOPICS
from race_threads import per_event, tell, thread_times
from wire import unpack

POLL_S = 0.1


class Late(Exception):
    """It was not done in time, or ended."""


def peak_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0


def reader(broker, topic):
    """A consumer at the first record of every partition of a topic, and its partitions."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed", enable_auto_commit=False, fetch_max_wait_ms=50,
                             check_crcs=False)  # which it does in Python
    partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    for p in partitions:
        consumer.seek(p, 0)
    return consumer, partitions


def last_states(broker, topic, timeout_s=30):
    """The last value per key of a topic, decoded."""
    consumer, partitions = reader(broker, topic)
    ends, out, limit = consumer.end_offsets(partitions), {}, time.monotonic() + timeout_s
    while any(consumer.position(p, timeout_ms=5000) < ends[p] for p in partitions):
        if time.monotonic() > limit:
            raise Late(f"{topic}: the end was not reached")
        for some in consumer.poll(timeout_ms=100).values():
            out.update((r.key.decode(), r.value) for r in some)
    consumer.close()
    return {k: unpack(v) for k, v in out.items()}


class Meter:
    """Watches one job. Steady = from the moment when half of the inputs are committed to the end (start-up left out)."""

    def __init__(self, broker, job):
        self.broker, self.job, self.samples = broker, job, []  # samples: (seconds, CPU seconds, records committed)
        self.admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        self.consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap)
        self.outputs, self.newest = None, {}
        self.halfway = None  # (records committed, times of threads) of the first sample past half of the inputs
        self.inputs = [TopicPartition(job.backlog.prefix + t, p) for t in TOPICS for p in range(job.backlog.partitions)]

    def close(self):
        self.admin.close()
        self.consumer.close()
        if self.outputs:
            self.outputs.close()

    def _committed(self):
        try:
            found = self.admin.list_consumer_group_offsets(self.job.group, group_coordinator_id=1)
        except Exception:  # no group yet
            return {}
        return {p: o.offset for p, o in found.items()}

    def committed_records(self):
        found = self._committed()
        return sum(max(0, found.get(p, 0)) for p in self.inputs)

    def sample(self, began):
        pid = self.job.process.pid
        if self.job.process.poll() is not None:
            raise Late(f"{self.job.name} ended with {self.job.process.poll()}\n{self.job.tail()}")
        committed = self._committed()
        done = sum(max(0, committed.get(p, 0)) for p in self.inputs)
        self.samples.append((time.monotonic() - began, cpu_seconds(pid), done))
        if not self.halfway and 2 * done >= self.job.backlog.total:
            self.halfway = done, thread_times(pid)
        return committed, done

    def _stages_done(self, committed):
        """Of a peer: the topic between the stages is read to its end. Of cubed: every scope has its state of END_MS."""
        between = self.job.follows()
        if between is None:
            states = self._newest_states()
            return len(states) > 0 and all(at >= END_MS for at in states.values())
        places = [TopicPartition(between, p) for p in self.consumer.partitions_for_topic(between) or ()]
        ends = self.consumer.end_offsets(places)
        return bool(places) and all(committed.get(p, 0) >= ends[p] for p in places)

    def _newest_states(self):
        if self.outputs is None:
            self.outputs, _ = reader(self.broker, self.job.out + "cube.state")
        for some in self.outputs.poll(timeout_ms=20, max_records=100_000).values():
            self.newest.update((r.key, unpack(r.value)["as_of"]) for r in some)
        return self.newest

    def run(self, limit_s, cores=None):
        """Starts it, waits for the end and stops it. Returns its figures; raises Late."""
        self.job.prepare()
        began = time.monotonic()
        self.job.start(cores)
        try:
            while True:
                time.sleep(POLL_S)
                committed, done = self.sample(began)
                if done >= self.job.backlog.total and self._stages_done(committed):
                    break
                if self.samples[-1][0] > limit_s:
                    raise Late(f"{self.job.name}: {done} of {self.job.backlog.total} after {limit_s} s\n{self.job.tail()}")
            rss, times = peak_mb(self.job.process.pid), thread_times(self.job.process.pid)
            if self.job.follows() is None:
                tell(self.job.name, per_event(self.halfway[1], times, self.job.backlog.total - self.halfway[0]))
            time.sleep(0.3)
            return {**self._figures(), "rss_mb": rss, **self._bytes()}
        finally:
            self.job.stop()

    def _figures(self):
        total, half = self.job.backlog.total, self.job.backlog.total / 2
        at, cpu, _ = self.samples[-1]
        before = (0, 0, 0)
        for sample in self.samples:
            if sample[2] >= half:
                part = (half - before[2]) / max(1, sample[2] - before[2])
                half_at, half_cpu = (before[i] + part * (sample[i] - before[i]) for i in (0, 1))
                break
            before = sample
        return {"wall_s": at, "cpu_s": cpu, "whole": total / cpu, "steady": half / max(0.01, cpu - half_cpu), "wall_rate": total / at,
                "steady_wall_rate": half / max(0.01, at - half_at)}

    def _bytes(self):
        """Bytes of the logs it wrote, per input event; the broker does not clean them."""
        changelog = between = 0
        for log in Path(self.broker.folder / "data").glob(f"{self.job.group}-*/*.log"):
            topic, size = log.parent.name.rsplit("-", 1)[0], log.stat().st_size
            if "changelog" in topic:
                changelog += size
            elif "cube." not in topic:
                between += size
        return {"changelog": changelog / self.job.backlog.total, "between": between / self.job.backlog.total}

    def states(self):
        return last_states(self.broker, self.job.out + "cube.state")

    def drop(self):
        names = [t for t in self.consumer.topics() if t.startswith(self.job.group + "-")]
        if names:
            self.admin.delete_topics(names)
