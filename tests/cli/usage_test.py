#!/usr/bin/env python3
"""What every command says and which code it ends with when it is called wrongly; help and version."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import binary, cubed, event, folder, write_config, write_events
from tap import contains, equal, holds, main

COMMANDS = ("run", "check", "topics", "produce", "replay", "test", "tap", "verify", "demo", "version", "help")
WITH_CONFIG = ("run", "check", "topics", "produce", "replay", "tap")
GOOD = {"version": 1, "pack": "none", "measures": [{"name": "n", "aggregation": "count", "from": {"kind": "complaint"}, "window": "1d"}]}
EVENTS = [event("complaint", 1_704_067_200_000, customer="c1")]


def refused(arguments, code, *texts):
    """It ends with the code, says why on stderr and nothing on stdout."""
    done = cubed(*arguments, code=code)
    equal(done.stdout, b"", f"stdout of {arguments}")
    for text in texts:
        contains(done.stderr.decode(), text)
    return done.stderr.decode()


def test_without_a_command():
    refused([], 64, "usage: cubed COMMAND", *COMMANDS)


def test_unknown_command():
    refused(["rnu"], 64, 'no command is called "rnu"')
    refused(["help", "rnu"], 64, 'no command is called "rnu"')
    refused(["help", "check", "extra"], 64, "takes one name at most", "usage: cubed help")
    refused(["help", "config", "extra"], 64, "takes one name at most")


def test_help_lists_every_command():
    for arguments in (["help"], ["--help"], ["-h"]):
        done = cubed(*arguments)
        equal(done.stderr, b"")
        for command in COMMANDS:
            holds(re.search(rf"^  {command} ", done.stdout.decode(), re.M), f"{command} in {arguments}")


def test_help_of_each_command():
    for command in COMMANDS:
        texts = set()
        for arguments in (["help", command], [command, "--help"], [command, "-h"]):
            done = cubed(*arguments)
            equal(done.stderr, b"")
            texts.add(done.stdout.decode())
        equal(len(texts), 1, f"{command}: the same however it is asked for")
        contains(texts.pop(), f"usage: cubed {command}")


def test_help_explains_each_option():
    for command in COMMANDS:
        usage, *rest = cubed("help", command).stdout.decode().split("\n\n")
        explained = re.findall(r"^  (?:-c, )?(.*?)  ", "\n\n".join(rest[1:2]), re.M)
        names = lambda text: sorted(re.findall(r"--[a-z-]+", text))
        equal(names("\n".join(explained)), sorted([*names(usage), *["--config"] * ("-c FILE" in usage)]), command)


def test_a_reader_that_goes_is_no_trouble():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        events = write_events(place / "i.ndjson", [event("complaint", 1_704_067_200_000 + 60_000 * i, customer="c1") for i in range(3000)])
        for arguments in (["help", "config"], ["check", "-c", config], ["check", "-c", config, "--effective"], ["demo", "--print", "3000"], ["replay", "-c", config, "--interactions", events]):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([str(binary()), *map(str, arguments)], stdout=writer, stderr=subprocess.PIPE, timeout=60)
            os.close(writer)
            equal((done.returncode, done.stderr), (0, b""), arguments)


def test_help_names_the_options_of_the_contract():
    wanted = {"replay": ("--interactions", "--cpi", "--hr", "--records", "--partitions", "--until", "--at", "--every", "--customers", "--final", "--now", "--strict"),
              "topics": ("--create", "--json", "--timeout"), "produce": ("--topic", "--as", "--timeout"), "tap": ("--scope", "--json", "--timeout"),
              "check": ("--effective",), "run": ("--instance",), "demo": ("--kafka",)}
    for command, options in wanted.items():
        text = cubed("help", command).stdout.decode()
        for option in options:
            contains(text, option)


def test_help_of_the_configuration_names_every_section():
    text = cubed("help", "config").stdout.decode()
    for name in ("kafka", "topics", "time", "dedup", "commit", "limits", "scopes", "http", "privacy", "publish", "money", "points", "measures", "cube", "alerts"):
        holds(re.search(rf"^[ *] {name} ", text, re.M), name)


def test_version():
    for arguments in (["version"], ["--version"]):
        holds(re.match(r"cubed \d+\.\d+\.\d+ \(\S+\)\nlibrdkafka \d", cubed(*arguments).stdout.decode()), "version and what it is built on")
    refused(["version", "now"], 64, "takes no arguments")


def test_output_that_cannot_be_written_is_told():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        rows = [["help"], ["--help"], ["help", "config"], ["check", "--help"], ["version"], ["--version"], ["check", "-c", config], ["check", "-c", config, "--json"],
                ["demo", "--print", "3"], ["demo", "--print-config"], ["replay", "-c", config, "--interactions", write_events(place / "i.ndjson", EVENTS)]]
        for arguments in rows:
            with open("/dev/full", "wb") as full:
                done = subprocess.run([str(binary()), *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, timeout=60)
            equal(done.returncode, 1, f"exit code of {arguments}")
            contains(done.stderr.decode(), f"cubed {'help' if '--help' in arguments else arguments[0].strip('-')}: ")


def test_a_configuration_is_needed():
    for command in WITH_CONFIG:
        refused([command], 64, "-c FILE", f"usage: cubed {command}")


def test_an_unknown_option_is_refused():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        for command in WITH_CONFIG:
            refused([command, "-c", config, "--colour"], 64, f"usage: cubed {command}")
            refused([command, "-c"], 64, f"usage: cubed {command}")
        refused(["demo", "--colour"], 64, "usage: cubed demo")


def test_values_of_options_are_judged():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        events = ["--interactions", write_events(place / "i.ndjson", EVENTS)]
        rows = [["topics", "--partitions", "0"], ["topics", "--partitions", "many"], ["topics", "--timeout", "soon"], ["topics", "state"],
                ["produce", "--as", "xml"], ["produce", "--timeout", "1"], ["produce", "--topic", "cube.state", "-"], ["tap", "--count", "0"], ["tap", "--from", "yesterday"],
                ["tap", "--timeout", "x"], ["tap", "nonsense"], ["tap", *["state"] * 13, "nonsense"], ["check", "--effective", "--json"], ["check", "more"], ["run", "--log-level", "loud"], ["run", "more"],
                ["replay"], ["replay", *events, "more"], ["replay", *events, "--at", "noon"], ["replay", *events, "--until", "2024-13-01T00:00:00Z"],
                ["replay", *events, "--now", "x"], ["replay", *events, "--every", "often"], ["replay", *events, "--every", "0s"], ["replay", *events, "--partitions", "0"],
                ["replay", *events, "--at", "2024-01-01T00:00:05Z"], ["replay", *events, "--every", "15s"],
                ["replay", *events, "--at", "2024-01-02T00:00:00Z", "--until", "2024-01-01T00:00:00Z"],
                ["replay", *events, "--records", "r"], ["replay", *events, *events[-2:]], ["replay", "--interactions", place / "none.ndjson"], ["produce", place / "none.ndjson"],
                ["replay", "--interactions", place], ["replay", "--records", place], ["produce", place], ["produce", *events[1:], place]]
        for command, *rest in rows:
            refused([command, "-c", config, *rest], 64, f"cubed {command}: ")
    numbers = [[f"--{name}", value] for name in ("seed", "print", "days", "seconds-per-day") for value in ("x", "", "-1", "inf", "nan", "1e400")]
    listen = [["--listen", address] for address in ("foo", "", "127.0.0.1", ":80", "127.0.0.1:65536", "0.0.0.0:8642", "127.0.0.1:80\"")]
    for rest in (*listen, ["--print", "0"], ["--days", "0"], *numbers, *([option, "1.5"] for option in ("--seed", "--print", "--days")), ["more"]):
        refused(["demo", *rest], 64, "usage: cubed demo")


def test_an_option_with_a_value_is_given_once():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        for command in (*WITH_CONFIG, "verify"):
            refused([command, "-c", config, "--config", config], 64, f"cubed {command}: ", "given twice")
        rows = [["topics", "--timeout", "1s"], ["produce", "--as", "json"], ["tap", "--scope", "organisation"], ["run", "--instance", "2"],
                ["replay", "--until", "2024-01-02T00:00:00Z"], ["replay", "--cpi", place / "c.ndjson"], ["demo", "--seed", "7"], ["test", "--junit", place / "j.xml"]]
        for command, *option in rows:
            refused([command, *option, *option], 64, f"cubed {command}: ", "given twice")
        again = ["--at", "2024-01-01T00:00:10Z", "--at", "2024-01-01T00:00:20Z"]
        cubed("replay", "-c", config, "--interactions", write_events(place / "i.ndjson", EVENTS), *again)


def test_what_is_wrong_with_an_option_is_told_by_its_name():
    rows = [(["tap", "--colour"], "cubed tap: --colour is no option\n"), (["tap", "--colour=red"], "cubed tap: --colour is no option\n"), (["check", "-x"], "cubed check: -x is no option\n"),
            (["tap", "-s"], "cubed tap: -s is no option\n"), (["test", "--junit"], "cubed test: --junit needs a value\n"), (["run", "-c"], "cubed run: --config needs a value\n"),
            (["test", "--tap=1"], "cubed test: --tap takes no value\n"), (["demo", "--seed", "1", "--seed", "2"], "cubed demo: --seed is given twice\n"),
            (["topics", "--timeout", "soon"], 'cubed topics: --timeout: "soon" is no value of it\n'), (["produce", "--as", "xml"], 'cubed produce: --as: "xml" is no value of it\n'),
            (["tap", "--count", "0"], 'cubed tap: --count: "0" is no value of it\n'), (["verify", "--timeout", "1"], 'cubed verify: --timeout: "1" is no value of it\n'),
            (["replay", "--strict=1"], "cubed replay: --strict takes no value\n"), (["test", "--tap", "-xq"], "cubed test: -x is no option\n"),
            (["check", "--json", "-qq"], "cubed check: -q is no option\n"), (["check", "more", "-qx"], "cubed check: -q is no option\n"),
            (["check", "-\u00e4"], "cubed check: -\\xC3 is no option\n")]
    for arguments, told in rows:
        holds(refused(arguments, 64).startswith(told), f"{arguments}: {told}")


def test_a_scope_of_an_unknown_kind_is_refused_before_anything_is_followed():
    with folder() as place:
        config = write_config(place / "c.yaml", {**GOOD, "scopes": ["region", ["region", "segment"]]})
        for scope in ("regoin=north", "segment=smb", "segment=smb,region=north", "organization", "region", "",
                      "region=a,segment=b,segment=c", "region=a%2Csegment=b,segment=c,region=d"):
            refused(["tap", "-c", config, "--scope", scope], 64, f'cubed tap: --scope: no kind of scope of the configuration is that of "{scope}"')
        for scope in ("organisation", "region=north", "region=north,segment=smb", "region=a,b=c"):
            refused(["tap", "-c", config, "--scope", scope, "--timeout", "1ms"], 69, "no broker answers")


def test_a_bad_configuration_ends_every_command_with_78():
    with folder() as place:
        events = write_events(place / "i.ndjson", EVENTS)
        files = [place / "none.yaml", place, write_config(place / "broken.yaml", "measures: [\n"), write_config(place / "empty.yaml", ""),
                 write_config(place / "unknown.yaml", {**GOOD, "measure": []}),
                 write_config(place / "acks.yaml", {**GOOD, "kafka": {"bootstrap.servers": "h:1", "acks": 1}})]
        for command in WITH_CONFIG:
            more = ["--interactions", events] if command == "replay" else []
            for file in files[:3] + files[4:]:
                refused([command, "-c", file, *more], 78, f"{file}", "error: ")


def test_replay_refuses_records_that_are_none():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        good = {"topic": "interactions", "key_b64": "YzE=", "value_b64": None}
        for bad, why in (("{", "r.ndjson:2: error:"), ('{"topic":"elsewhere"}', "input topics"), ('{"topic":"cpi","key_b64":"?"}', "Base64"), ('{"topic":"cpi","value_b64":7}', "Base64")):
            (place / "r.ndjson").write_text(json.dumps(good) + "\n" + bad + "\n")
            done = cubed("replay", "-c", config, "--records", place / "r.ndjson", code=65)
            contains(done.stderr.decode(), "r.ndjson:2: error:")
            contains(done.stderr.decode(), why)


def test_nothing_is_coloured_off_a_terminal():
    with folder() as place:
        config = write_config(place / "c.yaml", GOOD)
        bad = write_config(place / "bad.yaml", {**GOOD, "colour": 1})
        for arguments, code in ((["help"], 0), (["check", "-c", config], 0), (["check", "-c", bad], 78), (["demo", "--print", 3], 0), ([], 64)):
            done = cubed(*arguments, code=code)
            holds(b"\x1b" not in done.stdout + done.stderr, f"no escape in {arguments}")


def test_demo_prints_the_same_events_for_the_same_seed():
    one, two, other = (cubed("demo", "--print", 500, "--seed", seed).stdout for seed in (7, 7, 8))
    equal(one, two)
    holds(one != other, "another seed, another company")
    lines = [json.loads(x) for x in one.splitlines()]
    equal(len(lines), 500)
    holds(all(e["v"] == 1 and e["id"] and e["kind"] and isinstance(e["ts"], int) for e in lines), "every line is an event")


def test_the_demo_configuration_is_good():
    with folder() as place:
        path = write_config(place / "demo.yaml", cubed("demo", "--print-config").stdout.decode())
        contains(cubed("check", "-c", path).stdout.decode(), ": good (model ")


def test_the_demo_outlasts_a_year():
    """Its days pass in seconds: after twenty minutes every record was of more than a year ahead, and a dead letter."""
    with folder() as place:
        path = write_config(place / "demo.yaml", cubed("demo", "--print-config").stdout.decode())
        events = write_events(place / "i.ndjson", [event("complaint", 4_102_444_800_000, customer="c1", region="north")])
        told = cubed("replay", "-c", path, "--interactions", events, "--now", "2026-01-01T00:00:00Z").stdout.decode()
        contains(told, '"key":"region=north"')
        holds("cube.dead-letters" not in told, told)


def test_whoever_lacks_memory_says_so_and_prints_nothing():
    """By a bound of the allocator: under one of the operating system it gives back and asks again for minutes."""
    with folder() as place:
        command = ("replay", "-c", write_config(place / "cubed.yaml", GOOD), "--interactions", write_events(place / "interactions.ndjson", EVENTS))
        holds(cubed(*command).stdout, "with memory there is a state")
        done = cubed(*command, env={"TCMALLOC_HEAP_LIMIT_MB": "2"}, code=71)
        equal(done.stdout, b"")
        contains(done.stderr.decode(), "out of memory")


if __name__ == "__main__":
    main()
