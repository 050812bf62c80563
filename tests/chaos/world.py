"""A broker, instances of the crash build that each reach it through a proxy of their own, and their topics.
Import it after cache.use_venv()."""
import os
import shutil
import time
from pathlib import Path

import cache
from broker import NEWEST, OLDER, Broker
from daemon import Daemon
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from ports import free_ports
from program import ROOT, crash_binary, cubed
from proxy import Proxy
from scratch import scratch
from story import LARGE_BYTES, PARTITIONS
from tap import equal, holds

VERSIONS = {"4.1": NEWEST, "3.9": OLDER}
LIBRARIES = ("system", "current")
NAMES = ("1", "2", "3")
READY_SECONDS = 90
COMPACTED = ("cube.state", "cube.customers", "demo-changelog-customers", "demo-changelog-employees", "demo-changelog-scopes")
ALWAYS_COMPACTING = {"segment.ms": "500", "min.cleanable.dirty.ratio": "0.0001", "max.compaction.lag.ms": "1000"}


def library_env(library):
    """The environment that makes a daemon run with this librdkafka."""
    return {"LD_LIBRARY_PATH": str(cache.librdkafka_folder())} if library == "current" else {}


class Instance(Daemon):
    """A daemon of the crash build that reaches the broker through its proxy."""

    def __init__(self, name, config, proxy, env):
        super().__init__({"version": 1}, instance=name, env=env, program=crash_binary())
        state = self.folder / "state"  # as systemd gives it: copies of changelogs outlive every fault
        state.mkdir()
        self.env = {**self.env, "STATE_DIRECTORY": str(state)}
        self.proxy = proxy
        self.config.write_text(config + f"http: {{listen: \"127.0.0.1:{self.port}\"}}\n", encoding="utf-8")

    def end(self):
        equal(self.stop(), 0, f"exit of instance {self.instance} after SIGTERM\n{self.tail(15)}\n")

    def runs(self):
        holds(self.exit_code is None, f"instance {self.instance} runs: it ended with {self.exit_code}\n{self.tail()}")


class World:
    def __init__(self, version, library, redo):
        """version: a key of VERSIONS; library: one of LIBRARIES; redo: changelog.redo, how many events a restart may do again."""
        self.version, self.library = version, library
        doors = free_ports(len(NAMES))
        self.proxies = dict(zip(NAMES, map(Proxy, doors)))
        listeners = {f"DOOR{n}": ("PLAINTEXT", door, self.proxies[n].port) for n, door in zip(NAMES, doors)}
        self.broker = Broker(VERSIONS[version], listeners=listeners).start()
        self.bootstrap = self.broker.bootstrap
        self.work = scratch("cubed-chaos-")
        self.config = self.work / "replay.yaml"
        text = cubed("demo", "--print-config").stdout.decode() + f"changelog: {{redo: {redo}}}\n"
        self.config.write_text(text.replace("127.0.0.1:9092", self.bootstrap), encoding="utf-8")
        env = library_env(library)
        self.instances = {n: Instance(n, text.replace("127.0.0.1:9092", f"127.0.0.1:{p.port}"), p, env) for n, p in self.proxies.items()}
        cubed("topics", "-c", self.config, "--create", "--partitions", PARTITIONS)
        self.alter("cube.dead-letters", {"max.message.bytes": str(LARGE_BYTES // 2)})

    def alter(self, topic, settings):
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        policy = {"cleanup.policy": "compact"} if topic in COMPACTED else {}  # what is not named goes back to its default
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {**policy, **settings})])
        admin.close()

    def compact(self):
        """From now on the cleaner never rests."""
        for topic in COMPACTED:
            self.alter(topic, ALWAYS_COMPACTING)

    def pair(self):
        """The two instances that are always there but for a fault."""
        return [self.instances[n] for n in NAMES[:2]]

    def running(self):
        return [d for d in self.instances.values() if d.process and d.exit_code is None]

    def calm(self):
        """The end of all faults."""
        for p in self.proxies.values():
            p.heal()
        for d in self.pair():
            d.runs()
            d.wait_ready(READY_SECONDS)

    def keep_logs(self, name):
        """Copies what the processes said to build/chaos/NAME."""
        place = ROOT / "build" / "chaos" / name
        place.mkdir(parents=True, exist_ok=True)
        for n, d in self.instances.items():
            if d.log.exists():
                shutil.copy(d.log, place / f"instance-{n}.log")
        shutil.copy(self.broker.log, place / "broker.log")
        return place

    def close(self):
        for d in self.instances.values():
            d.kill()
            shutil.rmtree(d.folder, ignore_errors=True)
        for p in self.proxies.values():
            p.close()
        self.broker.close()
        shutil.rmtree(self.work, ignore_errors=True)


def peak_megabytes():
    """What this program took at most."""
    text = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii")
    return int(text.split("VmHWM:")[1].split()[0]) // 1024


def nap(rng, least, most):
    time.sleep(rng.uniform(least, most))
