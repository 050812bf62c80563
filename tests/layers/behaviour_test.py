#!/usr/bin/env python3
"""The table of faults in tests/chaos/README.md: each row names a test that exists, or says why there is none."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from tap import Failed, equal, holds, main

TESTS = Path(__file__).resolve().parents[1]
REASONS = ("not tried", "tried by hand", "cannot be told")
MODULES = {"faults": "chaos/faults.py", "story": "chaos/story.py"}


def rows():
    """(fault, proof) of each row."""
    text = (TESTS / "chaos" / "README.md").read_text(encoding="utf-8")
    lines = text.split("| fault | behaviour | proof |\n|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    return [(cells[1].strip(), cells[3].strip()) for cells in (line.split("|") for line in lines)]


def known():
    """The names of all tests."""
    names = set()
    for path in TESTS.rglob("*.py"):
        names |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M))
    for path in (TESTS / "unit").rglob("*.c"):
        names |= set(re.findall(r"^static void (\w+)\(void \*\*state\)", path.read_text(encoding="utf-8"), re.M))
    return names


def exists(said, names):
    """A test, a word of a module, or a file; NAME_* is any that begins so; PATH: NAME is a test in that file."""
    where, _, name = said.rpartition(": ")
    if where:
        return (TESTS / where).exists() and exists(name, set(re.findall(r"\w+", (TESTS / where).read_text(encoding="utf-8"))) & names)
    module, _, word = said.partition(".")
    if module in MODULES and word:
        return re.search(rf"^(def )?{word.replace('*', '')}", (TESTS / MODULES[module]).read_text(encoding="utf-8"), re.M) is not None
    if "/" in said:
        return (TESTS / said).exists() or (TESTS.parent / said).exists()
    if said.endswith("*"):
        return any(n.startswith(said[:-1]) for n in names)
    return said in names or inside(said)


def inside(said):
    """The short form of a fault of the row: stop_broker for faults.stop_broker."""
    return re.search(rf"^def {said}\b", (TESTS / MODULES["faults"]).read_text(encoding="utf-8"), re.M) is not None


def test_each_row_names_tests_that_exist_or_says_why_not():
    names, all_rows = known(), rows()
    holds(len(all_rows) > 20, f"{len(all_rows)} rows")
    for fault, proof in all_rows:
        said = re.findall(r"`([^`]+)`", proof)
        if not said and not any(r in proof for r in REASONS):
            raise Failed(f"{fault}: nothing proves it, and nobody says why: {proof}")
        missing = [x for x in said if not exists(x, names)]
        equal(missing, [], f"{fault}: tests that are not there")


def test_a_name_that_is_nowhere_is_found_missing():
    names = known()
    for said in ("test_that_nobody_wrote", "faults.nothing", "kafka/adapter_test.py: test_that_nobody_wrote", "kafka/nothing_test.py", "nobody_wrote_*"):
        holds(not exists(said, names), said)


if __name__ == "__main__":
    main()
