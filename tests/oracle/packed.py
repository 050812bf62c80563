"""MessagePack to Python, with the bounds of the design; maps keep their pairs, so that a key standing twice is seen."""
import struct

DEPTH_MAX, ELEMENTS_MAX, STRING_MAX, RECORD_MAX, KEY_MAX = 16, 4096, 65536, 1 << 20, 1024


class Refused(Exception):
    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Bytes:
    """bin or ext: neither text nor number."""


class Reader:
    def __init__(self, raw):
        self.raw, self.at, self.elements = raw, 0, 0

    def take(self, n):
        if self.at + n > len(self.raw):
            raise Refused("undecodable")
        self.at += n
        return self.raw[self.at - n:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def text(self, n):
        if n > STRING_MAX:
            raise Refused("too_large")
        try:
            return self.take(n).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("undecodable") from None

    def binary(self, n):
        if n > STRING_MAX:
            raise Refused("too_large")
        self.take(n)
        return Bytes()

    def count(self, n, depth):
        if depth >= DEPTH_MAX:
            raise Refused("too_deep")
        self.elements += n
        if self.elements > ELEMENTS_MAX:
            raise Refused("too_large")
        return range(n)

    def mapping(self, n, depth):
        return Pairs([(self.value(depth + 1), self.value(depth + 1)) for _ in self.count(n, depth)])

    def array(self, n, depth):
        return [self.value(depth + 1) for _ in self.count(n, depth)]

    def value(self, depth=0):
        b = self.number("B")
        if b < 0x80:
            return b
        if b < 0x90:
            return self.mapping(b & 15, depth)
        if b < 0xa0:
            return self.array(b & 15, depth)
        if b < 0xc0:
            return self.text(b & 31)
        if b >= 0xe0:
            return b - 256
        simple = {0xc0: None, 0xc2: False, 0xc3: True}
        if b in simple:
            return simple[b]
        numbers = {0xca: "f", 0xcb: "d", 0xcc: "B", 0xcd: "H", 0xce: "I", 0xcf: "Q", 0xd0: "b", 0xd1: "h", 0xd2: "i", 0xd3: "q"}
        if b in numbers:
            return self.number(numbers[b])
        if 0xd4 <= b <= 0xd8:
            self.take(1)
            return self.binary(1 << (b - 0xd4))
        sized = {0xd9: (self.text, "B"), 0xda: (self.text, "H"), 0xdb: (self.text, "I"), 0xc4: (self.binary, "B"), 0xc5: (self.binary, "H"),
                 0xc6: (self.binary, "I")}
        if b in sized:
            method, form = sized[b]
            return method(self.number(form))
        if b in (0xc7, 0xc8, 0xc9):
            n = self.number("BHI"[b - 0xc7])
            self.take(1)
            return self.binary(n)
        nested = {0xdc: (self.array, "H"), 0xdd: (self.array, "I"), 0xde: (self.mapping, "H"), 0xdf: (self.mapping, "I")}
        if b in nested:
            method, form = nested[b]
            return method(self.number(form), depth)
        raise Refused("undecodable")


class Pairs(list):
    """A map as its pairs."""


def unpack(raw):
    reader = Reader(raw)
    value = reader.value()
    if reader.at != len(raw):
        raise Refused("undecodable")
    return value
