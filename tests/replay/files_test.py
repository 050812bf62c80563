#!/usr/bin/env python3
"""Files of events through cubed replay: their heads are merged by ts, in whatever form of a whole number it stands, and
an event's key is whom it is about, wherever in it that stands."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import cubed, event, folder, lines_of, of_topic, replay, write_config, write_events
from tap import equal, main

T0 = 1767225600000
HOUR = 3_600_000
CONFIG = {"version": 1, "name": "files", "pack": "none", "scopes": [],
          "measures": [{"name": name, "aggregation": "count", "from": {"kind": kind}, "window": "30d"}
                       for name, kind in (("complaints", "complaint"), ("answers", "measurement"))]}


def complaints(ts=int):
    return [event("complaint", ts(T0 + i * 30 * HOUR), id=f"c{i}", customer="c") for i in range(4)]


def measurements():
    return [event("measurement", T0 + i * 2 * HOUR, id=f"m{i}", customer="c", cpi="wait", value=1) for i in range(45)]


def test_a_ts_that_is_a_float_keeps_its_place():
    want = replay(CONFIG, interactions=complaints(), cpi=measurements())
    equal(of_topic(want, "cube.late"), [])
    mixed = [{**e, "ts": float(e["ts"]) if i == 2 else e["ts"]} for i, e in enumerate(complaints())]
    equal(replay(CONFIG, interactions=complaints(float), cpi=measurements()), want, "all with a point")
    equal(replay(CONFIG, interactions=mixed, cpi=measurements()), want, "one with a point")
    equal(replay(CONFIG, interactions=complaints(float), cpi=measurements(), form="msgpack"), want, "MessagePack float64")


def test_a_ts_with_an_exponent_keeps_its_place():
    want = replay(CONFIG, interactions=complaints(), cpi=measurements())
    with folder() as place:
        config, cpi = write_config(place / "config.yaml", CONFIG), write_events(place / "cpi.ndjson", measurements())
        text = "".join(json.dumps(e).replace("00000,", "00e3,") + "\n" for e in complaints())
        (place / "interactions.ndjson").write_text(text)
        equal(text.count("e3,"), 4, "written with an exponent")
        equal(lines_of(cubed("replay", "-c", config, "--interactions", place / "interactions.ndjson", "--cpi", cpi).stdout), want)


def test_a_ts_in_microseconds_is_a_dead_letter_and_holds_up_nothing():
    """It is none that can be read: its record stays behind the one before it, and those behind it are not late."""
    wrong = event("complaint", T0 * 1000, id="us", customer="c")
    first, *rest = complaints()
    lines = replay(CONFIG, interactions=[first, wrong, *rest], cpi=measurements())
    equal([x["headers"]["cubed.reason"] for x in lines if x["topic"] in ("cube.dead-letters", "cube.late")], ["wrong_type"])


def test_a_benchmark_that_names_a_customer_is_applied_whatever_the_order_of_its_members():
    e = event("benchmark", T0, id="b1", customer="c9", subject="rival", metric="nps", value=5)
    orders = e, dict(reversed(e.items())), {"customer": "c9", **e}, {"subject": "rival", **e}
    lines = replay(CONFIG, cpi=[{**order, "id": f"b{i}"} for i, order in enumerate(orders)])
    equal([(x["key"], x["headers"]) for x in lines if x["topic"] == "cube.dead-letters"], [])


if __name__ == "__main__":
    main()
