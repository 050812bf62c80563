#!/usr/bin/env python3
"""A broker that is not there: one-shot commands give up after --timeout with 69, the daemon waits for ever."""
import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from daemon import Daemon
from ports import free_ports
from program import binary, cubed, event, folder, write_config, write_events
from scratch import scratch
from tap import contains, equal, holds, main, wait_until

MEASURES = [{"name": "n", "aggregation": "count", "from": {"kind": "complaint"}, "window": "1d"}]


def config():
    return {"version": 1, "name": "away", "pack": "none", "kafka": {"bootstrap.servers": f"127.0.0.1:{free_ports(1)[0]}"}, "measures": MEASURES}


def gives_up(*command):
    with folder() as place:
        path = write_config(place / "cubed.yaml", config())
        events = write_events(place / "events.ndjson", [event("complaint", 1_704_067_200_000, customer="c1")])
        begun = time.monotonic()
        done = cubed(command[0], "-c", path, "--timeout", "2s", *[events if c == "EVENTS" else c for c in command[1:]], code=69)
        took = time.monotonic() - begun
        holds(1.5 < took < 15, f"it waited {took:.1f} s")
        holds(done.stderr.decode().startswith(f"cubed {command[0]}: "), f"says why: {done.stderr.decode()}")
        return done.stdout.decode()


def test_a_port_that_is_taken_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as other:
        daemon = Daemon(config())
        daemon.port = other.getsockname()[1]
        daemon.config = write_config(daemon.folder / "cubed.yaml", {**config(), "http": {"listen": f"127.0.0.1:{daemon.port}"}})
        daemon.start(ready_within=None)
        lines = lambda event: daemon.log.read_text().count(f" {event} ") + daemon.log.read_text().count(f'"{event}"')
        wait_until(lambda: lines("not_listening") == 1, 10, "it says that it is")
        time.sleep(4)
        holds(daemon.exit_code is None, "it works on")
    wait_until(lambda: daemon.get("/livez")[0] == 200, 10, "it listens")
    equal((lines("http_refused"), lines("not_listening"), lines("listening")), (1, 1, 1), daemon.log.read_text())
    equal(daemon.stop(), 0)


def test_an_address_that_others_reach_asks_for_the_token():
    place = scratch("credentials-")
    open_to_all = lambda daemon: write_config(daemon.folder / "cubed.yaml", {**config(), "http": {"listen": f"0.0.0.0:{daemon.port}"}})
    daemon = Daemon(config(), env={"CREDENTIALS_DIRECTORY": str(place)})
    daemon.config = open_to_all(daemon)
    daemon.start(ready_within=None)
    wait_until(lambda: daemon.exit_code is not None, 10, "it does not begin without one")
    equal(daemon.exit_code, 78)
    contains(daemon.log.read_text(), "LoadCredential=http-token:FILE")
    contains(cubed("check", "-c", daemon.config).stderr.decode(), "with a token only (credential http-token)")
    (place / "http-token").write_text("s3cret\n", encoding="ascii")
    daemon.start(ready_within=None)
    wait_until(lambda: daemon.get("/livez")[0] == 401, 10, "whoever has none is refused")
    asked = urllib.request.Request(f"http://127.0.0.1:{daemon.port}/livez", headers={"Authorization": "Bearer s3cret"})
    equal(urllib.request.urlopen(asked, timeout=10).status, 200, "whoever has it is not")
    equal(daemon.stop(), 0)


def test_topics():
    equal(gives_up("topics"), "")


def test_topics_create():
    equal(gives_up("topics", "--create"), "")


def test_produce():
    equal(gives_up("produce", "EVENTS"), "interactions 0, cpi 0, hr 0, refused 0, not delivered 0\n")


def test_a_byte_order_mark_is_no_part_of_the_first_event():
    line = json.dumps(event("complaint", 1_704_067_200_000, customer="c1"))
    with folder() as place:
        path = write_config(place / "cubed.yaml", config())
        for text in ("\ufeff" + line, "\ufeff\n" + line):
            (place / "events.ndjson").write_text(text, encoding="utf-8")
            done = cubed("produce", "-c", path, "--timeout", "1ms", place / "events.ndjson", code=69)
            contains(done.stdout.decode(), "refused 0")


def test_tap():
    equal(gives_up("tap"), "")


def test_a_very_long_timeout_is_no_short_one():
    """More milliseconds than 31 bits hold."""
    with folder() as place:
        path = write_config(place / "cubed.yaml", config())
        events = write_events(place / "events.ndjson", [event("complaint", 1_704_067_200_000, customer="c1")])
        waiting = [subprocess.Popen([str(binary()), command, "-c", path, "--timeout", timeout, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for command, *more in (("topics",), ("topics", "--create"), ("produce", str(events)), ("tap",), ("verify",)) for timeout in ("25d", "49d", "100000d")]
        time.sleep(3)
        ended = [p.args[1] for p in waiting if p.poll() is not None]
        for process in waiting:
            process.kill()
            process.communicate()
        equal(ended, [], "ended")


def test_a_signal_ends_tap_while_it_waits_for_a_broker():
    with folder() as place, socket.create_server(("127.0.0.1", 0)) as silent:
        path = write_config(place / "cubed.yaml", {**config(), "kafka": {"bootstrap.servers": f"127.0.0.1:{silent.getsockname()[1]}"}})
        process = subprocess.Popen([str(binary()), "tap", "-c", path, "--timeout", "5m"], stderr=subprocess.PIPE)
        silent.settimeout(30)
        connection, _ = silent.accept()  # it waits for an answer now
        process.terminate()
        begun = time.monotonic()
        try:
            equal(process.wait(60), -signal.SIGTERM)
        finally:
            process.kill()
            connection.close()
        holds(time.monotonic() - begun < 15, "it leaves soon")


def test_the_daemon_waits_and_leaves_when_asked():
    with Daemon(config()).start(ready_within=None) as daemon:
        wait_until(lambda: daemon.get("/livez")[0] == 200, 20, "it lives")
        time.sleep(2)
        equal((daemon.exit_code, daemon.get("/readyz")[0]), (None, 503))
        contains(daemon.log.read_text(), "no broker answers")
        holds("--create" not in daemon.log.read_text(), "it does not say that topics are missing")
        begun = time.monotonic()
        equal(daemon.stop(), 0)
        holds(time.monotonic() - begun < 15, "it leaves soon")


def seconds_of(ask):
    begun = time.monotonic()
    ask()
    return time.monotonic() - begun


def test_the_daemon_answers_soon_while_it_waits():
    """Whether nothing listens there, or something that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for servers in (config()["kafka"]["bootstrap.servers"], f"127.0.0.1:{silent.getsockname()[1]}"):
            with Daemon({**config(), "kafka": {"bootstrap.servers": servers}}).start(ready_within=None) as daemon:
                wait_until(lambda: daemon.get("/livez")[0] == 200, 20, "it lives")
                took = sorted(seconds_of(lambda: daemon.get("/livez")) for _ in range(20))
                holds(took[15] < 0.5, f"three in four answers come within half a second: {took}")
                daemon.signal(signal.SIGTERM)
                time.sleep(0.05)
                daemon.signal(signal.SIGTERM)
                holds(seconds_of(lambda: daemon.process.wait(20)) < 1, "a second signal is heard at once")


def test_systemd_hears_of_the_start_although_no_broker_is_there():
    """READY when the loop runs, so that waiting for a broker fails no start; then why it is not ready, and that it is alive."""
    with folder() as place, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place / "notify"))
        manager.settimeout(30)
        told = []

        def hear(word):
            while word not in told:
                holds(len(told) < 20, f"{word} comes: {told}")
                told.append(manager.recv(4096).decode())
        with Daemon(config(), env={"NOTIFY_SOCKET": str(place / "notify"), "WATCHDOG_USEC": "4000000"}).start(ready_within=None) as daemon:
            for word in ("READY=1", "STATUS=no broker answers", "WATCHDOG=1"):
                hear(word)
            equal(told.index("READY=1"), 0, "the first of all")
            told.clear()
            hear("WATCHDOG=1")
            equal(daemon.stop(), 0)
            hear("STOPPING=1")


def test_the_daemon_outlives_a_hangup_and_says_that_it_reads_nothing_anew():
    with Daemon(config()).start(ready_within=None) as daemon:
        wait_until(lambda: daemon.get("/livez")[0] == 200, 20, "it lives")
        told = lambda: re.search(r"^cubed_config_last_reload_successful (.*)$", daemon.get("/metrics")[1], re.M)[1]
        equal(told(), "1")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: "not_reloaded" in daemon.log.read_text(), 10, "it says so")
        equal(told(), "0")
        equal((daemon.exit_code, daemon.get("/livez")[0], daemon.stop()), (None, 200, 0))


if __name__ == "__main__":
    main(at_a_time=6)
