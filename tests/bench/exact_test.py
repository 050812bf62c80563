#!/usr/bin/env python3
"""The speed gate: no part of an event's way takes over 3 % more instructions, and no customer, fact or scope over 3 % more memory, than
tests/bench/exact.counts says, nor more than its goal."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in (".", "support")]
import tap  # noqa: E402
from bench import exact  # noqa: E402

WHAT_TO_DO = f"""Make it cheaper. If what it buys is worth it: ./dev bench --exact --write, and change tests/bench/exact.counts in the
same commit, with the reason in its message. Counts are of the tools that the file names; here: {exact.tools()}"""

_profiles = []


def profiles():
    if not _profiles:
        _profiles.extend(exact.profiles())
    return _profiles


def test_no_part_takes_over_three_percent_more_than_the_file_says():
    counts, kept = {**exact.counts_of(*profiles()), **exact.other_counts()}, exact.read_counts()
    told = exact.grown(counts, kept)
    if told:
        tap.fail("\n".join([*told, WHAT_TO_DO]))
    fallen = [f"{name} {kept[name].value:.0f} -> {c.value:.0f}" for name, c in counts.items() if c.value < kept[name].value * (1 - exact.ALLOWED)]
    if fallen:
        print(f"# fell, so the file is out of date (./dev bench --exact --write): {', '.join(fallen)}")


def test_what_is_counted_does_not_depend_on_the_processor():
    special = sorted(f for p in profiles() for f in p.functions if f and any(x in f for x in ("_avx", "_evex", "_erms", "_ssse3", "_sse4", "_fma")))
    tap.equal(special, [], "functions that other processors do not take")


def test_growth_of_over_three_percent_is_told_with_both_counts():
    kept = {"decode": exact.Count(1000, "instructions/event")}
    tap.equal(exact.grown({"decode": exact.Count(1030, "instructions/event")}, kept), [])
    tap.equal(exact.grown({"decode": exact.Count(1031, "instructions/event")}, kept), ["decode: 1000 -> 1031 instructions/event, 3.1 % more"])
    tap.equal(exact.grown({"decode": exact.Count(10, "instructions/event")}, kept), [])


def test_what_is_beyond_its_goal_is_told_though_the_file_says_so_too():
    goal = exact.GOALS["customer_fixed"]
    for value, times in ((goal, 0), (goal + 1, 1)):
        one = {"customer_fixed": exact.Count(value, "bytes/customer")}
        tap.equal(len(exact.grown(one, one)), times)
    tap.equal(sorted(set(exact.GOALS) - set(exact.read_counts())), [], "goals of what nobody counts")


def test_growth_that_passes_is_not_written():
    def per_event(value):
        return exact.Count(value, "instructions/event")
    tap.equal([exact.settled(per_event(now), per_event(1000)).value for now in (900, 1000, 1030, 1031)], [900, 1000, 1000, 1031])
    tap.equal(exact.settled(per_event(5), None).value, 5)


def test_a_count_that_only_one_side_has_is_told():
    one = exact.Count(1, "instructions/event")
    tap.equal(len(exact.grown({"decode": one, "new": one}, {"decode": one, "old": one})), 2)


if __name__ == "__main__":
    tap.main()
