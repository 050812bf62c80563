#!/usr/bin/env python3
"""The service unit: systemd understands all of it, and it is closed to all that the daemon does not need."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from program import binary
from tap import contains, equal, holds, main

UNIT = HERE.parent.parent / "systemd" / "cubed@.service"
EXPOSURE_MAX = 1.1  # systemd's scale: 0 closed, 10 open. What is left: the network, of which Kafka may be anywhere


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False, timeout=300)


def exposure(unit):
    done = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    holds(found, "systemd-analyze names the exposure: " + done.stdout + done.stderr)
    return float(found[1])


def settings():
    rows = [line.split("=", 1) for line in UNIT.read_text(encoding="utf-8").splitlines() if re.match(r"[A-Z]\w+=", line)]
    return {k: [v for key, v in rows if key == k] for k, _ in rows}


def test_the_exposure_stays_below_the_bound():
    got = exposure(UNIT)
    holds(got <= EXPOSURE_MAX, f"exposure {got} <= {EXPOSURE_MAX}")
    threshold = analyze("security", "--offline=true", f"--threshold={round(EXPOSURE_MAX * 10)}", str(UNIT))
    equal(threshold.returncode, 0, threshold.stderr)


def test_an_open_unit_would_be_seen():
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder, UNIT.name)
        unit.write_text(UNIT.read_text(encoding="utf-8").replace("DynamicUser=yes", "").replace("ProtectSystem=strict", ""), encoding="utf-8")
        holds(exposure(unit) > EXPOSURE_MAX, "a unit without its own user is above the bound")


def test_systemd_knows_every_setting():
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder, "cubed@acme.service")
        unit.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/bin/cubed", "/bin/true"), encoding="utf-8")
        done = analyze("verify", "--man=no", str(unit))
        ours = [line for line in done.stderr.splitlines() if str(unit) in line or "cubed@" in line]
        equal((done.returncode, ours), (0, []), done.stderr)


def test_the_credentials_are_those_that_the_program_reads():
    sources = "".join(path.read_text(encoding="utf-8") for path in HERE.parent.parent.glob("daemon/**/*.c"))
    names = re.findall(r"LoadCredential=([^:]+):", UNIT.read_text(encoding="utf-8"))
    equal(names, ["http-token", "kafka-password"])
    configured = re.findall(r"\{credential: ([a-z-]+)\}", UNIT.read_text(encoding="utf-8"))
    equal([name for name in names if f'credential_read("{name}"' not in sources and name not in configured], [])


def test_an_installation_has_the_unit_and_what_it_starts():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cmake", "--install", str(binary().parent), "--prefix", "/usr"], env={**os.environ, "DESTDIR": folder}, check=True,
                       capture_output=True, timeout=120)
        equal({str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()},
              {"usr/bin/cubed", f"usr/lib/systemd/system/{UNIT.name}"})
        contains(subprocess.run([f"{folder}/usr/bin/cubed", "version"], capture_output=True, text=True, check=True, timeout=60).stdout, "cubed ")


def constant_ms(name):
    """A constant of the daemon in milliseconds: NAME_MS or NAME_S."""
    sources = [path.read_text(encoding="utf-8") for path in HERE.parent.parent.glob("daemon/**/*.[ch]")]
    found = [row for text in sources for row in re.findall(rf"\b{name}_(MS|S) (?:= )?(\d+)\b", text)]
    equal(len(found), 1, f"places where {name} is")
    return int(found[0][1]) * (1 if found[0][0] == "MS" else 1000)


def test_a_stop_waits_half_as_long_as_the_unit_gives_it_at_the_most():
    """Partitions that are just being taken away, the commit under way, the transaction thread (twice, and a tick of the loop), the clients."""
    waits_ms = sum(map(constant_ms, ("REVOKE_PATIENCE", "GRACE", "LEAVE_PATIENCE", "STOP_PATIENCE", "STOP_PATIENCE", "TICK", "END_PATIENCE")))
    contains((UNIT.parent / "README.md").read_text(encoding="utf-8"), f"{waits_ms / 1000:g} s in all")
    holds(2 * waits_ms <= 1000 * int(settings()["TimeoutStopSec"][0].removesuffix("s")), f"{waits_ms} ms of waiting in {settings()['TimeoutStopSec']}")


def test_the_daemon_s_contract_with_systemd():
    s = settings()
    equal(s["Type"], ["notify"])
    holds("WatchdogSec" in s and "TimeoutStopSec" in s, "a watchdog and a bounded stop")
    equal(s["Restart"], ["on-failure"])
    equal(s["StateDirectory"], ["cubed/%i"], "a directory of its own for each instance")
    equal(s["RestartPreventExitStatus"], ["64 65 77 78"])
    contains(s["ExecStart"][0], "/usr/bin/cubed run -c /etc/cubed/%i.yaml --instance %i")


if __name__ == "__main__":
    main()
