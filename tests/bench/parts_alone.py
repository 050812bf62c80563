"""The parts that need no broker: instructions and memory of single programs, and `cubed replay`."""
import json
import re
import resource
import tempfile
import time
from pathlib import Path

from figures import figure, instructions, output_of, program
from program import binary, write_config
from wire import pack


def bench_decode(size):
    few, many = size(10_000), size(60_000)
    figure("decode", instructions("decode_bench", "event_decode", few, many, 1), "instructions/event", 750)
    print(f"decode: {output_of(program('decode_bench'), size(500_000), 3).strip()}")


PATH_CONFIG = {"version": 1, "name": "bench", "kafka": {"bootstrap.servers": "127.0.0.1:1"}, "time": {"out_of_order": "3m", "idle_after": "never"},
               "publish": {"customers": "none"}}


def demo_frames(path, count):
    """The events of the demo company as frames for path_bench."""
    text = output_of(binary(), "demo", "--print", count)
    with open(path, "wb") as out:
        for line in text.splitlines():
            if not line.startswith("{"):
                continue
            event = json.loads(line)
            topic = 2 if "employee" in event and "customer" not in event else 1 if event["kind"] in ("survey", "measurement", "benchmark") else 0
            key = (event["employee"] if topic == 2 else event.get("customer") or event["subject"]).encode()
            value = pack(event)
            out.write(bytes([topic, len(key)]) + len(value).to_bytes(2, "little") + key + value)


def path_instructions(folder, config, frames, few, many, *rest):
    counts = []
    for n in (few, many):
        text = output_of("valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/out", program("path_bench"), config, frames, n, *rest)
        counts.append(int(re.search(r"I +refs: +([0-9,]+)", text)[1].replace(",", "")))
    return (counts[1] - counts[0]) / (many - few)


def bench_path(size):
    few, many = size(50_000), size(150_000)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        config = write_config(folder / "pack.yaml", PATH_CONFIG)
        dense = write_config(folder / "dense.yaml", {**PATH_CONFIG, "cube": {"tick": "1h"}})
        # As dense as 2,000,000 events in 30 days over 4 partitions: three events share a tick of 10 s.
        output_of(program("bench_gen"), "--frames", folder / "gen", "--events", many, "--customers", 10_000, "--skew", "0.5", "--span-ms", many * 5184)
        demo_frames(folder / "demo", many)
        for name, with_config, frames, goal in (("path, generator", config, "gen", 2000), ("path, generator, tick 1h", dense, "gen", 2000),
                                                ("path, demo company", dense, "demo", 2000)):
            figure(name, path_instructions(folder, with_config, folder / frames, few, many, 2000), "instructions/event", goal)
        # Records that are written late leave soon: so that a short run is as a long one.
        late = write_config(folder / "late.yaml", {**PATH_CONFIG, "cube": {"tick": "1h"}, "changelog": {"redo": size(10_000)}})
        figure("path, generator, tick 1h, with changelog", path_instructions(folder, late, folder / "gen", few, many, 2000, "changelog"), "instructions/event")


def bench_entity(size):
    figure("entity engine alone", instructions("entity_bench", "apply_one", size(20_000), size(120_000), 10_000), "instructions/event")
    print(f"entity: {output_of(program('entity_bench'), size(1_000_000), 10_000).strip()}")


def bench_memory(size):
    """A million customers of twelve events each under the built-in pack."""
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(Path(folder) / "pack.yaml", PATH_CONFIG)
        text = output_of(program("entity_bench"), size(12_000_000), size(1_000_000), config).strip()
    print(f"memory: {text}")
    for name, pattern, unit, goal in (("memory per customer", r"([0-9.]+) bytes per customer", "bytes", None),
                                      ("fixed part of a customer", r"fixed ([0-9.]+)", "bytes", 256),
                                      ("live facts of a customer", r"facts ([0-9.]+)", "facts", None),
                                      ("memory per live fact", r"customer of ([0-9.]+) bytes", "bytes", 24)):
        figure(name, float(re.search(pattern, text)[1]), unit, goal)


def bench_concentration(size):
    text = output_of(program("concentration_bench"), size(1_000_000) // 10, size(1_000_000))
    print(text.strip())
    worst = {}
    for n, share, gini in re.findall(r"concentration, \S+, (\d+) customers: share off by (\S+), Gini off by (\S+)", text):
        worst[n] = max(worst.get(n, 0), float(share), 0 if gini == "-" else float(gini))
    for n, off in worst.items():
        figure(f"concentration, {n} customers, worst error", off * 1e6, "millionths", 100)


def bench_changelog(size):
    """A million customers, Zipf traffic: bytes written per event, and a restart from them. Half of the events pass before records are
    written as they will always be."""
    customers, events = size(1_000_000), size(4_000_000)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        output_of(program("bench_gen"), "--frames", folder / "gen", "--events", events, "--customers", customers, "--span-ms", events * 17)
        for redo in (0, size(200_000), size(1_000_000)):
            config = write_config(folder / "cubed.yaml", {**PATH_CONFIG, "changelog": {"redo": redo}})
            text = output_of(program("redo_bench"), config, folder / "gen", customers).strip()
            print(f"changelog, redo {redo}: {text}")
            per_event, restore = re.search(r"changelog ([0-9.]+) bytes", text), re.search(r"customers ([0-9.]+) s", text)
            figure(f"changelog, redo {redo}", float(per_event[1]), "bytes/event", 40 if redo == size(1_000_000) else None)
            figure(f"restore, {customers} customers, redo {redo}", float(restore[1]), "s of CPU", 5 if redo == size(1_000_000) else None)


DEFAULTS = {"version": 1, "name": "bench", "kafka": {"bootstrap.servers": "127.0.0.1:1"}}


def bench_scopes(size):
    """Every measure of the built-in pack has 20 panes in its window: what 10,000 scopes of a year weigh."""
    scopes = size(10_000)
    with tempfile.TemporaryDirectory() as folder:
        text = output_of(program("scopes_bench"), write_config(Path(folder) / "cubed.yaml", DEFAULTS), scopes, 20).strip()
    print(f"scopes: {text}")
    figure("memory of 10,000 scopes", float(re.search(r"([0-9.]+) KiB resident", text)[1]) * 10_000 / 1024 / 1024, "GiB", 2)


def bench_replay(size):
    """A year of 100,000 customers with 20 events each (--quick: a part of it, as dense), built-in pack, tick of 10 s."""
    events = size(2_000_000)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        output_of(program("bench_gen"), "--files", folder, "--events", events, "--customers", 100_000, "--skew", "0.3", "--span-ms", events * 15768,
                  "--jitter-ms", 0)
        config = write_config(folder / "cubed.yaml", DEFAULTS)
        files = [x for t in ("interactions", "cpi", "hr") for x in (f"--{t}", folder / f"{t}.ndjson")]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        output_of(binary(), "replay", "-c", config, *files, "--final", timeout=3600)
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figure("replay --final", events / cpu, "events/s of CPU")
    figure("replay --final, a year of 100,000 customers", cpu * 2_000_000 / events, "s of CPU", 60)
    print(f"replay: {events} events in {wall:.1f} s by the clock")
