"""From handing an event to librdkafka to the read-committed state that counts it, cubed and the peer on the same kind of input."""
import subprocess
import tempfile
import time
from pathlib import Path

from broker import die_with_parent
from figures import output_of, program
from race_jobs import PARTITIONS
from race_meter import Late, Meter, reader
from wire import unpack

WARM_EVENTS = 300_000  # so that the peer's code is compiled
RATES = (100, 10_000)


class LiveInput:
    """Stands in for a backlog: topics that are written while the job runs, event time = clock."""

    shape, customers, partitions = "live", 10_000, PARTITIONS

    def __init__(self, broker, number):
        self.broker, self.prefix = broker, f"race-live{number}-"
        self.ids = self.total = 0  # total: events written, or about to be
        output_of(program("bench_gen"), *self._options(WARM_EVENTS), "--create", "--start-ms", int(time.time() * 1000) - 600_000, "--span-ms", 600_000)

    def _options(self, events):
        self.ids += 10_000_000
        self.total += events
        return ["--bootstrap", self.broker.bootstrap, "--events", str(events), "--customers", "10000", "--partitions", str(PARTITIONS), "--prefix", self.prefix,
                "--jitter-ms", "0", "--id-base", str(self.ids)]

    def paced(self, events, rate, log):
        return subprocess.Popen([program("bench_gen"), *self._options(events), "--live", "--rate", str(rate), "--log", str(log)], stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)


def counted_by(state):
    """What a state of everything counts: events before an instant (cubed), or so many (the peer)."""
    return state["as_of"] if "axes" in state else state["applied"]


def watch(consumer, generator):
    """[(what the state counts, when it was seen)] until the generator has ended and nothing more comes."""
    seen, quiet_since = [], time.monotonic()
    while generator.poll() is None or time.monotonic() - quiet_since < 2:
        for some in consumer.poll(timeout_ms=100).values():
            now = time.time()
            seen += [(counted_by(unpack(r.value)), now) for r in some if r.key in (b"organisation", b"all")]
        if generator.poll() is None:
            quiet_since = time.monotonic()
    return seen


def waits_ms(log, seen, of_cubed, base):
    """For each event the milliseconds until the first state that counts it."""
    waits, i = [], 0
    for number, line in enumerate(Path(log).read_text(encoding="ascii").splitlines()):
        _, handed, ts = line.split()
        need = int(ts) + 1 if of_cubed else base + number + 1
        while i < len(seen) and seen[i][0] < need:
            i += 1
        if i == len(seen):
            break
        waits.append((seen[i][1] - float(handed)) * 1000)
    return sorted(waits)


def settle(consumer):
    """Reads until nothing has come for two seconds."""
    quiet = 0
    while quiet < 20:
        quiet = 0 if consumer.poll(timeout_ms=100) else quiet + 1


def wait_for_start(meter, limit_s=90):
    began = time.monotonic()
    while meter.sample(began)[1] < meter.job.backlog.total:
        if time.monotonic() - began > limit_s:
            raise Late(f"{meter.job.name}: the first events were not worked off\n{meter.job.tail()}")
        time.sleep(0.2)


def latency(broker, job, seconds):
    """{rate: (p50, p99, events seen)} in ms."""
    found, meter = {}, Meter(broker, job)
    job.prepare()
    job.start()
    try:
        wait_for_start(meter)
        consumer, _ = reader(broker, job.out + "cube.state")
        for rate in RATES:
            settle(consumer)
            base = job.backlog.total
            with tempfile.NamedTemporaryFile() as log:
                seen = watch(consumer, job.backlog.paced(rate * seconds, rate, log.name))
                waits = waits_ms(log.name, seen, job.follows() is None, base)
            if len(waits) < rate * seconds * 0.9:
                raise Late(f"{job.name}: only {len(waits)} of {rate * seconds} events were seen\n{job.tail()}")
            found[rate] = (waits[len(waits) // 2], waits[len(waits) * 99 // 100], len(waits))
        consumer.close()
    finally:
        job.stop()
        meter.close()
    return found
