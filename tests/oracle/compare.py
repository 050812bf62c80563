"""Compares what `cubed replay` printed with the oracle, field by field."""
import re
from urllib.parse import unquote

from alarms import fingerprint
from sketches import Between, Maybe

EXACT = 1e-9
HISTOGRAM = 0.017
SKETCH = 0.017
MILLIONTH = 2e-6
LOOSE = {"p50": HISTOGRAM, "p90": HISTOGRAM, "p99": HISTOGRAM}


def near(got, want, relative=EXACT, absolute=EXACT):
    return abs(got - want) <= max(absolute, relative * max(abs(got), abs(want)))


def differences(got, want, path="", loose=None):
    """(path, got, want) for every field that differs. Numbers to 1e-9, quantiles of histograms to 1.7 %."""
    if isinstance(want, Maybe):
        want = want.of
    if isinstance(want, dict) and isinstance(got, dict):
        for key in sorted({*got, *want}):
            if key in got and got[key] == want.get(key, got):
                continue
            here = f"{path}.{key}" if path else key
            if key not in got and getattr(want.get(key), "optional", False):
                continue
            if key not in got or key not in want:
                yield here, got.get(key, "(absent)"), want.get(key, "(absent)")
            else:
                yield from differences(got[key], want[key], here, LOOSE.get(key, loose))
    elif isinstance(want, list) and isinstance(got, list):
        if len(got) != len(want):
            yield path, got, want
            return
        for i, (g, w) in enumerate(zip(got, want)):
            yield from differences(g, w, f"{path}[{i}]", loose)
    elif isinstance(want, Between):
        if not want.low - SKETCH <= got <= want.high + SKETCH:
            yield path, got, want
    elif isinstance(want, bool) or isinstance(got, bool) or isinstance(want, str) or isinstance(got, str) or want is None or got is None:
        if got is not want and got != want:
            yield path, got, want
    elif isinstance(want, int) and isinstance(got, int):
        if got != want:
            yield path, got, want
    elif not near(got, want, loose or EXACT):
        yield path, got, want


def empty(figures):
    """A measure nothing of which is in the window: it may be left out where the scope never saw it."""
    return "value" not in figures and not figures.get("n") and not figures.get("waiting") and not figures.get("customers")


def state_differences(got, want):
    got, want = dict(got), dict(want)
    got.pop("model")
    measures = {k: v for k, v in want["measures"].items() if k in got["measures"] or not empty(v)}
    yield from differences(got.pop("measures"), measures, "measures")
    want.pop("measures")
    yield from lever_differences(got.pop("levers"), want.pop("levers"))
    yield from differences(got, want)


def lever_differences(got, want):
    """Each lever, whatever lies within its score's range; ranked by effort. A score exactly at a bound may go either way."""
    mine = {w["measure"]: w for w in want}
    for g in got:
        w = mine.get(g["measure"])
        if w is None or not -1e-6 <= w["score"] <= 100 + 1e-6:
            yield f"levers.{g['measure']}", g, w or "(absent)"
        else:
            yield from differences(g, {k: v for k, v in w.items() if k != "score"}, f"levers.{g['measure']}", 1e-8)
    there = {g["measure"] for g in got}
    for w in want:
        if 1e-6 < w["score"] < 100 - 1e-6 and w["measure"] not in there:
            yield f"levers.{w['measure']}", "(absent)", w
    efforts = [g["effort"] for g in got]
    if efforts != sorted(efforts):
        yield "levers", efforts, sorted(efforts)


def change_differences(got, want):
    for name in ("scope", "at", "from", "to", "edge", "jump", "revision"):
        if got[name] != want[name]:
            yield name, got[name], want[name]
    if got["as_of"] != want["at"]:
        yield "as_of", got["as_of"], want["at"]
    if [a["axis"] for a in got["axes"]] != [a["axis"] for a in want["axes"]]:
        yield "axes", got["axes"], want["axes"]
        return
    for g, w in zip(got["axes"], want["axes"]):
        for end in ("from", "to"):
            if not near(g[end], w[end], absolute=MILLIONTH):
                yield f"{g['axis']}.{end}", g[end], w[end]
        drivers = {d["measure"]: d["contribution"] for d in g["drivers"]}
        for name in {*drivers, *w["drivers"]}:
            if not near(drivers.get(name, 0.0), w["drivers"].get(name, 0.0), absolute=MILLIONTH * 4):
                yield f"{g['axis']}.drivers.{name}", drivers.get(name), w["drivers"].get(name)
        total = sum(round(x * 1e6) for x in drivers.values())
        if total != round(g["to"] * 1e6) - round(g["from"] * 1e6):
            yield f"{g['axis']}.drivers", f"sum {total / 1e6}", g["to"] - g["from"]


def alert_differences(got, want):
    for name in ("status", "labels", "revision"):
        if got[name] != want[name]:
            yield name, got[name], want[name]
    if got["as_of"] != want["at"]:
        yield "as_of", got["as_of"], want["at"]
    for name, at in (("startsAt", want["starts"]), ("endsAt", want["at"] if want["status"] == "resolved" else None)):
        if got[name] != rfc3339(at):
            yield name, got[name], rfc3339(at)
    for name in ("value", "n", "interval"):
        if name in want or name in got:
            yield from differences(got.get(name), want.get(name), name)
    yield from told_differences(got, want)
    drivers = {(d["axis"], d["measure"]): d["contribution"] for d in got.get("drivers", [])}
    moves = {(a["axis"], name): x for a in want["moves"] for name, x in a["drivers"].items()}
    for name in {*drivers, *moves}:
        if not near(drivers.get(name, 0.0), moves.get(name, 0.0), absolute=MILLIONTH * 4):
            yield f"drivers.{name}", drivers.get(name), moves.get(name)


def readable(v):
    if v is None:
        return "unknown"
    return f"{v:.6g}" if abs(v) < 99999.5 else f"{v:.0f}" if abs(v) < 1e15 else str(v)


def told_differences(got, want):
    """A number within a text is the one the record shows, as people read it."""
    if unquote(got["generatorURL"]) != want["generatorURL"] or got["fingerprint"] != fingerprint(got["labels"]):
        yield "generatorURL, fingerprint", (got["generatorURL"], got["fingerprint"]), (want["generatorURL"], fingerprint(got["labels"]))
    names = {**want["names"], "value": readable(got.get("value"))}
    texts = {k: re.sub(r"{{ *(\w+) *}}", lambda x: names[x[1]], text) for k, text in want["annotations"].items()}
    if got["annotations"] != texts:
        yield "annotations", got["annotations"], texts


def rfc3339(ms):
    from datetime import datetime, timedelta, timezone
    if ms is None:
        return "0001-01-01T00:00:00Z"
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{ms % 1000:03d}" if ms % 1000 else "") + "Z"
