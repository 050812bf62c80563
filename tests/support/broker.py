"""A real Apache Kafka broker (KRaft, one node) on loopback, fetched from Maven and thrown away afterwards.

    with Broker() as broker:          # or version=OLDER
        ... broker.bootstrap, broker.pid ...
        broker.kill(); broker.start() # the same ports, the same data
"""
import ctypes
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from cache import cache_folder, locked
from ports import free_ports
from scratch import scratch

NEWEST = "4.1.1"
OLDER = "3.9.1"
POM = Path(__file__).resolve().parent.parent / "kafka" / "pom.xml"
START_SECONDS = 270


def fetch(version=NEWEST):
    """The folder with the broker's jars; brought by Maven on first use."""
    libs = cache_folder() / f"kafka-{version}"
    with locked(f"kafka-{version}"):
        if not libs.exists():
            if not shutil.which("mvn"):
                raise RuntimeError("mvn is missing: apt-get install maven")
            work = Path(tempfile.mkdtemp(prefix="fetch-", dir=cache_folder()))
            try:
                shutil.copy(POM, work / "pom.xml")
                command = ["mvn", "-q", "-B", "-f", str(work / "pom.xml"), f"-Dkafka.version={version}", "dependency:copy-dependencies",
                           "-DincludeScope=runtime", f"-DoutputDirectory={work}/libs"]
                done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise RuntimeError(f"Maven could not bring Kafka {version}:\n{done.stdout}{done.stderr}")
                (work / "libs").rename(libs)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return libs


def server_properties(port, controller_port, data, listeners, extra):
    """listeners: see Broker."""
    listener = f"PLAINTEXT://127.0.0.1:{port}"
    more = "".join(f",{name}://127.0.0.1:{at}" for name, (_, at, _) in listeners.items())
    shown = "".join(f",{name}://127.0.0.1:{at}" for name, (_, _, at) in listeners.items())
    protocols = "".join(f",{name}:{protocol}" for name, (protocol, _, _) in listeners.items())
    rows = {
        "process.roles": "broker,controller", "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"{listener}{more},CONTROLLER://127.0.0.1:{controller_port}", "advertised.listeners": f"{listener}{shown}",
        "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT{protocols}",
        "log.dirs": data, "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1, "transaction.state.log.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0, "log.cleaner.backoff.ms": 200,
        # After a kill the controller takes the broker back only when the old session has run out.
        "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500,
        **extra,
    }
    return "".join(f"{k}={v}\n" for k, v in rows.items())


def alive_brokers(port):
    """How many brokers the one on this port counts as alive (a Metadata request, version 1); 0 without an answer."""
    request = struct.pack(">hhih", 3, 1, 1, -1) + struct.pack(">i", 0)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=6) as s:
            s.sendall(struct.pack(">i", len(request)) + request)
            head = s.recv(12, socket.MSG_WAITALL)
            return struct.unpack(">iii", head)[2] if len(head) == 12 else 0
    except OSError:
        return 0


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Broker:
    def __init__(self, version=NEWEST, folder=None, properties=None, memory="512m", keep=False, steady=False, listeners=None):
        """folder: where its data lie (default: a temporary one, removed by close). keep: it outlives this process.
        steady: compiled for long runs (benchmarks) instead of for a quick start. listeners: more doors than the plain one,
        {NAME: (security protocol, port, port that clients are told to use: a proxy's, or the same)}."""
        self.version, self.memory, self.keep, self.steady = version, memory, keep, steady
        self.own_folder = folder is None
        self.folder = Path(folder) if folder else scratch("cubed-kafka-")
        self.process = None
        self.start_seconds = None
        self.libs = fetch(version)
        self.classes = Path(f"{self.libs}.jsa")  # loaded classes, written by the first broker that ends: starts in half the time
        self.training = False
        self.config = self.folder / "server.properties"
        if self.config.exists():
            text = self.config.read_text(encoding="ascii")
            self.port = int(re.search(r"^advertised.listeners=PLAINTEXT://127.0.0.1:(\d+)", text, re.MULTILINE)[1])
        else:
            self._format(listeners or {}, properties or {})

    def _format(self, listeners, extra):
        self.folder.mkdir(parents=True, exist_ok=True)
        doors = {port for _, port, _ in listeners.values()}  # chosen before, and let go
        self.port, controller = [p for p in free_ports(2 + len(doors)) if p not in doors][:2]
        self.config.write_text(server_properties(self.port, controller, self.folder / "data", listeners, extra), encoding="ascii")
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").lstrip("-") or "cubed"
        done = subprocess.run(self._java("-XX:TieredStopAtLevel=1", "-Xshare:auto", "kafka.tools.StorageTool", "format", "-t", cluster.ljust(22, "A"), "-c", str(self.config)),
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError("format failed: " + done.stdout + done.stderr)

    def _java(self, *arguments):
        return ["java", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{self.libs}/*", *arguments]

    def _start_flags(self):
        flags = [] if self.steady else ["-XX:TieredStopAtLevel=1"]
        self.training = not self.classes.exists() and not self.keep
        if self.training:
            return [*flags, f"-XX:ArchiveClassesAtExit={self.folder}/classes.jsa"]
        return [*flags, f"-XX:SharedArchiveFile={self.classes}", "-Xlog:cds=off"]

    def _keep_classes(self):
        written = self.folder / "classes.jsa"
        if written.exists():
            shutil.copy(written, f"{self.classes}.{os.getpid()}")
            os.replace(f"{self.classes}.{os.getpid()}", self.classes)
            written.unlink()

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        if self.process:
            return self.process.pid
        try:
            return int((self.folder / "pid").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    @property
    def log(self):
        return self.folder / "broker.log"

    def start(self):
        """Starts it and waits until it counts itself as alive."""
        begun = time.monotonic()
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                self._java(*self._start_flags(), f"-Xms{self.memory}", f"-Xmx{self.memory}", "kafka.Kafka", str(self.config)), stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True, preexec_fn=None if self.keep else die_with_parent)
        (self.folder / "pid").write_text(str(self.process.pid), encoding="ascii")
        while alive_brokers(self.port) < 1:
            if self.process.poll() is not None:
                raise RuntimeError(f"the broker ended with {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() - begun > START_SECONDS:
                self.kill()
                raise RuntimeError(f"the broker is not up after {START_SECONDS} s:\n{self.tail()}")
            time.sleep(0.05)
        self.start_seconds = time.monotonic() - begun
        return self

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def signal(self, number):
        pid = self.pid
        if pid:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def stop(self, timeout=180):
        """A clean end (SIGTERM); a broker that does not leave in time is killed."""
        self.signal(signal.SIGTERM)
        if not self._wait(timeout):
            self.kill()
        elif self.training:
            self._keep_classes()

    def kill(self):
        """The hard end (SIGKILL)."""
        self.signal(signal.SIGKILL)
        self._wait(90)

    def _wait(self, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None if self.process else not Path(f"/proc/{self.pid}").exists():
                self.process = None
                (self.folder / "pid").unlink(missing_ok=True)
                return True
            time.sleep(0.05)
        return False

    def restart(self, hard=False):
        if hard:
            self.kill()
        else:
            self.stop()
        return self.start()

    def pause(self):
        """It stays connected and answers nothing, until resume."""
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def close(self):
        if self.training and self.process:
            self.stop()
        self.kill()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.close()
