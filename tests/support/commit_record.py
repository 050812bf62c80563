"""Commit records of changelogs (proto/commit_record.h), read and written number by number: all of it is varints."""
from tap import equal

VERSION = 4
HEAD = ("version", "seq", "lineage", "customers", "employees", "scopes", "model", "watermark", "from", "guarded", "released", "turned", "inputs")
INPUT = ("topic", "first", "next", "max_ts", "redo", "redo_max_ts", "applied", "duplicate", "late", "dead_letter", "ignored")


def numbers_of(raw):
    """All varints, as they stand: signed ones zigzag."""
    out, v, shift = [], 0, 0
    for byte in raw:
        v |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(v)
            v = shift = 0
    return out


def bytes_of(numbers):
    out = bytearray()
    for v in numbers:
        while v >= 128:
            out.append(v & 127 | 128)
            v >>= 7
        out.append(v)
    return bytes(out)


def place(name, number=0):
    """Where a member of the head, or of an input, stands."""
    return HEAD.index(name) if name in HEAD else len(HEAD) + number * len(INPUT) + INPUT.index(name)


def outline(raw):
    """(seq, [{first, next, outcomes} of each input])."""
    numbers = numbers_of(raw)
    equal(numbers[0], VERSION, "version of the commit record")
    of = lambda name, i: (numbers[place(name, i)] >> 1) ^ -(numbers[place(name, i)] & 1)
    inputs = [{"first": of("first", i), "next": of("next", i), "outcomes": numbers[place("applied", i):place("ignored", i) + 1]}
              for i in range(numbers[place("inputs")])]
    return numbers[place("seq")], inputs


def changed(raw, name, change, number=0, signed=True):
    """The record with one number replaced by change(number)."""
    numbers = numbers_of(raw)
    equal(numbers[0], VERSION, "version of the commit record")
    at, v = place(name, number), numbers_of(raw)[place(name, number)]
    v = change((v >> 1) ^ -(v & 1)) if signed else change(v)
    numbers[at] = (v << 1 ^ v >> 63) & (1 << 64) - 1 if signed else v
    return bytes_of(numbers)
