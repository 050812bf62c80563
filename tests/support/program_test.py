#!/usr/bin/env python3
"""The helpers that write what the program reads and read what it writes."""
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from program import cubed, event, folder, last, lines_of, of_topic, record, sequences, write_config, write_events
from tap import Failed, contains, equal, main, raises
from wire import unpack, unpack_all

LINES = lines_of(b'{"topic":"cube.state","key":"organisation","ts":1,"value":{"as_of":1}}\n'
                 b'{"topic":"cube.changes","key":"organisation","ts":2,"value":{"to":"cash"}}\n'
                 b'{"topic":"cube.state","key":"organisation","ts":3,"value":{"as_of":3}}\n')


def test_events_are_numbered_per_kind():
    equal([event("churn", 1, customer="c")["id"], event("churn", 2, customer="c")["id"], event("churn", 3, id="x")["id"]],
          ["churn-1", "churn-2", "x"])


def test_events_are_written_as_json_and_as_messagepack():
    events = [event("purchase", 1, customer="c", revenue=1.5), event("churn", 2, customer="ü")]
    with folder() as place:
        equal([json.loads(x) for x in write_events(place / "j", events).read_text(encoding="utf-8").splitlines()], events)
        equal(unpack_all(write_events(place / "m", events, "msgpack").read_bytes()), events)


def test_a_record_line_carries_any_bytes():
    equal(record("cpi", None, b"\xff\x00"), {"topic": "cpi", "key_b64": None, "value_b64": "/wA="})
    equal(record("cpi", "k", None)["key_b64"], "aw==")
    import base64
    equal(unpack(base64.b64decode(record("cpi", "k", {"a": 1})["value_b64"])), {"a": 1})


def test_output_lines_are_sorted_by_topic_and_key():
    equal(last(LINES, "cube.state"), {"organisation": {"as_of": 3}})
    equal(of_topic(LINES, "cube.changes"), [{"to": "cash"}])
    equal(sequences(LINES, "cube.state"), {"organisation": [{"as_of": 1}, {"as_of": 3}]})
    with raises(Failed):
        lines_of(b"{}\nnonsense\n")


def test_a_configuration_may_be_text_or_a_map():
    with folder() as place:
        equal(json.loads(write_config(place / "a", {"version": 1}).read_text(encoding="utf-8")), {"version": 1})
        equal(write_config(place / "b", "version: 1\n").read_text(encoding="utf-8"), "version: 1\n")


def test_an_unexpected_exit_code_is_a_failure_with_what_was_said():
    with folder() as place:
        script = place / "program"
        script.write_text("#!/bin/sh\necho oops >&2\nexit 3\n", encoding="ascii")
        script.chmod(0o755)
        os.environ["CUBED_BINARY"] = str(script)
        try:
            cubed("run")
        except Failed as failed:
            contains(str(failed), "ended with 3, not 0")
            contains(str(failed), "oops")
        equal(cubed("run", code=3).returncode, 3)


if __name__ == "__main__":
    main()
