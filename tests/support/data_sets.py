"""The two public data sets of tests/data as events: fetched and converted on first use."""
import hashlib
import json
import shutil
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


def converter_digest(name):
    digest = hashlib.sha256()
    for file in (DATA / "SHA256SUMS", DATA / "common.py", DATA / name / "convert.py"):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def events_folder(name, *options):
    """A folder with interactions.ndjson or hr.ndjson of `cdnow` or `attrition`; options as of its convert.py. It is whole from the
    moment it is there and is not written again: programs that run beside this one read it."""
    out = cache_folder() / "events" / "-".join(["".join([name, *options]), converter_digest(name)])
    run(DATA / "fetch.sh")
    with locked("events"):
        if not out.exists():
            part = out.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            run(cache_folder() / "data" / "venv" / "bin" / "python", DATA / name / "convert.py", part, *options)
            part.rename(out)
    return out


def expected(name, file="expected.json"):
    return json.loads((DATA / name / file).read_text(encoding="utf-8"))
