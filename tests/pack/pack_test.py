#!/usr/bin/env python3
"""The built-in pack does what its test file says, and the file speaks of every measure and alert of the pack."""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from program import ROOT, cubed, folder
from tap import equal, holds, main

FILE = ROOT / "tests" / "pack" / "customer-cube.test.yaml"


def failures(path):
    done = cubed("test", path, "--json", code=None, timeout=200)
    return [(x["test"], f["line"], f["path"], f["expected"], f["got"]) for x in map(json.loads, done.stdout.splitlines()) for f in x["failures"]], done


def test_every_example_holds():
    bad, done = failures(FILE)
    equal(bad, [], done.stderr.decode())
    equal(done.returncode, 0, "exit code")
    print(f"# {len(done.stdout.splitlines())} examples")


def test_every_example_holds_over_five_partitions():
    with folder() as place:
        path = place / "five.test.yaml"
        path.write_text(FILE.read_text(encoding="utf-8").replace("    events:", "    partitions: 5\n    events:"), encoding="utf-8")
        bad, done = failures(path)
        equal(bad, [], done.stderr.decode())


def test_every_measure_and_alert_of_the_pack_has_an_example():
    with folder() as place:
        (place / "pack.yaml").write_text("version: 1\n", encoding="utf-8")
        effective = cubed("check", "-c", place / "pack.yaml", "--effective").stdout.decode()
    names = re.findall(r'^  - \{name: "([^"]+)"', effective, re.M)
    holds(len(names) > 60, f"the pack has measures and alerts: {len(names)}")
    text = FILE.read_text(encoding="utf-8")
    equal([n for n in names if not re.search(rf"\b{re.escape(n)}: ", text)], [], "without an example")


if __name__ == "__main__":
    main()
