"""The two public data sets of tests/data as events: fetched and converted on first use."""
import json
import subprocess
from pathlib import Path

from cache import cache_folder, locked
from tap import Failed

DATA = Path(__file__).resolve().parent.parent / "data"


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=1000)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def events_folder(name, *options):
    """A folder with interactions.ndjson or hr.ndjson of `cdnow` or `attrition`; options as of its convert.py."""
    out = cache_folder() / "events" / "".join([name, *options])
    run(DATA / "fetch.sh")
    with locked("events"):
        out.mkdir(parents=True, exist_ok=True)
        run(cache_folder() / "data" / "venv" / "bin" / "python", DATA / name / "convert.py", out, *options)
    return out


def expected(name, file="expected.json"):
    return json.loads((DATA / name / file).read_text(encoding="utf-8"))
