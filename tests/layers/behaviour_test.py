#!/usr/bin/env python3
"""The table of faults in tests/chaos/README.md: every fault whose behaviour is promised has a row, and each row names a test case or an act of
chaos that exists, or, of what is not promised, says why there is none."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from tap import Failed, equal, holds, main

TESTS = Path(__file__).resolve().parents[1]
REASONS = ("not tried", "tried by hand", "cannot be told")
PROMISED = ("kill -9 at any point", "ready again after kill -9", "SIGTERM", "a second SIGTERM", "no memory", "more customers, employees, scopes or ids than are kept",
            "disk full, EIO, fsync fails", "broker down, slow, cut, absent", "fenced by its own name", "rebalance in a transaction",
            "partitions added, another layout", "poison record", "configuration reload", "slow or hostile HTTP client", "TLS, password, rights refused")


def rows():
    """{fault: proof}."""
    text = (TESTS / "chaos" / "README.md").read_text(encoding="utf-8")
    lines = text.split("| fault | behaviour | proof |\n|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    return {cells[1].strip(): cells[3].strip() for cells in (line.split("|") for line in lines)}


def cases_in(path):
    """The test cases of a program: functions that run, and of C those that its main knows."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return set(re.findall(r"^def (test_\w+)", text, re.M))
    return set(re.findall(r"^static void (\w+)\(void \*\*state\)", text, re.M)) & set(re.findall(r"\w+", text[text.find("\nint main("):]))


def all_cases():
    """{path below tests: its cases}."""
    programs = [p for p in TESTS.rglob("*_test.py")] + list((TESTS / "unit").rglob("*_test.c"))
    return {str(p.relative_to(TESTS)): cases_in(p) for p in programs}


def acts():
    """What chaos does to processes, brokers and networks: functions of a world and a source of chance, and kills at named places."""
    text = (TESTS / "chaos" / "faults.py").read_text(encoding="utf-8")
    drawn = set(re.findall(r"\w+", " ".join(re.findall(r"^(?:OTHERS|KILLS) = .*?[\])}]$", text, re.M | re.S))))
    points = re.search(r"^CRASH_POINTS = .*?[\])]$", text, re.M | re.S)
    return (drawn & set(re.findall(r"^def (\w+)\(world, rng\)", text, re.M))) | {f"kill_at_{p}" for p in re.findall(r"\"(\w+)\"", points[0])}


def bench_parts():
    return set(re.findall(r"\w+", re.search(r"^ON_BROKER = (.*)$", (TESTS / "bench" / "run").read_text(encoding="utf-8"), re.M)[1]))


def exists(said, cases):
    """A test case or an act; PATH: a case in that program; faults.ACT; bench PART. What ends with * is any that begins so."""
    where, _, name = said.rpartition(": ")
    module, _, act = said.partition(".")
    if where:
        names = cases.get(where, set())
    elif module == "faults":
        name, names = act, acts()
    elif said.startswith("bench "):
        name, names = said.removeprefix("bench "), bench_parts()
    else:
        names = set().union(acts(), *cases.values())
    return any(n.startswith(name[:-1]) for n in names) if name.endswith("*") and len(name) > 5 else name in names


def wrong(table, cases):
    """What is wrong with it, a line each."""
    out = [f"{fault}: promised, and not in the table" for fault in PROMISED if fault not in table]
    for fault, proof in table.items():
        said = re.findall(r"`([^`]+)`", proof)
        out += [f"{fault}: {x} is no test case and no act" for x in said if not exists(x, cases)]
        if not said and (fault in PROMISED or not any(r in proof for r in REASONS)):
            out.append(f"{fault}: nothing proves it, and nobody says why: {proof}")
    return out


def test_what_is_promised_is_in_the_table_and_each_row_names_what_proves_it():
    table = rows()
    holds(len(table) > 20, f"{len(table)} rows")
    found = wrong(table, all_cases())
    if found:
        raise Failed("\n".join(found))


def test_a_proof_that_is_none_is_found():
    cases = all_cases()
    for said in ("test_that_nobody_wrote", "faults.nothing", "faults.world", "kafka/adapter_test.py: test_that_nobody_wrote", "kafka/nothing_test.py: test_x",
                 "nobody_wrote_*", "tests/sim", "kafka/bad_input_test.py", "faults.py", "*", "faults.*", "bench nothing", "story.BAD", "on_told",
                 "kafka/adapter_test.py: test_a_certificate_nobody_vouches_for_is_refused"):
        holds(not exists(said, cases), said)
    for said in ("faults.kill_at_*", "faults.cut", "test_a_certificate_*", "bench restore"):
        holds(exists(said, cases), said)


def test_a_row_that_is_missing_or_proves_nothing_is_found():
    cases, table = all_cases(), dict.fromkeys(PROMISED, "`faults.cut`")
    equal(wrong(table, cases), [])
    for fault in PROMISED:
        equal(wrong({k: v for k, v in table.items() if k != fault}, cases), [f"{fault}: promised, and not in the table"])
        for proof in ("tried by hand", ""):
            equal(wrong({**table, fault: proof}, cases), [f"{fault}: nothing proves it, and nobody says why: {proof}"])
    equal(wrong({**table, "no memory": "`tests/sim`"}, cases), ["no memory: tests/sim is no test case and no act"])


if __name__ == "__main__":
    main()
