"""Ports for servers of tests."""
import collections
import errno
import fcntl
import functools
import random
import socket
import threading
from pathlib import Path

from cache import cache_folder

FIRST = 12_000
TRIES = 1_000
KEPT_MAX = 2_000

_kept, _keeping = collections.deque(), threading.Lock()


def own_ports():
    """None that a connection gets by itself, as one may while a server is down; where it may get any, all."""
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
    return [p for p in range(FIRST, 1 << 16) if not low <= p <= high] or range(FIRST, 1 << 16)


@functools.cache
def locks():
    """A file of which a program locks the byte of each port that it keeps."""
    return open(cache_folder() / "ports.lock", "ab")


def keep(port):
    """False: another program keeps it, or this one. It is kept until this program ends, or has kept KEPT_MAX more: nobody
    listens there while what it was chosen for is down."""
    with _keeping:
        if port in _kept:
            return False
        try:
            fcntl.lockf(locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except (BlockingIOError, PermissionError):  # both are allowed to say that it is locked
            return False
        _kept.append(port)
        while len(_kept) > KEPT_MAX:
            fcntl.lockf(locks(), fcntl.LOCK_UN, 1, _kept.popleft())
        return True


def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def free_ports(count):
    """So many on which nobody listens, kept for this program."""
    own, got = own_ports(), []
    for port in random.sample(own, min(len(own), TRIES)):
        if len(got) < count and is_free(port) and keep(port):
            got.append(port)
    if len(got) < count:
        raise RuntimeError(f"{len(got)} of {count} ports found in {TRIES} tries, among {len(own)}")
    return got
