#!/usr/bin/env python3
"""What the protocol relies on in Kafka, as claims against the ports: the Kafka of the simulator and real brokers of two
versions must do the same (tests/kafka/conform_claims.h)."""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from broker import NEWEST, OLDER, Broker
from coordinators import Doors
from tap import PATIENCE, equal, holds, main

ROOT = Path(__file__).resolve().parents[2]
CONFORM = ROOT / "build/release/tests/conform"
CLAIMS = (ROOT / "tests/kafka/conform_claims.h").read_text(encoding="ascii")
NAMES, LOSSES = (re.findall(r"^    X\((\w+)\)", half, re.MULTILINE) for half in CLAIMS.split("#define LOSSES"))
AT_A_TIME = 6  # on a broker: each claim has topics, a group and producers of its own, and mostly waits


def conform(where, *words):
    done = subprocess.run([CONFORM, where, *words], capture_output=True, text=True, timeout=400 * PATIENCE, check=False)
    return done.returncode, done.stdout + done.stderr[-2000:]


def holds_there(where, name):
    code, said = conform(where, name)
    holds(code == 0, said)
    equal(re.findall(r"^ok - (.*)", said, re.MULTILINE), [name], "the claim that holds")


def all_hold(where):
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(lambda name: holds_there(where, name), NAMES))


def holds_with_losses(door, name):
    """conform says what is to be lost, and waits until it is."""
    run = subprocess.Popen([CONFORM, door.bootstrap, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    for line in run.stdout:
        said.append(line)
        word, _, what = line.strip().partition(" ")
        if word not in ("lose", "back"):
            continue
        if word == "lose":
            door.lose(what)
        else:
            door.back()
        run.stdin.write("done\n")
        run.stdin.flush()
    holds(run.wait() == 0 and said[-1] == f"ok - {name}\n", "".join(said)[-3000:])


def all_hold_with_losses(version):
    """Side by side, each behind a door of its own; but none beside one that has the broker killed."""
    alone = [name for name in LOSSES if "outlive" in name]
    others = [name for name in LOSSES if name not in alone]
    with Doors(version, len(LOSSES)) as doors, ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(holds_with_losses, doors, others))
        for door, name in zip(doors[len(others):], alone):
            holds_with_losses(door, name)


def test_the_kafka_of_the_simulator_does_what_is_claimed():
    code, said = conform("fake")
    holds(code == 0, said)
    equal(re.findall(r"^ok - (.*)", said, re.MULTILINE), NAMES + LOSSES, "claims that hold")


def test_a_kafka_that_is_wrong_in_one_way_is_found_out():
    for bend in ("pending", "start", "hold", "landed", "fenced", "changelog", "abort", "unknown", "guessed", "lost"):
        code, said = conform("fake", "", bend)
        holds(code == 1 and "not ok - " in said and "conform_bend" not in said, f"{bend}: {said}")


def test_the_newest_broker_does_what_is_claimed():
    with Broker(NEWEST) as broker:
        all_hold(broker.bootstrap)


def test_the_older_broker_does_what_is_claimed():
    with Broker(OLDER) as broker:
        all_hold(broker.bootstrap)


def test_coordinators_of_the_newest_broker_that_are_lost_do_what_is_claimed():
    all_hold_with_losses(NEWEST)


def test_coordinators_of_the_older_broker_that_are_lost_do_what_is_claimed():
    all_hold_with_losses(OLDER)


if __name__ == "__main__":
    main()
