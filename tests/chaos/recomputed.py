#!/usr/bin/env python3
"""What was published against tests/oracle, which shares no line with the program: `recomputed.py JUDGED`, a file with the configuration,
the records and what was found. Prints what differs, exit 1 then. A process of its own: the oracle has a `world` of its own, and takes a while.

Compared are the outcomes of each kind, who was refused and why, the last record of every customer, and of the last state of every scope
what follows from the records alone. Which side an axis is held at follows from all that was seen before: `cubed replay` is asked for that."""
import json
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "oracle"), str(TESTS / "support")]
from alarms import Rule  # noqa: E402
from compare import differences, empty  # noqa: E402
from conditions import clipped  # noqa: E402
from figures import Figures  # noqa: E402
from intake import Intake, records_of_lines  # noqa: E402
from model import Model  # noqa: E402
from oracle import Oracle, ScopeRun  # noqa: E402
from position import AxisNow, probabilities  # noqa: E402
from wire import partition_of  # noqa: E402

TOO_SLOW = ("concentration", "mismatch")  # minutes over two thousand customers, and on no axis
SHOWN = 30
TOPIC_OF = {"late": "cube.late"}


def without_slow(config):
    return {**config, "measures": [m for m in config["measures"] if m["aggregation"] not in TOO_SLOW]}


class Recomputed(Oracle):
    """The oracle over topics of several partitions: nothing in the story is between late and in time, so that partitions do not show."""

    def __init__(self, config, lines, partitions):  # pylint: disable=super-init-not-called
        self.model = Model(config)
        self.intake = Intake(self.model.time, self.model.dedup, self.model.tick, None, self.model.ids)
        self.places, ends = {}, {}
        for record in records_of_lines(lines):
            at = (record.topic, partition_of(record.key, partitions) if record.key is not None else 0)
            self.places[record] = (*at, ends.get(at, 0))
            ends[at] = ends.get(at, 0) + 1
            self.intake.take(record)
        self.counts, self.rules = self.intake.counts, [Rule(r, self.model.measures) for r in self.model.alerts]
        self.live()
        self.figures = Figures(self.world)

    def refusals(self):
        """{topic: [(topic, partition, offset, reason)]} as headers say it."""
        out = {"cube.late": [], "cube.dead-letters": []}
        for record, reason in self.intake.refused:
            topic, partition, offset = self.places[record]
            out[TOPIC_OF.get(reason, "cube.dead-letters")].append([topic, str(partition), str(offset), reason])
        return {topic: sorted(rows) for topic, rows in out.items()}

    def state(self, scope, t):
        """What does not follow from sides that were held before."""
        values = {m.name: self.shown(scope, m, 0, t) for m in self.model.measures}
        axes = [AxisNow(a, self.model.measures, values) for a in self.model.axes]
        axes[0] = self.basis.of(scope, axes[0], t)
        told = ScopeRun(self, scope)
        return {"revision": self.revision(scope, t), "probabilities": probabilities(axes) if all(a.known() for a in axes) else None,
                "axes": {a.axis.name: axis_of(a) for a in axes}, "measures": {m.name: told.measure(m, values[m.name], t) for m in self.model.measures}}


def axis_of(now):
    out = {"coverage": now.coverage, "basis": now.basis}
    return {**out, "score": now.score, "interval": clipped(now)} if now.known() else out


def of_state(published, slow):
    return {"revision": published["revision"], "probabilities": published.get("probabilities"),
            "axes": {name: {k: v for k, v in axis.items() if k != "side"} for name, axis in published["axes"].items()},
            "measures": {name: m for name, m in published["measures"].items() if name not in slow}}


def found_in(judged):
    config = judged["config"]
    with open(judged["records"], encoding="utf-8") as lines:
        o = Recomputed(without_slow(config), map(json.loads, lines), judged["partitions"])
    yield from differences(judged["outcomes"], o.counts, "outcomes")
    yield from differences(judged["refused"], o.refusals(), "refused")
    slow = {m["name"] for m in config["measures"]} - {m.name for m in o.model.measures}
    for view in judged["views"]:
        yield from customers_differ(view["customers"], o)
        yield from states_differ(view["states"], slow, o)


def customers_differ(customers, o):
    for name, got in customers.items():
        want = o.customer(name, got["as_of"])
        yield from differences(got, want, f"customer {name}") if want else [(f"customer {name}", got, None)]


def states_differ(states, slow, o):
    o.see_releases(max(s["as_of"] for s in states.values()))
    yield from differences(sorted(states), o.world.scopes(), "scopes")
    for scope, published in states.items():
        got, want = of_state(published, slow), o.state(scope, published["as_of"])
        want["measures"] = {name: m for name, m in want["measures"].items() if name in got["measures"] or not empty(m)}
        yield from differences(got, want, f"scope {scope}")


def main():
    judged = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = [f"{path}: published {got!r}, oracle {want!r}"[:2000] for path, got, want in found_in(judged)]
    print("\n".join([*found[:SHOWN], f"{len(found)} differences"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
