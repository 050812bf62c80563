#!/usr/bin/env python3
"""The simulator: many schedules, those that once found something, and that it says so when it finds something."""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import tap  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
SCHEDULES = 5000
UNDER_ASAN = 200
PLANTED_SCHEDULES = 10000  # some take 1,500 in the mean
STARVED = 2000
STARVED_UNDER_ASAN = 100
SWEPT = 8


def sim(*args, preset="release"):
    return subprocess.run([BUILD / preset / "tests" / "sim", *args], capture_output=True, text=True, timeout=900, check=False)


def must_hold(done):
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " 0 failures" in done.stdout, done.stdout[-3000:]


def test_every_schedule_ends_as_one_process_without_a_fault():
    half = SCHEDULES // 2
    runs = [subprocess.Popen([BUILD / "release" / "tests" / "sim", "--from", str(1 + i * half), "--schedules", str(half)],
                             stdout=subprocess.PIPE, text=True) for i in range(2)]
    said = [run.communicate(timeout=900)[0] for run in runs]
    assert all(run.returncode == 0 for run in runs), "\n".join(text[-2000:] for text in said)
    print("# " + "; ".join(text.strip() for text in said))


def test_no_schedule_leaks_or_reads_what_it_may_not():
    must_hold(sim("--from", "100001", "--schedules", str(UNDER_ASAN), preset="asan"))


def test_schedules_that_once_found_a_bug_pass():
    """All but the last eight from before steps went to processes that run, and four of these from before stories were shorter."""
    for seed in (4, 26, 84, 90, 1987, 36, 2070, 59, 1082, 5945, 50025375, 50093731, 50228592, 50253877, 50347734,
                 50044297, 110354, 60254814):
        must_hold(sim("--anybody", "--seed", str(seed)))
    for seed in (2318, 78, 956270, 926710):
        must_hold(sim("--long", "--seed", str(seed)))
    for seed in (265, 20215486, 50403143, 50753307):
        must_hold(sim("--seed", str(seed)))


def test_whoever_lacks_memory_publishes_nothing_by_halves_and_leaves_with_71():
    """An allocation of a process fails, anywhere: it says so, does nothing any more, and its successor goes on exactly."""
    for preset, schedules in (("release", STARVED), ("asan", STARVED_UNDER_ASAN)):
        done = sim("--starve", "--from", "200001", "--schedules", str(schedules), preset=preset)
        must_hold(done)
        failed = int(re.search(r"(\d+) allocations failed", done.stdout)[1])
        assert failed >= schedules, done.stdout


def test_any_one_allocation_may_fail():
    """Of a few schedules each allocation of their processes, one after the other: no chance decides which."""
    for preset, schedules, least in (("release", SWEPT, 4000), ("asan", 1, 400)):
        done = sim("--sweep", "--from", "2", "--schedules", str(schedules), preset=preset)
        must_hold(done)
        assert int(re.search(r"(\d+) allocations failed", done.stdout)[1]) >= least, done.stdout


def test_every_planted_bug_is_found():
    """In the crash build the workers can be made to make mistakes; each must show within so many schedules."""
    listed = sim("--planted", preset="crash")
    bugs = [line.split("\t")[0] for line in listed.stdout.splitlines()]
    meant = re.findall(r"^    X\((\w+),", (ROOT / "daemon/task/planted.h").read_text(encoding="ascii"), re.M)
    assert len(bugs) == len(meant) >= 25, (bugs, meant)
    missed = [bug for bug in bugs if sim("--plant", bug, "--schedules", str(PLANTED_SCHEDULES), preset="crash").returncode != 1]
    assert not missed, f"not found: {missed}"


def test_one_seed_is_one_schedule():
    first, again, other = (sim("--seed", seed, "-v").stdout for seed in ("9", "9", "8"))
    steps = [[line for line in text.splitlines() if "per CPU second" not in line] for text in (first, again, other)]
    assert steps[0] == steps[1] and len(steps[0]) > 5
    assert steps[0] != steps[2]


def again_of(text):
    """The command printed for the schedule that failed, and its seed."""
    found = re.search(r"^seed (\d+): .+\nagain with: (.+)$", text, re.M)
    assert found, text
    return found[2], found[1]


def test_whatever_ends_a_schedule_its_command_is_printed():
    found = sim("--plant", "LANDED_NOT_ASKED", "--starve", "--anybody", preset="crash").stdout
    command, seed = again_of(found)
    assert command == f"build/crash/tests/sim --seed {seed} --starve --anybody --plant LANDED_NOT_ASKED -v"
    once_more = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert once_more.returncode == 1 and once_more.stdout.endswith(found), once_more.stdout[-1000:]
    for kind in (signal.SIGSEGV, signal.SIGABRT, signal.SIGPROF):
        with subprocess.Popen([BUILD / "release" / "tests" / "sim", "--schedules", "1000000", "-v"], stdout=subprocess.PIPE, text=True) as runs:
            runs.stdout.readline()
            runs.send_signal(kind)
            command, seed = again_of(runs.communicate(timeout=100)[0])
            assert runs.returncode == 1 and command == f"./dev sim --seed {seed} -v", command


def test_a_wrong_option_is_a_usage_error():
    done = sim("--sead", "4")
    assert done.returncode == os.EX_USAGE and "usage" in done.stderr


if __name__ == "__main__":
    tap.main()
