#!/usr/bin/env python3
"""What cubed is bounded by, on a real broker: connections, headers and time of its page, the time that a stop takes; and how it ends without memory."""
import contextlib
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parent / "support"
sys.path[:0] = [str(HERE), str(SUPPORT)]
import cache

cache.use_venv()

import refusal_test as small
from broker import Broker
from committed import last_per_key, read_topic
from daemon import Daemon
from program import cubed
from refusal_test import T0, committed_sum, ends_with, is_read, made, sent
from tap import PATIENCE, equal, holds, main, wait_until

CONNECTIONS, HEADER_BYTES, REQUEST_SECONDS = 64, 8192, 5
CROWDS_MAX = 5


# ---------------------------------------------------------------- the page

def request_of(size):
    """One for /livez, so many bytes long."""
    head, tail = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: ", b"\r\n\r\n"
    return head + b"x" * (size - len(head) - len(tail)) + tail


def status_of(port, size=100, seconds=PATIENCE * 5):
    """What is answered; None: nothing in this time; 0: it was hung up on without an answer."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as s:
        try:
            with contextlib.suppress(ConnectionError):  # who is refused before all is read gets a reset behind the answer
                s.sendall(request_of(size))
            with contextlib.suppress(ConnectionError):
                while more := s.recv(65536):
                    said += more
        except TimeoutError:
            return None
    return int(said.split()[1]) if said.count(b" ") > 1 else 0


def hung_up_after(silent, trickling, begun):
    """The seconds until each was hung up on. One is given a byte now and then, which does not help it."""
    seconds = {}
    while len(seconds) < len(silent) and time.monotonic() - begun < PATIENCE * (REQUEST_SECONDS + 3):
        for s in select.select([s for s in silent if s not in seconds], [], [], 0.2)[0]:
            seconds[s] = time.monotonic() - begun
        with contextlib.suppress(OSError):
            trickling.send(b"x")
    return list(seconds.values())


def crowd(port):
    """What is answered beside one less than all connections and beside all, the seconds until each of those was hung up on, and
    whether all was asked before the first of them was."""
    begun = time.monotonic()
    with contextlib.ExitStack() as sockets:
        def connected():
            return sockets.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE * 5))
        silent = [connected() for _ in range(CONNECTIONS - 1)]
        silent[0].sendall(b"GET /livez HTTP/1.1\r\nX: ")
        answers = [status_of(port, seconds=REQUEST_SECONDS - 1)]
        silent.append(connected())
        answers.append(status_of(port, seconds=1))
        in_time = time.monotonic() - begun < REQUEST_SECONDS - 1
        return answers, hung_up_after(silent, silent[0], begun), in_time


def crowd_in_time(port):
    """On a machine that stands still for two seconds it is asked too late: then everything again."""
    for _ in range(CROWDS_MAX):
        answers, seconds, in_time = crowd(port)
        if in_time:
            break
    return answers, seconds


def test_the_page_takes_64_connections_8_kib_of_headers_and_five_seconds_for_a_request():
    with Daemon(made("page")) as daemon, contextlib.ExitStack() as meanwhile:
        is_read(daemon, 50)
        equal([status_of(daemon.port, n) for n in (HEADER_BYTES, HEADER_BYTES + 1, 60_000)], [200, 431, 431], "by bytes of the request")
        feeding = threading.Thread(target=sent, args=("page", 2_000))
        feeding.start()
        meanwhile.callback(feeding.join)
        answers, seconds = crowd_in_time(daemon.port)
        equal(answers, [200, None], f"beside {CONNECTIONS - 1} others, and beside {CONNECTIONS}")
        equal(len(seconds), CONNECTIONS, "all were hung up on")
        holds(min(seconds) > REQUEST_SECONDS - 1, f"none before its time: {sorted(seconds)[:3]} s")
        equal(status_of(daemon.port), 200, "there is room again")
        feeding.join()
        wait_until(lambda: committed_sum("page") == 2_050, 20, "the engine has noticed nothing")
        equal(daemon.stop(), 0)


# ---------------------------------------------------------------- the end

def test_a_stop_on_a_broker_that_does_not_answer_takes_no_longer_than_the_unit_gives():
    """Daemon.stop asserts it: the time of the unit, whatever the machine. A transaction is under way."""
    with Broker() as frozen, Daemon(made("frozen", **{"bootstrap.servers": frozen.bootstrap})) as daemon:
        is_read_there = lambda: daemon.metrics().get('cubed_transactions_total{outcome="done"}', 0) > 0
        wait_until(is_read_there, 30, "it commits")
        sent("frozen", 300, step=60_000)
        frozen.pause()
        try:
            begun = time.monotonic()
            equal(daemon.stop(), 0)
            print(f"# {time.monotonic() - begun:.1f} s")
        finally:
            frozen.resume()
        daemon.start()
        wait_until(lambda: "lag_records 0" in daemon.get("/readyz?verbose")[1], 30, "it works on")
        equal(daemon.stop(), 0)


def short_of_memory():
    """What makes a process run out of memory when it is told to."""
    library = small.work / "short_of_memory.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(SUPPORT / "short_of_memory.c")], check=True, timeout=60)
    return {"LD_PRELOAD": str(library)}


def test_run_without_memory_leaves_with_71_and_publishes_nothing_by_halves():
    seed = random.randrange(1 << 32)
    print(f"# seed {seed}", flush=True)
    daemon, rng, times = Daemon(made("poor"), env=short_of_memory()), random.Random(seed), [T0 + i for i in range(50)]
    try:
        for step in (1_000, 1_700, 20_000):  # all within the lateness
            daemon.start()
            sent("poor", 2_000, step)
            times += [T0 + i * step for i in range(2_000)]
            time.sleep(rng.random())  # before, while or after they are read
            daemon.signal(signal.SIGUSR1)
            sent("poor", 100, step)
            times += [T0 + i * step for i in range(100)]
            ends_with(daemon, 71, 30, "out of memory")
            equal(cubed("verify", "-c", daemon.config, timeout=120).returncode, 0, "verify")
        daemon.start()
        sent("poor", 50, 1_000_000)  # stragglers are told of with the next tick
        times += [T0 + i * 1_000_000 for i in range(50)]
        wait_until(lambda: committed_sum("poor") == len(times), 60, "all is read")
        wait_until(lambda: published_is_right(times), 20, "each event counts once", step=0.5)
        equal((cubed("verify", "-c", daemon.config, timeout=120).returncode, daemon.stop()), (0, 0), "verify, exit")
    finally:
        daemon.kill()


def published_is_right(times):
    """The last state counts what is before it, and what is near the end is in it."""
    state = last_per_key(read_topic(small.broker.bootstrap, "poor.state"))["organisation"]
    before = sum(t < state["as_of"] for t in times)
    return before > 6_000 and state["measures"]["complaints"]["value"] == before


if __name__ == "__main__":
    with Broker() as small.broker:
        main(at_a_time=3)
