#!/usr/bin/env python3
"""The tests' own MessagePack and murmur2 against values from their specifications."""
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tap import equal, main, raises
from wire import Ext, murmur2, pack, partition_of, unpack, unpack_all


def test_pack_writes_the_shortest_form():
    for value, text in ((0, "00"), (127, "7f"), (128, "cc80"), (256, "cd0100"), (65536, "ce00010000"), (2 ** 32, "cf0000000100000000"),
                        (-1, "ff"), (-32, "e0"), (-33, "d0df"), (-129, "d1ff7f"), (-32769, "d2ffff7fff"), (1.5, "cb3ff8000000000000"),
                        (None, "c0"), (True, "c3"), (False, "c2"), ("a", "a161"), (b"\x01", "c40101"), ([1, 2], "920102"),
                        ({"a": 1}, "81a16101"), ("x" * 32, "d920" + "78" * 32)):
        equal(pack(value).hex(), text, repr(value))


def test_unpack_reads_what_pack_wrote():
    rng = random.Random(7)

    def value(depth):
        kind = rng.randrange(8 if depth else 6)
        if kind == 0:
            return rng.randrange(-2 ** 63, 2 ** 64) >> rng.randrange(64)
        if kind == 1:
            return rng.random() * 10 ** rng.randrange(-5, 9)
        if kind == 2:
            return "".join(chr(rng.choice((65, 233, 8364, 128512))) for _ in range(rng.randrange(300)))
        if kind == 3:
            return rng.randbytes(rng.randrange(300))
        if kind == 4:
            return rng.choice((None, True, False))
        if kind == 5:
            return ""
        if kind == 6:
            return [value(depth - 1) for _ in range(rng.randrange(20))]
        return {str(i): value(depth - 1) for i in range(rng.randrange(20))}

    for _ in range(500):
        v = value(3)
        equal(unpack(pack(v)), v)


def test_unpack_refuses_cut_and_surplus_bytes():
    whole = pack({"k": [1, 2.5, "text"]})
    for n in range(len(whole)):
        with raises(ValueError):
            unpack(whole[:n])
    with raises(ValueError):
        unpack(whole + b"\x00")
    equal(unpack_all(whole + b"\x00"), [{"k": [1, 2.5, "text"]}, 0])
    equal(unpack(b"\xd4\x05\x01"), Ext(5, b"\x01"))


def test_murmur2_gives_the_values_of_the_java_client():
    # The signed values of the Java client's own tests.
    for key, want in ((b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536),
                      (b"a-little-bit-longer-string", -1486304829), (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
                      (b"abc", 479470107)):
        equal(murmur2(key), want & 0xFFFFFFFF, key.decode())
    equal(partition_of("abc", 1000), 107)


if __name__ == "__main__":
    main()
