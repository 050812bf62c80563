#!/usr/bin/env python3
"""What a daemon waits for that is restored: a broker that stands still, a disk that is slow or hangs. And a broker that goes away under commands,
and comes back."""
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache

cache.use_venv()

from broker import Broker, die_with_parent
from daemon import STOP_SECONDS, Daemon
from kafka import KafkaProducer
from program import binary, cubed, event, write_config, write_events
from scratch import scratch
from tap import contains, equal, holds, main, wait_until

T0 = 1_704_067_200_000
PARTITIONS = 2
ROLES = ("interactions", "cpi", "hr", "state", "changes", "alerts", "customers", "late", "dead_letters")
work = scratch("cubed-gone-")


def config_of(name):
    return {"version": 1, "name": name, "pack": "none", "kafka": {"bootstrap.servers": broker.bootstrap}, "topics": {t: f"{name}.{t}" for t in ROLES},
            "time": {"idle_after": "never", "out_of_order": "0s"}, "scopes": ["region"],
            "measures": [{"name": "complaints", "aggregation": "count", "from": {"kind": "complaint"}, "window": "30d"}]}


def some_events(count):
    return [event("complaint", T0 + i * 1000, customer=f"c{i}", region="north") for i in range(count)]


def created(name, count=50):
    """Topics, and so many events; the configuration's path."""
    path = write_config(work / f"{name}.yaml", config_of(name))
    cubed("topics", "-c", path, "--create", "--partitions", PARTITIONS)
    cubed("produce", "-c", path, write_events(work / f"{name}.ndjson", some_events(count)))
    return path


# ---------------------------------------------------------------- the daemon

ALERT = {"name": "Angry", "measure": "complaints", "threshold": {"above": 5}, "severity": "page"}
FIRING = 'cubed_alerts{alertname="Angry",status="firing"}'
VALUE = 'cubed_measure_value{scope="organisation",measure="complaints"}'


def told_of(daemon):
    """(scopes, complete, why) of the list, and what the metrics say."""
    said, metrics = daemon.json("/api/v1/scopes"), daemon.metrics()
    return [s["scope"] for s in said["scopes"]], said["complete"], said.get("why"), metrics.get(FIRING), metrics.get(VALUE)


def test_what_is_not_known_while_no_broker_answers_is_not_told_as_nothing():
    """Behind its session's time the partitions go, and with them the tasks. A broker of its own: the others' tests need theirs."""
    global broker
    others, broker = broker, Broker().start()
    try:
        created("known")
        with Daemon({**config_of("known"), "alerts": [ALERT]}) as daemon:
            wait_until(lambda: daemon.metrics().get(FIRING) == 2, 30, "the alert fires in both scopes")
            known = (["organisation", "region=north"], True, None, 2, daemon.metrics()[VALUE])
            equal(told_of(daemon), known)
            broker.pause()
            wait_until(lambda: not daemon.json("/api/v1/scopes")["complete"], 60, "the partitions are lost")
            equal(told_of(daemon), ([], False, "no broker answers", 2, known[4]))
            equal(daemon.json("/api/v1/alerts"), {"alerts": [], "ready": False, "complete": False, "why": "no broker answers"})
            equal(daemon.get("/api/v1/scopes/region=north"), (503, '{"error":"not known now: no broker answers"}\n'))
            holds("cubed_input_lag_records" not in daemon.metrics(), "no lag is known")
            broker.resume()
            wait_until(lambda: daemon.json("/api/v1/scopes")["complete"], 60, "the tasks are put back")
            wait_until(lambda: told_of(daemon) == known, 30, "and all is as before")
            equal(daemon.stop(), 0)
    finally:
        broker.close()
        broker = others


def left_open(name):
    """A transaction that nobody ends in the changelogs of customers: who restores them waits for it."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=f"{name}-open", acks="all", transaction_timeout_ms=600_000)
    producer.init_transactions()
    producer.begin_transaction()
    for p in range(PARTITIONS):
        producer.send(f"{name}-changelog-customers", key=b"nobody", value=b"", partition=p)
    producer.flush()
    return producer


class Manager:
    """systemd's end of its socket, read all the while: some ten messages find room in it, and who sends one more waits."""

    def __init__(self, path):
        self.path, self.fed_at, self.over = path, time.monotonic(), False
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(0.2)
        self.reading = threading.Thread(target=self._read)

    def _read(self):
        while not self.over:
            with contextlib.suppress(TimeoutError):
                if self.socket.recv(4096) == b"WATCHDOG=1":
                    self.fed_at = time.monotonic()

    def fed(self, seconds, within):
        """The watchdog is told of progress for so long, and never later than it waits."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            holds(time.monotonic() - max(begun, self.fed_at) < within, "the watchdog is fed")
            time.sleep(0.1)
        holds(self.fed_at > begun, "it was fed meanwhile")

    def __enter__(self):
        self.reading.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.reading.join()
        self.socket.close()


def restores(daemon):
    """Whether it has all its partitions and is not ready with them, three times in a row: without what is left open it would be at once."""
    told = []
    for _ in range(3):
        told.append(daemon.get("/readyz?verbose"))
        time.sleep(0.5)
    return all(status == 503 and text.startswith("not ready: restoring") for status, text in told)


def test_a_restore_that_stands_still_answers_feeds_the_watchdog_and_hears_sigterm():
    created("still")
    with Manager(work / "notify") as manager:
        daemon = Daemon(config_of("still"), env={"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "6000000"})
        with daemon.start():
            wait_until(lambda: sum(daemon.outcomes().values()) >= 50 and " app ready " in daemon.log.read_text(), 30, "all is read, and it is ready")
            equal(daemon.stop(), 0)
            nobody = left_open("still")
            daemon.log.write_text("")
            daemon.start(ready_within=None)
            wait_until(lambda: restores(daemon), 30, "it restores", step=0.5)
            broker.pause()
            try:
                manager.fed(8, 6)
                equal([daemon.get(path, timeout=5)[0] for path in ("/livez", "/readyz", "/metrics", "/")], [200, 503, 200, 200], "it answers")
                daemon.signal(signal.SIGTERM)
                wait_until(lambda: "stopping" in daemon.log.read_text(), 3, f"it hears that\n{daemon.tail()}")
                asked = time.monotonic()
                equal(daemon.stop(), 0)
                holds(time.monotonic() - asked < STOP_SECONDS / 2, "and soon: the unit gives it twice as long as it waits for anything")
                holds(" app ready " not in daemon.log.read_text(), f"it has stood still to the end\n{daemon.tail()}")
            finally:
                broker.resume()
                nobody.close(timeout=0)


SLOW_READ = b"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static ssize_t slowly(const char *name, int fd, void *at, size_t len, off_t offset)
{
    ssize_t (*real)(int, void *, size_t, off_t) = (ssize_t (*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, name);
    usleep((useconds_t)atoi(getenv("READ_MS")) * 1000);
    return real(fd, at, len, offset);
}

ssize_t pread(int fd, void *at, size_t len, off_t offset) { return slowly("pread", fd, at, len, offset); }
ssize_t pread64(int fd, void *at, size_t len, off_t offset) { return slowly("pread64", fd, at, len, offset); }
"""


def slow_disk():
    """Preloaded, a read at a place, which is how copies are read, takes READ_MS."""
    library = work / "slow_read.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-x", "c", "-o", str(library), "-"], input=SLOW_READ, check=True, timeout=60)
    return str(library)


def lives(daemon, manager, seconds):
    """How /livez answers for so long while it restores; and how long the watchdog was never told anything meanwhile, at most."""
    begun, answers, hungry = time.monotonic(), [], 0
    while time.monotonic() - begun < seconds:
        answers.append(daemon.get("/livez", timeout=5)[0])
        hungry = max(hungry, time.monotonic() - max(begun, manager.fed_at))
        time.sleep(0.1)
    contains(daemon.get("/readyz?verbose")[1], "not ready: restoring")
    return answers, hungry


def test_a_restore_from_copies_on_a_slow_disk_is_alive_and_on_one_that_hangs_it_is_not():
    """Each copy is read twice, in pieces: a piece in time is progress, whatever the whole takes."""
    created("slow")
    copies = work / "copies"
    copies.mkdir()
    with Manager(work / "notify-slow") as manager:
        daemon = Daemon({**config_of("slow"), "checkpoint": {"dir": str(copies)}})
        slow = {"LD_PRELOAD": slow_disk(), "NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "2000000"}
        with daemon.start():
            wait_until(lambda: sum(daemon.outcomes().values()) >= 50, 30, "all is read")
            equal(daemon.stop(), 0)
            for read_ms, alive in ((8000, True), (60_000, False)):
                daemon.start(ready_within=None, env={**slow, "READ_MS": str(read_ms)})
                wait_until(lambda: restores(daemon), 30, "it restores", step=0.5)
                answers, hungry = lives(daemon, manager, 11)
                wanted = (200, False, True) if alive else (503, True, False)
                equal((answers[-1], 503 in answers, hungry < 9.9), wanted, f"{read_ms} ms, {hungry:.1f} s")
                daemon.kill()


# ---------------------------------------------------------------- commands

def begun(told, *arguments):
    """A command that goes on meanwhile; what it says on stderr goes to a file."""
    with open(told, "wb") as err:
        return subprocess.Popen([str(binary()), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, preexec_fn=die_with_parent)


def sent_again(path, lines, came, lacking, first):
    """What was said of so many lines is true: nothing before the first is missing, and from there on all counts once. What the broker had
    when it was killed need not be what it had still answered: then a record counts as not delivered, and is there."""
    equal(came + lacking, len(lines), "each was delivered or was not")
    holds(first <= came + 1 <= 1001, f"what was delivered was sent before the kill: {came}, the first that was not: {first}")
    cubed("produce", "-c", path, stdin="".join(lines[first - 1:]))
    with Daemon(config_of("sent")) as daemon:
        wait_until(lambda: daemon.outcomes().get("applied", 0) >= len(lines) + 1, 30, "all is read")
        equal(daemon.outcomes()["applied"], len(lines) + 1, "each counts once, and the one that was sent later")
        equal(daemon.stop(), 0)


def test_commands_under_which_the_broker_goes_and_comes_back():
    """tap tells both, once; produce says what came through and where to go on; verify waits for the coordinator that starts."""
    path, other = created("again"), created("sent", 0)
    with Daemon(config_of("again")) as daemon:
        wait_until(lambda: sum(daemon.outcomes().values()) >= 50, 30, "all is read")
        equal(daemon.stop(), 0)
    tap_told, produce_told = work / "tap.log", work / "produce.log"
    lines = [json.dumps(e) + "\n" for e in some_events(1500)]
    tap = begun(tap_told, "tap", "-c", other, "interactions", "--from", "earliest")
    produce = begun(produce_told, "produce", "-c", other, "--timeout", "3s")
    try:
        produce.stdin.write("".join(lines[:1000]).encode())
        produce.stdin.flush()
        for _ in range(1000):
            contains(tap.stdout.readline().decode(), "sent.interactions")
        equal(tap_told.read_text(), "")
        broker.kill()
        out, _ = produce.communicate("".join(lines[1000:]).encode(), timeout=90)
        wait_until(lambda: "no broker answers: " in tap_told.read_text(), 10, "tap says that nobody answers")
        broker.start()
        cubed("verify", "-c", path, "--timeout", "30s", timeout=60)
        wait_until(lambda: "a broker answers again" in tap_told.read_text(), 30, "tap says that somebody does")
        cubed("produce", "-c", other, stdin=json.dumps(event("complaint", T0, customer="c1", id="later")))
        contains(tap.stdout.readline().decode(), "sent.interactions")
        tap.send_signal(signal.SIGINT)
        equal(tap.wait(30), 0)
    finally:
        tap.kill()
        produce.kill()
    equal([line.split(": ")[1] for line in tap_told.read_text().splitlines()], ["no broker answers", "a broker answers again"])
    equal(produce.returncode, 69)
    came, lacking = (int(n) for n in re.fullmatch(r"interactions (\d+), cpi 0, hr 0, refused 0, not delivered (\d+)\n", out.decode()).groups())
    told = produce_told.read_text()
    contains(told, f"cubed produce: {lacking} records were not delivered: ")
    contains(told, "send again from there; what came through behind it counts once, as long as its topic has not gone on by more than "
             "dedup.horizon (1h)")
    first = int(re.search(r"the first of them is stdin:(\d+): ", told)[1])
    sent_again(other, lines, came, lacking, first)


if __name__ == "__main__":
    with Broker() as broker:
        main()
