#!/usr/bin/env python3
"""The data sets can be had, are the ones the figures were computed from, and their events give the figures."""
import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from data_sets import events_folder, expected, run
from tap import contains, equal, main


def same_events(folder, doc):
    for topic, want in doc["events"].items():
        raw = (folder / f"{topic}.ndjson").read_bytes()
        equal((raw.count(b"\n"), hashlib.sha256(raw).hexdigest()), (want["count"], want["sha256"]), topic)


def figures_follow(name, file="expected.json", *options):
    folder = events_folder(name, *options)
    doc = expected(name, file)
    same_events(folder, doc)
    n = len(doc["figures"])
    contains(run(sys.executable, HERE / "check_events.py", HERE / name / file, folder), f"{n} of {n} figures follow")


def test_cdnow_events_give_the_figures():
    figures_follow("cdnow")


def test_cdnow_master_events_give_the_figures():
    figures_follow("cdnow", "expected-master.json", "--master")


def test_attrition_events_give_the_figures():
    figures_follow("attrition")


def test_the_figures_are_the_published_ones():
    out = run(sys.executable, HERE / "published.py", *sorted(HERE.glob("*/expected*.json")))
    contains(out, "24 of 24 published figures reproduced")


if __name__ == "__main__":
    main()
