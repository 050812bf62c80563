#!/usr/bin/env python3
"""What the protocol relies on in Kafka, as claims against the ports: the Kafka of the simulator and real brokers of two
versions must do the same (tests/kafka/conform_claims.h)."""
import contextlib
import os
import queue
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import cache
from broker import NEWEST, OLDER, Broker
from coordinators import Doors
from tap import PATIENCE, equal, holds, main

ROOT = Path(__file__).resolve().parents[2]
CONFORM = ROOT / "build/release/tests/conform"
CLAIMS = (ROOT / "tests/kafka/conform_claims.h").read_text(encoding="ascii")
NAMES, LOSSES, ALONE = (re.findall(r"^    X\((\w+)\)", part, re.MULTILINE) for part in re.split("#define (?:LOSSES|ALONE)", CLAIMS))
BENDS = re.findall(r"^    BEND\([^ ]+ (\w+)\)", (ROOT / "tests/kafka/conform_bend.c").read_text(encoding="ascii"), re.MULTILINE)
AT_A_TIME = 12  # on a broker: each claim has topics, a group and producers of its own, and mostly waits
AT_A_DOOR = 8
CLAIM_SECONDS = 120
LIBRARIES = ("system", "current")  # Debian's librdkafka, and the one in a wheel
PROPERTIES = {"transaction.abort.timed.out.transaction.cleanup.interval.ms": 200}


def library_env(library):
    return {**os.environ, "LD_LIBRARY_PATH": str(cache.librdkafka_folder())} if library == "current" else None


def conform(where, *words):
    done = subprocess.run([CONFORM, where, *words], capture_output=True, text=True, timeout=400 * PATIENCE, check=False)
    return done.returncode, done.stdout + done.stderr[-2000:]


def holds_somewhere(where, name, library, lost=lambda what: None):
    """conform says what is to be lost, and waits until it is."""
    run = subprocess.Popen([CONFORM, where, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           env=library_env(library))
    said = []
    limit = threading.Timer(CLAIM_SECONDS * PATIENCE, run.kill)
    limit.start()
    try:
        for line in run.stdout:
            said.append(line)
            word, _, what = line.strip().partition(" ")
            if word in ("lose", "back"):
                lost(what)
                run.stdin.write("done\n")
                run.stdin.flush()
        code = run.wait()
    finally:
        limit.cancel()
        run.kill()
        run.wait()
    text = "".join(said)
    holds(code == 0 and said[-1:] == [f"ok - {name}\n"], f"{library}, {name} ended with {code}: {text[-3000:]}")
    holds((f"librdkafka {cache.LIBRDKAFKA[0]}\n" in text) == (library == "current"), text[:100])


def all_hold(version):
    tried = [(name, library) for name in reversed(NAMES) for library in LIBRARIES]  # those that wait longest come first
    with Broker(version, properties=PROPERTIES) as broker, ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(lambda of: holds_somewhere(broker.bootstrap, *of), tried))


def all_hold_with_losses(version, library_alone):
    """Side by side, each behind a door of its own, and then one after the other, with one of the libraries, those that take something from all."""
    free = queue.SimpleQueue()

    @contextlib.contextmanager
    def a_door():
        door = free.get()
        try:
            yield door
        finally:
            free.put(door)

    def tried(name, library):
        with a_door() as door:
            try:
                holds_somewhere(door.bootstrap, name, library, door.lose)
            finally:
                door.lose("")  # whoever comes next finds nothing lost, whatever became of this one

    with Doors(version, AT_A_DOOR) as doors, ThreadPoolExecutor(AT_A_DOOR) as pool:
        for door in doors:
            free.put(door)
        for library in LIBRARIES:
            list(pool.map(lambda name: tried(name, library), LOSSES))
        for name in ALONE:
            tried(name, library_alone)


def test_the_kafka_of_the_simulator_does_what_is_claimed():
    code, said = conform("fake")
    holds(code == 0, said)
    equal(re.findall(r"^ok - (.*)", said, re.MULTILINE), NAMES + LOSSES + ALONE, "claims that hold")


def test_a_kafka_that_is_wrong_in_one_way_is_found_out():
    """Each wrong way by a claim, and each claim by a wrong way."""
    found = set()
    for bend in BENDS:
        code, said = conform("fake", "", bend)
        failed = set(re.findall(r"^not ok - (.*)", said, re.MULTILINE))
        holds(code == 1 and failed and "conform_bend" not in said, f"{bend}: {said}")
        found |= failed
    equal([name for name in NAMES + LOSSES + ALONE if name not in found], [], "claims that hold whatever is wrong")


def test_the_newest_broker_does_what_is_claimed():
    all_hold(NEWEST)


def test_the_older_broker_does_what_is_claimed():
    all_hold(OLDER)


def test_coordinators_of_the_newest_broker_that_are_lost_do_what_is_claimed():
    all_hold_with_losses(NEWEST, "current")


def test_coordinators_of_the_older_broker_that_are_lost_do_what_is_claimed():
    all_hold_with_losses(OLDER, "system")


if __name__ == "__main__":
    main()
