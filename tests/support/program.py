"""Calls the program under test: build/release/cubed, or what CUBED_BINARY names.

    from program import cubed, event, last, of_topic, replay
    lines = replay(CONFIG, interactions=[event("purchase", 1_000, customer="c1", order="o1", revenue=5)])
    equal(last(lines, "cube.state")["organisation"]["octant"], "cash")
"""
import base64
import contextlib
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

import schema
from tap import PATIENCE, Failed
from wire import pack

ROOT = Path(__file__).resolve().parents[2]
TOPICS = ("interactions", "cpi", "hr")


def binary():
    path = Path(os.environ.get("CUBED_BINARY") or ROOT / "build" / "release" / "cubed")
    if not path.exists():
        raise Failed(f"{path} is missing: ./dev build")
    return path


def crash_binary():
    """The build that dies at the place the environment variable CUBED_CRASH names, as kill -9 would."""
    path = ROOT / "build" / "crash" / "cubed"
    if not path.exists():
        raise Failed(f"{path} is missing: cmake --preset crash && ninja -C build/crash cubed")
    return path


_judged = [(None, None)]  # the output of the last replay and its lines, so that lines_of need not read it again


def cubed(*arguments, stdin=b"", timeout=60, code=0, env=None, wrap=()):
    """Runs it once. Every record that a replay prints is held against its schema. code: the exit code it must have; None = any. wrap: a command to run it under (valgrind ...).
    Returns subprocess' result, output as bytes."""
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([*wrap, str(binary()), *map(str, arguments)], input=raw, capture_output=True, timeout=PATIENCE * timeout, check=False,
                          env={**os.environ, **(env or {})})
    if code is not None and done.returncode != code:
        raise Failed(f"cubed {' '.join(map(str, arguments))} ended with {done.returncode}, not {code}:\n"
                     f"{done.stderr.decode(errors='replace')[-4000:]}{done.stdout.decode(errors='replace')[-1000:]}")
    if done.returncode == 0 and arguments and arguments[0] == "replay":
        _judged[0] = (done.stdout, schema.judge_lines(done.stdout))
    return done


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="cubed-test-") as name:
        yield Path(name)


_numbers, _numbering = {}, threading.Lock()


def event(kind, ts, **fields):
    """One event as a map. Without `id` it gets KIND-N, N counting per kind and program run."""
    with _numbering:
        _numbers[kind] = number = _numbers.get(kind, 0) + 1
    return {"v": 1, "id": fields.pop("id", f"{kind}-{number}"), "ts": ts, "kind": kind, **fields}


def write_config(path, config):
    """A configuration: YAML text, or a map (JSON is YAML)."""
    path.write_text(config if isinstance(config, str) else json.dumps(config, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def write_events(path, events, form="json"):
    """Events of one topic in the order given, as NDJSON or (form msgpack) as concatenated MessagePack."""
    if form == "msgpack":
        path.write_bytes(b"".join(map(pack, events)))
    else:
        path.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events), encoding="utf-8")
    return path


def record(topic, key, value):
    """A line of `replay --records`. key and value: bytes, text, None, or (value) a map, which becomes MessagePack."""
    def raw(x):
        if x is None:
            return None
        if isinstance(x, dict):
            x = pack(x)
        return base64.b64encode(x.encode() if isinstance(x, str) else x).decode()
    return {"topic": topic, "key_b64": raw(key), "value_b64": raw(value)}


def replay_raw(config, *options, interactions=None, cpi=None, hr=None, records=None, form="json", code=0, timeout=300, wrap=()):
    """Runs `cubed replay` over lists of events (or of records); returns the result, stdout as bytes."""
    with folder() as place:
        arguments = ["replay", "-c", write_config(place / "config.yaml", config)]
        for topic, events in zip(TOPICS, (interactions, cpi, hr)):
            if events is not None:
                arguments += [f"--{topic}", write_events(place / f"{topic}.{form}", events, form)]
        if records is not None:
            arguments += ["--records", write_events(place / "records.ndjson", records)]
        return cubed(*arguments, *options, code=code, timeout=timeout, wrap=wrap)


def replay(config, *options, **inputs):
    """The same; returns the output lines as maps. Every line must be JSON of one record."""
    return lines_of(replay_raw(config, *options, **inputs).stdout)


def lines_of(output):
    judged, lines = _judged[0]
    if judged is output and lines is not None:
        _judged[0] = (None, None)
        return lines
    out = []
    for number, line in enumerate(output.decode("utf-8").splitlines(), 1):
        try:
            out.append(json.loads(line))
        except ValueError as error:
            raise Failed(f"line {number} is no JSON ({error}): {line[:300]}") from error
    return out


def of_topic(lines, topic, key=None):
    """The values written to a topic, in order; of one key if one is given."""
    return [x.get("value") for x in lines if x["topic"] == topic and key in (None, x.get("key"))]


def last(lines, topic):
    """The last value per key of a topic, as a compacted topic would keep it."""
    return {x["key"]: x.get("value") for x in lines if x["topic"] == topic}


def sequences(lines, topic):
    """All values of a topic per key, in order: what must not depend on partitions, shuffles or commits."""
    out = {}
    for x in lines:
        if x["topic"] == topic:
            out.setdefault(x.get("key"), []).append(x.get("value"))
    return out
