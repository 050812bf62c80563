"""Figures of the benchmarks: kept, printed with their goal, written as JSON; and the programs they come from."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
sys.path.insert(0, str(ROOT / "tests" / "support"))

figures = []  # {"name", "value", "unit", "goal", ...}: what --json writes and the table at the end shows


def figure(name, value, unit, goal=None, **more):
    figures.append({"name": name, "value": round(value, 3), "unit": unit, "goal": goal, **more})
    spread = f" (from {more['low']:.2f} to {more['high']:.2f})" if "low" in more else ""
    print(f"{name}: {value:.6g} {unit}{spread}" + (f", goal {goal}" if goal else ""), flush=True)


def output_of(*command, timeout=900):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def program(name):
    return BUILD / "tests" / name


def instructions(name, function, few, many, *rest):
    """Instructions per event inside one function: the difference of two runs, so that starting up drops out."""
    counts = []
    for n in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            text = output_of("valgrind", "--tool=callgrind", f"--toggle-collect={function}", f"--callgrind-out-file={folder}/out", program(name), n, *rest)
        counts.append(int(re.search(r"Collected : (\d+)", text)[1]))
    return (counts[1] - counts[0]) / (many - few)


def pinned(*command):
    return ["taskset", "-c", "0", *map(str, command)] if shutil.which("taskset") else list(map(str, command))


def table():
    for f in figures:
        print(f"{f['name']:<44} {f['value']:>12g} {f['unit']:<20} {'goal ' + str(f['goal']) if f['goal'] else ''}")


def write_json(path):
    text = json.dumps(figures, indent=1) + "\n"
    if path == "-":
        print(text, end="")
    else:
        Path(path).write_text(text, encoding="utf-8")
