"""./dev bench --curves: cost per event against one thing at a time, cube-lite unless said otherwise. README.md says why a curve is not flat."""
import re
import statistics
import tempfile
from pathlib import Path

from broker import Broker
from figures import figure, output_of, program
from race_jobs import Cubed
from svg import plot

EVENTS_PER_S = 4_000_000 / 3600  # of event time, as in the dense backlog
COMMIT = 20_000                  # records, as at full speed
DAY_MEASURES = "window: 1d, horizons: [30d], pane: 1h"
KINDS = ("newsletter.received", "newsletter.opened", "social.like", "purchase", "contact.open", "selfservice.login", "complaint", "social.share")
OUT_OF_ORDER_MS = 2000           # not the two minutes of the race: they would hold all events of a short run
BASE = {"customers": 10_000, "skew": 1.0, "more": (), "edit": lambda text: text, "out_of_order": OUT_OF_ORDER_MS, "per_s": EVENTS_PER_S}


def measures(count):
    """A configuration with so many measures, each of one kind of event."""
    head = Cubed.text().replace("119999ms", f"{OUT_OF_ORDER_MS}ms").split("measures:")[0]
    return head + "measures:\n" + "".join(
        f"  - {{name: m{i}, aggregation: count, from: {{kind: {KINDS[i % len(KINDS)]}}}, {DAY_MEASURES}}}\n" for i in range(count))


def replaced(old, new):
    return lambda text: text.replace(old, new)


def tick(length):
    return lambda text: text.replace("cube: {", f"cube: {{tick: {length}, ")


def late(share):
    return {"more": ("--late", share)}


# Name of the axis: [(label, what differs from BASE), ...]
AXES = {
    "customers": [(f"{n:,}", {"customers": n, "skew": 0.3}) for n in (10_000, 100_000, 1_000_000, 10_000_000)],
    "tick": [(x, {"edit": tick(x)}) for x in ("100ms", "1s", "10s")],
    "out_of_order": [(x, {"out_of_order": ms, "per_s": 20}) for x, ms in (("0s", 0), ("2s", 2000), ("2m", 120_000), ("10m", 600_000))],
    "window": [(x, {"edit": replaced(DAY_MEASURES, f"window: {x}")}) for x in ("1h", "1d", "30d", "365d")],
    "scopes": [(f"{n + 22:,}", {"more": ("--regions", n)}) for n in (1, 100, 1_000, 10_000, 100_000)],
    "measures": [(str(n), {"edit": lambda _, n=n: measures(n)}) for n in (1, 10, 50, 200)],
    "bytes of an event": [(str(193 + n), {"more": ("--pad", n)}) for n in (0, 320, 830, 3900)],
    "form of the input": [("MessagePack", {}), ("JSON", {"more": ("--json",)})],
    "skew of the customers": [(str(s), {"skew": s}) for s in (0, 0.4, 0.8, 1.2)],
    "share of late events": [(f"{s:.0%}", late(s)) for s in (0, 0.01, 0.05, 0.2)],
}
ON_BROKER = {"partitions": (1, 4, 16, 64), "instances": (1, 2)}


class Point:
    """Instructions and nanoseconds of one event through entity task, bundles, changelog and scope task."""

    def __init__(self, folder, few, many, timed, differs):
        p = {**BASE, **differs}
        self.config, self.frames = folder / "config.yaml", folder / "frames"
        text = Cubed.text().replace("119999ms", f"{p['out_of_order']}ms")
        self.config.write_text(p["edit"](text) + 'name: curves\nkafka: {bootstrap.servers: "127.0.0.1:1"}\n', encoding="utf-8")
        self.few, self.many, self.timed, self.p = few, many, timed, p

    def generate(self, events):
        output_of(program("bench_gen"), "--frames", self.frames, "--events", events, "--customers", self.p["customers"], "--skew", self.p["skew"],
                  "--span-ms", int(events / self.p["per_s"] * 1000), "--jitter-ms", self.p["out_of_order"], *self.p["more"])

    def instructions(self):
        self.generate(self.many)
        counts = []
        for n in (self.few, self.many):
            text = output_of("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", program("path_bench"), self.config, self.frames, n,
                             COMMIT, "changelog", "scopes", timeout=3600)
            counts.append(int(re.search(r"I +refs: +([0-9,]+)", text)[1].replace(",", "")))
        return (counts[1] - counts[0]) / (self.many - self.few)

    def nanoseconds(self):
        self.generate(self.timed)
        took = [float(re.search(r"([0-9.]+) ns per record", output_of(program("path_bench"), self.config, self.frames, self.timed, COMMIT, "changelog", "scopes"))[1])
                for _ in range(3)]
        return statistics.median(took)


def curve_alone(axis, points, sizes):
    instructions, times = [], []
    for label, differs in points:
        with tempfile.TemporaryDirectory() as folder:
            point = Point(Path(folder), *sizes, differs)
            instructions.append((label, point.instructions()))
            times.append((label, point.nanoseconds()))
        figure(f"curve, {axis} {label}", instructions[-1][1], "instructions/event", ns=times[-1][1])
    return instructions, times


def curves_on_broker(events):
    """CPU of all instances, start-up left out."""
    from curves_broker import on_broker
    with Broker(steady=True, properties={"log.cleaner.enable": "false"}) as broker:
        return {axis: [(str(n), on_broker(broker, axis, n, events)) for n in values] for axis, values in ON_BROKER.items()}


def write(folder, axis, unit, points):
    name = f"curve-{re.sub('[^a-z]+', '-', axis)}-{unit.split('/')[0].split()[0]}.svg"
    (folder / name).write_text(plot(f"cost of an event against {axis}", axis, unit, points), encoding="utf-8")


def main(quick, json_path):
    """The plots go beside the JSON, or where it is called."""
    folder = Path(json_path).resolve().parent if json_path and json_path != "-" else Path.cwd()
    sizes = (2_000, 6_000, 20_000) if quick else (20_000, 80_000, 1_000_000)
    for axis, points in AXES.items():
        instructions, times = curve_alone(axis, points, sizes)
        write(folder, axis, "instructions/event", instructions)
        write(folder, axis, "ns/event", times)
    for axis, points in curves_on_broker(40_000 if quick else 1_000_000).items():
        write(folder, axis, "CPU us/event", points)
    print(f"plots: {folder}/curve-*.svg")
