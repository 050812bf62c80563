#!/usr/bin/env python3
"""Each fuzz target stands in tests/fuzz/README.md, with what it decodes, and has seeds."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from tap import equal, holds, main

FUZZ = Path(__file__).resolve().parent.parent / "fuzz"


def targets():
    return {source.stem for source in FUZZ.glob("*_fuzz.c")}


def test_each_target_has_a_row_that_says_what_it_decodes():
    rows = re.findall(r"^\| [^|]+ \| (`.+?`) \| [^|]+ \|$", (FUZZ / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    equal({name for row in rows for name in re.findall(r"`(\w+)`", row)}, targets())


def test_each_target_has_seeds():
    for name in sorted(targets()):
        holds(any((FUZZ / "corpus" / name).iterdir()), f"corpus/{name} has a file")


if __name__ == "__main__":
    main()
