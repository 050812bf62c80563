"""MessagePack and Kafka's murmur2, written from their definitions with the standard library only, so that
tests do not ask the program under test what its bytes mean."""
import struct


def pack(value):
    """Encodes None, bool, int, float (as a double), str, bytes, list/tuple, dict (in its order)."""
    out = bytearray()
    _pack(value, out)
    return bytes(out)


def _pack(v, out):
    if v is None:
        out.append(0xC0)
    elif v is True or v is False:
        out.append(0xC3 if v else 0xC2)
    elif isinstance(v, int):
        _pack_int(v, out)
    elif isinstance(v, float):
        out += b"\xcb" + struct.pack(">d", v)
    elif isinstance(v, str):
        raw = v.encode()
        _head(len(raw), out, fix=(0xA0, 32), sizes=((0xD9, "B"), (0xDA, "H"), (0xDB, "I")))
        out += raw
    elif isinstance(v, (bytes, bytearray)):
        _head(len(v), out, sizes=((0xC4, "B"), (0xC5, "H"), (0xC6, "I")))
        out += v
    elif isinstance(v, (list, tuple)):
        _head(len(v), out, fix=(0x90, 16), sizes=((0xDC, "H"), (0xDD, "I")))
        for x in v:
            _pack(x, out)
    elif isinstance(v, dict):
        _head(len(v), out, fix=(0x80, 16), sizes=((0xDE, "H"), (0xDF, "I")))
        for k, x in v.items():
            _pack(k, out)
            _pack(x, out)
    else:
        raise TypeError(type(v).__name__)


def _pack_int(v, out):
    if 0 <= v < 128 or -32 <= v < 0:
        out += struct.pack("b" if v < 0 else "B", v)
        return
    forms = ((0xCC, "B"), (0xCD, "H"), (0xCE, "I"), (0xCF, "Q")) if v > 0 else ((0xD0, "b"), (0xD1, "h"), (0xD2, "i"), (0xD3, "q"))
    for tag, form in forms:
        try:
            body = struct.pack(">" + form, v)
        except struct.error:
            continue
        out.append(tag)
        out += body
        return
    raise OverflowError(v)


def _head(n, out, sizes, fix=None):
    if fix and n < fix[1]:
        out.append(fix[0] | n)
        return
    for tag, form in sizes:
        if n < 256 ** struct.calcsize(form):
            out.append(tag)
            out += struct.pack(">" + form, n)
            return
    raise OverflowError(n)


class Ext:
    """A MessagePack extension value."""

    def __init__(self, code, data):
        self.code, self.data = code, data

    def __eq__(self, other):
        return isinstance(other, Ext) and (self.code, self.data) == (other.code, other.data)

    def __repr__(self):
        return f"Ext({self.code}, {self.data!r})"


def unpack(data):
    """Decodes exactly one value; ValueError when bytes are missing, left over or of no known form."""
    value, at = _unpack(data, 0)
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes after the value")
    return value


def unpack_all(data):
    """Decodes values that stand one after the other."""
    at, out = 0, []
    while at < len(data):
        value, at = _unpack(data, at)
        out.append(value)
    return out


_NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_SIZED = {0xC4: ("bin", ">B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xC7: ("ext", ">B"), 0xC8: ("ext", ">H"), 0xC9: ("ext", ">I"),
          0xD9: ("str", ">B"), 0xDA: ("str", ">H"), 0xDB: ("str", ">I"), 0xDC: ("list", ">H"), 0xDD: ("list", ">I"),
          0xDE: ("map", ">H"), 0xDF: ("map", ">I")}


def _take(data, at, n):
    if at + n > len(data):
        raise ValueError("bytes end too early")
    return data[at:at + n], at + n


def _number(data, at, form):
    raw, at = _take(data, at, struct.calcsize(form))
    return struct.unpack(form, raw)[0], at


def _unpack(data, at):
    (tag,), at = _take(data, at, 1)
    if tag < 0x80 or tag >= 0xE0:
        return (tag if tag < 0x80 else tag - 256), at
    if tag < 0x90:
        return _body(data, at, "map", tag & 15)
    if tag < 0xA0:
        return _body(data, at, "list", tag & 15)
    if tag < 0xC0:
        return _body(data, at, "str", tag & 31)
    if tag in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[tag], at
    if tag in _NUMBERS:
        return _number(data, at, _NUMBERS[tag])
    if tag in _SIZED:
        what, form = _SIZED[tag]
        n, at = _number(data, at, form)
        return _body(data, at, what, n)
    if 0xD4 <= tag <= 0xD8:
        return _body(data, at, "ext", 1 << (tag - 0xD4))
    raise ValueError(f"no value begins with {tag:#x}")


def _body(data, at, what, n):
    if what == "str":
        raw, at = _take(data, at, n)
        return bytes(raw).decode(), at
    if what == "bin":
        raw, at = _take(data, at, n)
        return bytes(raw), at
    if what == "ext":
        code, at = _number(data, at, ">b")
        raw, at = _take(data, at, n)
        return Ext(code, bytes(raw)), at
    if what == "list":
        out = []
        for _ in range(n):
            v, at = _unpack(data, at)
            out.append(v)
        return out, at
    out = {}
    for _ in range(n):
        k, at = _unpack(data, at)
        out[k], at = _unpack(data, at)
    return out, at


def murmur2(key):
    """The 32-bit hash Java's default partitioner takes of a key, as an unsigned number."""
    m, length = 0x5BD1E995, len(key)
    h = 0x9747B28C ^ length
    for i in range(0, length - length % 4, 4):
        k = int.from_bytes(key[i:i + 4], "little") * m & 0xFFFFFFFF
        k = (k ^ k >> 24) * m & 0xFFFFFFFF
        h = (h * m & 0xFFFFFFFF) ^ k
    rest = key[length - length % 4:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & 0xFFFFFFFF
    h = (h ^ h >> 13) * m & 0xFFFFFFFF
    return h ^ h >> 15


def partition_of(key, partitions):
    raw = key.encode() if isinstance(key, str) else key
    return (murmur2(raw) & 0x7FFFFFFF) % partitions
