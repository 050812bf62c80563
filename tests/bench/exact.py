"""Instructions of each part of an event's way, counted by callgrind on fixed input, and bytes of memory, counted by the engines
themselves; held against those of tests/bench/exact.counts. What is counted, and why it is the same on every machine: README.md.

    counts = measure()                  {name: Count}
    grown(counts, read_counts())        what is more than 3 % over the file, or beyond its goal, as text
"""
import os
import re
import subprocess
import tempfile
from collections import defaultdict, namedtuple
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "release"
FILE = HERE / "exact.counts"
ALLOWED = 0.03
EVENTS, BATCH = 60_000, 2000

# Of the C library only what every x86-64 has: which memcpy it takes depends on the processor otherwise. At two
# sizes it changes its way; they follow from the caches and are pinned too.
PINNED = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + ",".join("-" + x for x in (
    "AVX_Fast_Unaligned_Load", "AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "FMA", "FMA4", "ERMS", "FSRM", "SSSE3", "SSE4_1", "SSE4_2", "MOVBE",
    "BMI1", "BMI2", "LZCNT", "POPCNT")) + ":glibc.cpu.x86_rep_movsb_threshold=0x840:glibc.cpu.x86_non_temporal_threshold=0xf000000"}

CONFIG = """{"version": 1, "name": "bench", "kafka": {"bootstrap.servers": "127.0.0.1:1"}, "time": {"out_of_order": "3m", "idle_after": "never"},
"publish": {"customers": "none"}, "cube": {"tick": "1h"}, "changelog": {"redo": 10000}}"""

Count = namedtuple("Count", "value unit")

# The most that some of them may be, whatever the file says.
GOALS = {"customer_fixed": 256, "facts_bytes": 24 * 1000, "scope_bytes": 2 * 1024**3 / 10_000, "replay": 120_000}

DEFAULTS = """{"version": 1, "name": "bench", "kafka": {"bootstrap.servers": "127.0.0.1:1"}}"""
CUSTOMERS, SCOPES, REPLAYED = 100_000, 500, (4_000, 12_000)


class Profile:
    """Inclusive cost and number of calls, by function and by (caller, function), of a file of callgrind."""

    def __init__(self, path):
        self.cost, self.calls, self.functions = defaultdict(int), defaultdict(int), set()
        names, caller, callee, inside = {}, None, None, False
        for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
            found = re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line)
            if found:
                name = names.setdefault(found[1], found[2])
                self.functions.add(name)
                caller, callee = (caller, name) if line[0] == "c" else (name, None)
            elif line.startswith("calls="):
                inside = True
                self.calls[callee] += int(line[6:].split()[0])
            elif inside:  # the line behind calls= has their inclusive cost
                inside = False
                cost = int(line.split()[-1])
                self.cost[callee] += cost
                self.cost[caller, callee] += cost

    def of(self, *functions):
        missing = [f for f in functions if f not in self.cost]
        if missing:
            raise SystemExit(f"callgrind saw no call of {missing}: renamed, or inlined? See tests/bench/exact.py")
        return sum(self.cost[f] for f in functions)


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=1000, env={**os.environ, **PINNED})
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def frames_written(folder, *more):
    frames = folder / "frames"
    run(BUILD / "tests" / "bench_gen", "--frames", frames, "--events", EVENTS, "--customers", 10_000, "--skew", "0.5", "--span-ms", EVENTS * 5184, *more)
    return frames


def profiles():
    """The whole way without a broker: two entity tasks with their changelog and a scope task; the first third is not counted. Then
    their restart. Then the entity tasks alone, over the same events as JSON."""
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "path_bench", "bench_gen"], check=True)
    with tempfile.TemporaryDirectory(prefix="cubed-exact-") as folder:
        folder = Path(folder)
        config = folder / "config.yaml"
        config.write_text(CONFIG, encoding="utf-8")
        callgrind = ("valgrind", "--tool=callgrind", "--zero-before=frames_measured")
        path = (BUILD / "tests" / "path_bench", config)
        run(*callgrind, "--dump-before=restore_measured", f"--callgrind-out-file={folder}/out", *path, frames_written(folder), EVENTS, BATCH,
            "changelog", "scopes", "restore")
        run(*callgrind, f"--callgrind-out-file={folder}/json", *path, frames_written(folder, "--json"), EVENTS, BATCH)
        return Profile(folder / "out.1"), Profile(folder / "out"), Profile(folder / "json")


def replay_instructions(folder, config, events):
    """Of `cubed replay --final` over so many events of a year of 100,000 customers with 20 each."""
    run(BUILD / "tests" / "bench_gen", "--files", folder, "--events", events, "--customers", 100_000, "--skew", "0.3", "--span-ms", events * 15768,
        "--jitter-ms", 0)
    files = [x for t in ("interactions", "cpi", "hr") for x in (f"--{t}", folder / f"{t}.ndjson")]
    told = run("valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/out", BUILD / "cubed", "replay", "-c", config, *files, "--final")
    return int(re.search(r"I +refs: +([0-9,]+)", told)[1].replace(",", ""))


def replay_counts():
    """From a line of JSON to the last state of each scope. Two lengths are subtracted, so that starting up and the last states drop out."""
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "cubed", "bench_gen"], check=True)
    with tempfile.TemporaryDirectory(prefix="cubed-exact-") as folder:
        config = Path(folder) / "defaults.yaml"
        config.write_text(DEFAULTS, encoding="utf-8")
        few, many = (replay_instructions(Path(folder), config, n) for n in REPLAYED)
    return {"replay": Count((many - few) / (REPLAYED[1] - REPLAYED[0]), "instructions/event")}


def memory_counts():
    """Of customers of twelve events in half a year, and of scopes with 20 panes in every window, under the built-in pack."""
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "entity_bench", "scopes_bench"], check=True)
    with tempfile.TemporaryDirectory(prefix="cubed-exact-") as folder:
        config = Path(folder) / "defaults.yaml"
        config.write_text(DEFAULTS, encoding="utf-8")
        customers = run(BUILD / "tests" / "entity_bench", 12 * CUSTOMERS, CUSTOMERS, config)
        scopes = run(BUILD / "tests" / "scopes_bench", config, SCOPES, 20)
    fixed, facts, each = re.search(r"fixed ([0-9.]+) .* facts ([0-9.]+) per customer of ([0-9.]+) bytes", customers).groups()
    return {
        "customer_fixed": Count(float(fixed), "bytes/customer"),
        "facts": Count(1000 * float(facts), "facts/1000 customers"),
        "facts_bytes": Count(1000 * float(each), "bytes/1000 facts"),
        "scope_bytes": Count(float(re.search(r": (\d+) bytes per scope", scopes)[1]), "bytes/scope"),
    }


def restart_counts(p):
    entities, events = p.calls["entity_task_restore"], p.calls["entity_task_record"]
    return {
        "restore_entities": Count(p.of("entity_task_restore", "entity_task_restored") / entities, "instructions/record"),
        "restore_scopes": Count(p.of("scope_task_restore", "scope_task_records_read", "scope_task_restored") / EVENTS, "instructions/event"),
        "scope_records": Count(1000 * p.calls["scope_task_restore"] / EVENTS, "records/1000 events"),
        "catch_up": Count(p.of("entity_task_record", "entity_task_advance") / events, "instructions/event"),
    }


def counts_of(p, restart, as_json):
    events, states = p.calls["event_decode"], p.calls["output_state"]
    deltas = sum(p.calls[f] for f in p.functions if f.startswith("bundle_cells_"))  # one of them writes the cells of a row
    decode = p.of("event_decode")
    intake = p.of("entity_task_record") - decode
    apply = p.of("entity_task_advance") - p.of(("entity_task_tick", "entity_task_seal"))
    bundles = p.of("entity_task_seal", "entity_task_send", "entity_guarded_send")
    commit = p.of("entity_task_commit", ("entity_task_tick", "entity_task_seal")) - bundles
    rows_in = p.of("scope_task_record")
    ticks = p.of("scope_task_advance")
    scope_commit = p.of("scope_task_commit") - p.of("scope_task_publish")
    per_event, per_delta = "instructions/event", "instructions/delta"
    return {
        "decode": Count(decode / events, per_event),
        "decode_json": Count(as_json.of("event_decode") / as_json.calls["event_decode"], per_event),
        "intake": Count(intake / events, per_event),
        "apply_and_timers": Count(apply / events, per_event),
        "bundles": Count(bundles / events, per_event),
        "entity_path": Count((decode + intake + apply + bundles) / events, per_event),
        "entity_commit": Count(commit / events, per_event),
        "scope_rows_in": Count(rows_in / deltas, per_delta),
        "scope_ticks": Count(ticks / deltas, per_delta),
        "scope_commit": Count(scope_commit / deltas, per_delta),
        "state_view_and_encode": Count(p.of("scope_task_publish") / states, "instructions/state"),
        "deltas": Count(1000 * deltas / events, "deltas/1000 events"),
        **restart_counts(restart),
    }


def other_counts():
    return {**replay_counts(), **memory_counts()}


def measure():
    return {**counts_of(*profiles()), **other_counts()}


def read_counts(path=FILE):
    counts = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, value, unit = line.split(None, 2)
            counts[name] = Count(float(value), unit)
    return counts


def tools():
    def first(*command):
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return f"{first('gcc', '--version')}; {first('ldd', '--version')}; {first('valgrind', '--version')}"


def settled(now, was):
    """What the file says of a count from now on: growth that the test lets pass is not written, or it would add up unseen."""
    return was if was and was.value <= now.value <= was.value * (1 + ALLOWED) else now


def write_counts(counts, path=FILE):
    """The comments above the counts stay, but for the one that names the tools."""
    kept = read_counts(path) if path.exists() else {}
    counts = {name: settled(c, kept.get(name)) for name, c in counts.items()}
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    head = [line for line in old if line.startswith("#") and not line.startswith("# taken with ")]
    lines = [*head, f"# taken with {tools()}", *(f"{name:<24}{c.value:>8.0f}  {c.unit}" for name, c in counts.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def grown(counts, kept):
    """A line for each count that is more than 3 % over the one that was kept, or beyond its goal, and for each that only one of the two has."""
    told = [f"{name} is not both measured and in tests/bench/exact.counts" for name in sorted(set(counts) ^ set(kept))]
    for name in counts:
        now, was = counts[name].value, kept[name].value if name in kept else 0
        if was and now > was * (1 + ALLOWED):
            told.append(f"{name}: {was:.0f} -> {now:.0f} {counts[name].unit}, {100 * (now / was - 1):.1f} % more")
        if now > GOALS.get(name, now):
            told.append(f"{name}: {now:.0f} {counts[name].unit} is more than the goal, {GOALS[name]:.0f}")
    return told


def show(counts, kept):
    for name, c in counts.items():
        was = f"{100 * (c.value / kept[name].value - 1):+.1f} %" if name in kept else "new"
        print(f"{name:<24}{c.value:>8.0f}  {c.unit:<22} {was:>8}")


def main(write):
    counts = measure()
    show(counts, read_counts() if FILE.exists() else {})
    if write:
        write_counts(counts)
    return counts
