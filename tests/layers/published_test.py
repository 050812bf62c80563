#!/usr/bin/env python3
"""Each figure of tests/unit/published.txt stands in the unit test that the list names, and that test is run."""
import re
import sys
from pathlib import Path

UNIT = Path(__file__).resolve().parent.parent / "unit"
sys.path.insert(0, str(UNIT.parent / "support"))
from tap import equal, holds, main

LIST = UNIT / "published.txt"


def rows(text):
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            parts = [part.strip() for part in line.split(" | ")]
            holds(len(parts) == 4, f"line {number} has four parts")
            yield parts[0], parts[1].split("; "), parts[2], parts[3]


def misses(source, texts, test):
    """What is wanting of a test in the source of its program."""
    found = re.search(rf"^static void {test}\(void \*\*state\)\n{{\n(.*?)^}}\n", source, re.M | re.S)
    if not found:
        return ["there is no such test"]
    run = re.search(rf"(cmocka_unit_test\w*|ROW)\({test}\b", source)
    return [f"lacks {text}" for text in texts if text not in found[1]] + ([] if run else ["is not run"])


def test_every_figure_stands_in_its_test():
    seen = list(rows(LIST.read_text(encoding="utf-8")))
    holds(len(seen) >= 30, "the list is there")
    for what, texts, program, test in seen:
        room, name = program.split("/")
        equal(misses((UNIT / room / f"{name}_test.c").read_text(encoding="utf-8"), texts, test), [], f"{what}: {test}")


def test_what_is_missing_is_seen():
    source = "static void f_does(void **state)\n{\n    assert(3.905);\n}\n"
    equal(misses(source, ["3.905"], "f_does"), ["is not run"])
    equal(misses(source + "cmocka_unit_test(f_does)", ["3.9", "8.12"], "f_does"), ["lacks 8.12"])
    equal(misses(source, [], "f"), ["there is no such test"])


if __name__ == "__main__":
    main()
