"""Shared by the converters and the expected-figure scripts: where the data lie, how R data are read,
how events are written, and the small statistics that must not come from the program under test."""
import bz2, gzip, hashlib, json, lzma, math, os, struct, sys, warnings, zlib
from datetime import datetime, timezone
from pathlib import Path

DAY = 86_400_000
NOON = 43_200_000
Z95 = 1.959963984540054


def raw_dir():
    base = os.environ.get("CUBED_CACHE")
    if not base:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cubed-tests"
    return Path(base) / "data" / "raw"


def ms(text):
    """UTC ISO date or date-time -> Unix ms."""
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 1000


def iso(t):
    return datetime.fromtimestamp(t // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------- R data without R

def _rds(raw):
    import rdata
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return rdata.conversion.convert(rdata.parser.parse_data(raw))


def r_lazy(package, name):
    """One object of an R lazy-load data base (Rdata.rdx = index, Rdata.rdb = compressed chunks)."""
    base = raw_dir() / package
    index_raw = (base / "Rdata.rdx").read_bytes()
    index = _rds(gzip.decompress(index_raw) if index_raw[:2] == b"\x1f\x8b" else zlib.decompress(index_raw))
    offset, length = (int(v) for v in index["variables"][name])
    chunk = (base / "Rdata.rdb").read_bytes()[offset:offset + length]
    size = struct.unpack(">I", chunk[:4])[0]
    body = chunk[4:]
    kind = index["compressed"]
    kind = kind[0] if hasattr(kind, "__len__") else kind
    if int(kind) == 3:
        tag, body = body[:1], body[1:]
        if tag == b"Z":
            out = lzma.decompress(body, format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}])
        elif tag == b"2":
            out = bz2.decompress(body)
        else:
            out = zlib.decompress(body)
    else:
        out = zlib.decompress(body)
    assert len(out) == size
    return _rds(out)


# ---------------------------------------------------------------- events

def number(text):
    """Decimal text -> int where it is whole, else the double nearest to it (prints back the same)."""
    f = float(text)
    return int(f) if f == int(f) else f


def write_topics(out, topics, shift_days=0):
    """Writes TOPIC.ndjson for each topic, in event-time order (ties keep the order given)."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for topic in ("interactions", "cpi", "hr"):
        path = out / f"{topic}.ndjson"
        if not topics.get(topic):
            path.unlink(missing_ok=True)
            continue
        events = sorted(topics[topic], key=lambda e: e["ts"])
        with open(path, "w", encoding="utf-8", newline="\n") as f:
            for e in events:
                if shift_days:
                    e = {**e, **{k: e[k] + shift_days * DAY for k in ("ts", "due") if k in e}}
                f.write(json.dumps(e, separators=(",", ":"), ensure_ascii=False, allow_nan=False))
                f.write("\n")
        lo, hi = (iso(events[i]['ts'] + shift_days * DAY) for i in (0, -1))
        print(f"{path.name}: {len(events)} events, {lo} .. {hi}")


def convert_main(build):
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    shift = 0
    for a in sys.argv[1:]:
        if a.startswith("--shift-days="):
            shift = int(a.split("=", 1)[1])
    if len(args) != 1:
        sys.exit("usage: convert.py OUT_DIR [--shift-days=N]")
    write_topics(args[0], build(), shift)


def event_digest(topics):
    """Count and digest per topic, so that a checker knows that its input is the one the figures belong to."""
    out = {}
    for topic, events in topics.items():
        if not events:
            continue
        h = hashlib.sha256()
        events = sorted(events, key=lambda e: e["ts"])
        for e in events:
            h.update(json.dumps(e, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
        out[topic] = {"count": len(events), "sha256": h.hexdigest(),
                      "first": iso(events[0]["ts"]), "last": iso(events[-1]["ts"])}
    return out


# ---------------------------------------------------------------- statistics

def wilson(hits, n, z=Z95):
    p = hits / n
    d = 1 + z * z / n
    c = (p + z * z / (2 * n)) / d
    h = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return [c - h, c + h]


def top_share(values, share=0.2, k=None):
    """Share of the sum held by the ceil(share * n) largest values."""
    v = sorted(values, reverse=True)
    if k is None:
        k = math.ceil(round(share * len(v), 9))
    return sum(v[:k]) / sum(v), k


def gini(values):
    v = sorted(values)
    n = len(v)
    return sum((2 * i - n - 1) * x for i, x in enumerate(v, 1)) / (n * sum(v))


class Expected:
    """Collects figures and writes expected.json."""

    def __init__(self, data_set, source, events, notes):
        self.doc = {"data_set": data_set, "source": source, "events": events, "notes": notes, "figures": []}
        self.seen = set()

    def add(self, name, value, *, scope=None, at, window_days=None, measure, tolerance, how, n=None,
            interval=None, interval_tolerance=None, published=None, status="core", **extra):
        fig = {"name": name, "scope": scope or {}, "at": iso(at), "at_ms": at, "window_days": window_days,
               "measure": measure, "value": value, "tolerance": tolerance}
        if n is not None:
            fig["n"] = n
        if interval is not None:
            fig["interval"] = [round(x, 9) for x in interval]
            fig["interval_tolerance"] = interval_tolerance
        fig["how"] = how
        fig["status"] = status
        if published:
            fig["published"] = published
        fig.update(extra)
        key = (name, json.dumps(fig["scope"], sort_keys=True), at, window_days, json.dumps(measure, sort_keys=True))
        assert key not in self.seen, key
        self.seen.add(key)
        self.doc["figures"].append(fig)

    def write(self, path):
        head = {k: v for k, v in self.doc.items() if k != "figures"}
        lines = [json.dumps(f, ensure_ascii=False) for f in self.doc["figures"]]
        text = json.dumps(head, indent=1, ensure_ascii=False)
        text = text[:-2] + ',\n "figures": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
        json.loads(text)
        Path(path).write_text(text, encoding="utf-8")
        print(f"{len(lines)} figures")
