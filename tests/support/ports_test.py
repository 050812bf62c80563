#!/usr/bin/env python3
"""Ports for servers of tests: never one that somebody else has been given."""
import resource
import socket
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).resolve().parent
sys.path.insert(0, str(SUPPORT))
import ports
from tap import contains, equal, holds, main, raises

ASKED = """
import sys
sys.path.insert(0, sys.argv[1])
import ports
print(ports.keep(int(sys.argv[2])))
"""


def kept_by_another(port):
    asked = subprocess.run([sys.executable, "-c", ASKED, SUPPORT, str(port)], capture_output=True, text=True, check=True, timeout=60)
    return asked.stdout == "True\n"


def test_free_ports_are_none_that_a_connection_gets_by_itself():
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
    got = ports.free_ports(50)
    equal(len(set(got)), 50)
    holds(all(not low <= p <= high for p in got) or low <= ports.FIRST and high == 65_535, f"{got} lie outside {low} to {high}")


def test_a_port_is_kept_though_nobody_listens_there():
    port = ports.free_ports(1)[0]
    holds(not kept_by_another(port), "another program is not given it")
    holds(not ports.keep(port), "and this one not twice")


def test_a_port_is_let_go_when_many_more_are_kept():
    first = ports.free_ports(1)[0]
    before, ports.KEPT_MAX = ports.KEPT_MAX, 1
    try:
        ports.free_ports(1)
    finally:
        ports.KEPT_MAX = before
    holds(kept_by_another(first), "another program may have it")


def test_a_port_on_which_somebody_listens_is_not_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        holds(not ports.is_free(server.getsockname()[1]), "it is taken")


def test_a_port_that_cannot_be_tried_is_an_error_and_not_one_that_is_taken():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with raises(OSError):
            ports.is_free(ports.FIRST)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_without_a_free_port_there_is_an_error_as_well():
    before, ports.is_free = ports.is_free, lambda port: False
    try:
        ports.free_ports(2)
    except RuntimeError as error:
        contains(str(error), "0 of 2 ports")
    else:
        holds(False, "an error")
    finally:
        ports.is_free = before


if __name__ == "__main__":
    main()
