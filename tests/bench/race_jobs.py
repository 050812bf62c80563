"""What runs in the race: backlogs of the generator, cubed doing the work of cube-lite, and the variants of the Streams peer."""
import os
import re
import subprocess
from pathlib import Path

from broker import die_with_parent
from figures import ROOT, output_of, program
from ports import free_ports
from program import binary
from scratch import scratch
from wire import pack, partition_of

HERE = Path(__file__).resolve().parent
STREAMS = HERE / "streams"
TOPICS = ("interactions", "cpi", "hr")
PARTITIONS = 4
DAY = 86_400_000
END_MS = 20_119 * DAY          # 2025-01-31T00:00Z: every backlog ends at this midnight
LAST_EVENTS = 12               # as many as there are departments, of which there are most
OUT_OF_ORDER_MS = 119_999      # of cubed; the peer's is a millisecond more
SPANS = {"dense": 3_600_000, "sparse": 30 * DAY}


class Backlog:
    """Events up to END_MS, twelve that touch every scope just before it, and one marker per partition behind it, which moves
    all watermarks to the end: cubed then has judged the tick END_MS and published every scope at it, the peer stands in the
    last hour before it, and both windows hold the same panes."""

    def __init__(self, broker, shape, customers, events, share=1.0, partitions=PARTITIONS):
        """share: the part of the span it fills, so that fewer events are as dense."""
        self.broker, self.shape, self.customers, self.events, self.partitions = broker, shape, customers, events, partitions
        self.prefix = f"race-{shape}-{customers}-{events}-"
        self.span_ms = int(SPANS[shape] * share)

    def _generate(self, events, start_ms, span_ms, *more):
        return [str(x) for x in (program("bench_gen"), "--bootstrap", self.broker.bootstrap, "--events", events, "--customers", self.customers, "--prefix", self.prefix,
                                 "--start-ms", start_ms, "--span-ms", span_ms, "--jitter-ms", OUT_OF_ORDER_MS, *more)]

    def write(self):
        """Creates the topics and writes all."""
        print(self.prefix, output_of(*self._generate(self.events, END_MS - self.span_ms, self.span_ms, "--create", "--partitions", self.partitions)).strip(),
              flush=True)
        self.total = self.events + self.write_markers(END_MS)
        return self

    def create(self):
        """Topics with a first event, to be poured into."""
        output_of(*self._generate(1, END_MS, 1, "--create", "--partitions", self.partitions))

    def pour(self, number, events, span_ms):
        """A running generator of the next slice of event time behind END_MS."""
        return subprocess.Popen(self._generate(events, END_MS + number * span_ms, span_ms, "--id-base", (number + 1) * 10_000_000, "--seed", number + 2),
                                stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)

    def write_markers(self, end_ms):
        """Returns how many."""
        from kafka import KafkaProducer
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap, acks="all")

        def send(topic, partition, number, ts, kind, who, **fields):
            key = next(k for k in (f"marker-{number}-{i}" for i in range(1000)) if partition_of(k, self.partitions) == partition)
            event = {"v": 1, "id": f"{topic}-{number}-{ts}", "ts": ts, "kind": kind, who: key, **fields}
            producer.send(self.prefix + topic, key=key.encode(), value=pack(event), partition=partition, timestamp_ms=ts)
        for n in range(LAST_EVENTS):
            send("interactions", n % self.partitions, n, end_ms - 1, "selfservice.login", "customer", division=f"div-{n % 5:02}",
                 region=f"region-{n % 8:02}", segment=f"seg-{n % 4}", department=f"dept-{n:02}")
        for p in range(self.partitions):
            send("interactions", p, p, end_ms + OUT_OF_ORDER_MS, "selfservice.login", "customer")
            send("cpi", p, p, end_ms + OUT_OF_ORDER_MS, "measurement", "customer", cpi="marker", value=1)
            send("hr", p, p, end_ms + OUT_OF_ORDER_MS, "absence.end", "employee")
        producer.flush()
        producer.close()
        return LAST_EVENTS + len(TOPICS) * self.partitions


class Job:
    """One process under measurement: what starts it, which topics it follows and writes."""

    name = "job"

    def __init__(self, broker, backlog, number):
        self.broker, self.backlog = broker, backlog
        self.group = f"race{number}-{re.sub('[^a-z0-9]+', '-', self.name)}"
        self.out = f"{self.group}-out-"
        self.folder = scratch("cubed-race-")
        self.log = self.folder / "log"
        self.process = None

    def start(self, cores=None):
        def before():
            die_with_parent()
            if cores:
                os.sched_setaffinity(0, cores)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen([str(x) for x in self.command()], stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=before)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


class Cubed(Job):
    """cube-lite.yaml, or the built-in pack; more: {"time": "align: 1d", ...} goes into those sections."""

    def __init__(self, broker, backlog, number, name="cubed", text=None, more=None):
        self.name = name
        super().__init__(broker, backlog, number)
        self.port = free_ports(1)[0]
        text = text or self.text()
        for section, keys in (more or {}).items():
            text, done = re.subn(rf"(?m)^{section}: \{{", f"{section}: {{{keys}, ", text)
            text += "" if done else f"{section}: {{{keys}}}\n"
        self.config = self.folder / "cubed.yaml"
        self.config.write_text(text + self._own(), encoding="utf-8")

    @staticmethod
    def text():
        return (HERE / "cube-lite.yaml").read_text(encoding="utf-8")

    def _own(self):
        names = {t: self.backlog.prefix + t for t in TOPICS}
        names |= {t: f"{self.out}cube.{t.replace('_', '-')}" for t in ("state", "changes", "alerts", "customers", "late", "dead_letters")}
        names |= {t: self.out + t for t in ("partials", "changelog")}
        topics = ", ".join(f"{k}: {v}" for k, v in names.items())
        return (f'name: {self.group}\nkafka: {{bootstrap.servers: "{self.broker.bootstrap}"}}\ntopics: {{{topics}}}\n'
                f'http: {{listen: "127.0.0.1:{self.port}"}}\n')

    def prepare(self):
        output_of(binary(), "topics", "-c", self.config, "--create")

    def command(self):
        return [binary(), "run", "-c", self.config]

    def follows(self):
        return None


class Peer(Job):
    """A variant of the Streams job, as streams/run starts it."""

    def __init__(self, broker, backlog, number, variant, heap="1g", name=None, settings=None):
        """settings: of Kafka Streams, NAME=VALUE."""
        self.name = name or f"{variant} {backlog.shape} {backlog.customers}"
        super().__init__(broker, backlog, number)
        self.variant, self.heap, self.settings = variant, heap, settings

    def prepare(self):
        from kafka.admin import KafkaAdminClient, NewTopic
        admin = KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)
        admin.create_topics([NewTopic(self.out + t, 2, 1, topic_configs={"retention.ms": "-1"}) for t in ("partials", "cube.state", "cube.changes")])
        admin.close()

    def command(self):
        return ["java", f"-Xms{self.heap}", f"-Xmx{self.heap}", "-XX:+UseSerialGC", "-Ddecoder=msgpack-core", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp", f"{STREAMS}/target/streams-peer-1.jar:{STREAMS}/target/libs/*", "peer.Main", "--bootstrap", self.broker.bootstrap,
                "--app", self.group, "--variant", self.variant, "--in", self.backlog.prefix, "--out", self.out, "--partials", "2",
                "--threads", "1", "--state-dir", self.folder / "state", *(("--set", self.settings) if self.settings else ())]

    def follows(self):
        """The topic between its stages."""
        return f"{self.group}-partials-repartition" if self.variant.startswith("dsl") else self.out + "partials"


def build_peer():
    """With Maven; brings Kafka Streams on first use."""
    done = subprocess.run(["mvn", "-q", "-B", "package"], cwd=STREAMS, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{STREAMS.relative_to(ROOT)}: {done.stdout}{done.stderr}")
