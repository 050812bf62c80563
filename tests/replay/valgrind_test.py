#!/usr/bin/env python3
"""One small replay under valgrind: no byte is lost, none is read before it was written."""
import json
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
os.environ["CUBED_BINARY"] = str(ROOT / "build" / "release" / "cubed")  # valgrind and the sanitizers do not go together
from program import cubed, folder, lines_of, record, write_config, write_events  # noqa: E402
from tap import holds, main  # noqa: E402

VALGRIND = ("valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible", "--errors-for-leak-kinds=definite,indirect,possible",
            "--error-exitcode=99", "--soname-synonyms=somalloc=*tcmalloc*", f"--suppressions={ROOT}/tests/support/valgrind.supp")
DAMAGED = [b"", b"\xc1", b"{", b'{"v":1}', b'{"v":1,"id":"x","ts":"soon","kind":"purchase","customer":"c"}']


def company(count):
    for line in cubed("demo", "--print", count).stdout.splitlines():
        e = json.loads(line)
        hr = "customer" not in e
        yield record("hr" if hr else "cpi" if e["kind"] in ("measurement", "survey") else "interactions", e["employee" if hr else "customer"], line.decode())


def test_replay_under_valgrind_finds_no_error_and_no_leak():
    holds(shutil.which("valgrind"), "valgrind is installed")
    with folder() as place:
        config = write_config(place / "config.yaml", cubed("demo", "--print-config").stdout.decode())
        damaged = [record("interactions", "c", value) for value in DAMAGED]
        records = write_events(place / "records.ndjson", [*damaged, *company(4000), *damaged])
        done = cubed("replay", "-c", config, "--records", records, "--partitions", 2, "--commit-every", 7, "--customers", "--every", "7d",
                     wrap=VALGRIND, timeout=500)
    topics = {line["topic"] for line in lines_of(done.stdout)}
    holds({"cube.state", "cube.snapshot", "cube.customers.snapshot", "cube.dead-letters"} <= topics, f"the replay did its work: {topics}")


if __name__ == "__main__":
    main()
