"""Input faster than the daemon: memory, lag, commits and scopes while it lasts, and whether all is exact afterwards."""
import re
import statistics
import time

from daemon import Daemon
from figures import figure
from kafka import TopicPartition
from race_check import KINDS, figure_of
from race_jobs import END_MS, PARTITIONS, Backlog, Cubed
from race_meter import Meter, reader
from tap import wait_until
from wire import unpack

PATTERNS = {"lag": r"(?m)^cubed_input_lag_records (\S+)", "commits": r'(?m)^cubed_transactions_total\{outcome="done"\} (\S+)'}
SLICE_EVENTS, SLICE_MS = 200_000, 180_000  # as dense as 4 million events in an hour
CATCH_UP_S = 900
OF_EMPLOYEES = ("enps", "absence.start", "absence.end", "productive")


class Overload:
    """The built-in pack with the counts of cube-lite on one core; the generator writes at full speed."""

    def __init__(self, broker, seconds):
        self.seconds, self.backlog = seconds, Backlog(broker, "dense", 10_000, 0)
        self.backlog.create()
        self.job = Cubed(broker, self.backlog, 0, name="overload", text=Cubed.text().replace("pack: none", "pack: customer-cube"))
        self.watched = Daemon({})  # never started: reads the metrics
        self.watched.port = self.job.port
        self.samples, self.told, self.last = [], [], {}  # samples: (s, lag, commits, MB); told: when scopes said something of a new instant

    def sample(self, consumer, began):
        now, text = time.monotonic() - began, self.watched.get("/metrics")[1]
        found = {k: float((re.search(p, text) or [0, 0])[1]) for k, p in PATTERNS.items()}
        with open(f"/proc/{self.job.process.pid}/status", encoding="ascii") as f:
            self.samples.append((now, found["lag"], found["commits"], int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) / 1024))
        for some in consumer.poll(timeout_ms=50, max_records=100_000).values():
            for r in (r for r in some if r.key == b"organisation"):
                self.told.append(time.monotonic() - began)
                self.last = unpack(r.value)

    def pour(self, consumer, began):
        """Slices of event time one after the other until the time is over."""
        slices = 0
        while time.monotonic() - began < self.seconds:
            generator = self.backlog.pour(slices, SLICE_EVENTS, SLICE_MS)
            slices += 1
            while generator.poll() is None:
                self.sample(consumer, began)
                time.sleep(0.2)
        return slices

    def catch_up(self, consumer, meter, began, total, end_ms):
        while self.last.get("as_of", 0) < end_ms or meter.committed_records() < total:
            self.sample(consumer, began)
            if self.samples[-1][0] > self.seconds + CATCH_UP_S or self.job.process.poll() is not None:
                raise SystemExit(f"it did not catch up: {self.samples[-1]}\n{self.job.tail()}")
            time.sleep(0.2)

    def run(self):
        meter = Meter(self.backlog.broker, self.job)
        self.job.prepare()
        self.job.start({0})
        try:
            wait_until(lambda: self.watched.get("/readyz")[0] == 200, 60, "ready")
            consumer, _ = reader(self.backlog.broker, self.job.out + "cube.state")
            began = time.monotonic()
            slices = self.pour(consumer, began)
            poured = time.monotonic() - began
            end_ms = END_MS + slices * SLICE_MS
            total = 1 + slices * SLICE_EVENTS + self.backlog.write_markers(end_ms)
            self.catch_up(consumer, meter, began, total, end_ms)
            self.report(slices * SLICE_EVENTS, poured)
            self.judge(total, meter.consumer)
        finally:
            print(self.job.tail(), flush=True)
            self.job.stop()
            meter.close()

    def judge(self, total, consumer):
        """Every event counts once: outcomes, and what customers did in the state of everything less what lies behind its instant.
        Answers of employees wait for their release. Outcomes are of what was read: after a commit that was lost some of it was read again."""
        outcomes, lost = self.watched.outcomes(), int(self.watched.metrics()['cubed_transactions_total{outcome="lost"}'])
        again = outcomes.get("applied", 0) - total
        figure("overload, commits lost", lost, "commits")
        figure("overload, events read again after them", again, "events")
        if sum(outcomes.values()) != outcomes.get("applied", 0) or again < 0 or (again > 0 and not lost):
            raise SystemExit(f"overload: {total} records written, {outcomes}")
        places = [TopicPartition(self.backlog.prefix + t, p) for t in ("interactions", "cpi") for p in range(PARTITIONS)]
        want = sum(consumer.end_offsets(places).values()) - len(places)
        counted = sum(figure_of(self.last, k, "30d").get("n", 0) for k in KINDS if k not in OF_EMPLOYEES)
        figure("overload, events missing or twice", counted - want, "events", 0)
        if counted != want:
            raise SystemExit("overload: it is not exact")

    def report(self, poured_events, poured_s):
        inside = [s for s in self.samples if s[0] <= poured_s]
        steps = [(b[2] - a[2]) / (b[0] - a[0]) for a, b in zip(inside, inside[1:]) if b[0] > a[0]]
        half = [s[3] for s in inside[len(inside) // 2:]]
        told = [t for t in self.told if t <= poured_s]
        figure("overload, input", poured_events / poured_s, "events/s")
        figure("overload, largest lag", max(s[1] for s in self.samples), "records")
        figure("overload, resident at half time, at most", max(s[3] for s in inside[:len(inside) // 2 + 1]), "MB")
        figure("overload, resident after half time, at most", max(half), "MB")
        figure("overload, commits", statistics.median(steps), "per s", low=min(steps), high=max(steps))
        figure("overload, longest silence of the scopes", max((b - a for a, b in zip(told, told[1:])), default=0), "s")
        figure("overload, caught up after", self.samples[-1][0] - poured_s, "s")


def bench_overload(broker, seconds):
    Overload(broker, seconds).run()
