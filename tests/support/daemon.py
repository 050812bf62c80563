"""A running `cubed run` as tests need it: started, watched, stopped, killed, its HTTP read."""
import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from broker import die_with_parent
from ports import free_ports
from program import binary, write_config
from scratch import scratch
from tap import Failed, wait_until

UNIT = Path(__file__).resolve().parents[2] / "systemd" / "cubed@.service"
STOP_SECONDS = int(re.search(r"^TimeoutStopSec=(\d+)s$", UNIT.read_text(encoding="utf-8"), re.M)[1])


class Daemon:
    """One instance. config is a map (see program.write_config); its HTTP port is chosen here."""

    def __init__(self, config, instance="1", env=None, arguments=(), program=None):
        """program: another binary (program.crash_binary()); env: of every start."""
        self.program = program or binary()
        self.folder = scratch(f"cubed-{instance}-")
        self.port = free_ports(1)[0]
        self.instance, self.env, self.arguments = instance, env or {}, list(arguments)
        self.config = write_config(self.folder / "cubed.yaml", {**config, "http": {**config.get("http", {}), "listen": f"127.0.0.1:{self.port}"}})
        self.log = self.folder / "log"
        self.process = None

    def start(self, ready_within=60, env=None):
        """Starts it and waits until /readyz says so; ready_within=None does not wait."""
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                [str(self.program), "run", "-c", str(self.config), "--instance", self.instance, *self.arguments], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, env={**os.environ, **self.env, **(env or {})}, preexec_fn=die_with_parent)
        if ready_within is not None:
            self.wait_ready(ready_within)
        return self

    def wait_ready(self, seconds=60):
        try:
            wait_until(lambda: self.exit_code is None and self.get("/readyz")[0] == 200 or self.exit_code is not None, seconds, "ready")
        except Failed as late:
            raise Failed(f"{late}: {self.get('/readyz?verbose')}\n{self.tail()}") from late
        if self.exit_code is not None:
            raise Failed(f"it ended with {self.exit_code}:\n{self.tail()}")

    @property
    def exit_code(self):
        """None while it runs; -9 after a SIGKILL."""
        return self.process.poll() if self.process else None

    def tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def get(self, path, timeout=15):
        """(status, text); (0, why) without an answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError as error:
            return 0, str(error)

    def json(self, path):
        status, text = self.get(path)
        if status != 200:
            raise Failed(f"{path}: {status} {text}")
        return json.loads(text)

    def metrics(self):
        """{'name{labels}': value} of /metrics; nothing as long as nobody answers."""
        status, text = self.get("/metrics")
        out = {}
        for line in text.splitlines() if status == 200 else []:
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out

    def outcomes(self):
        """Records by outcome, over all topics."""
        out = {}
        for name, value in self.metrics().items():
            if name.startswith("cubed_records_total{"):
                outcome = name.split('outcome="')[1].split('"')[0]
                out[outcome] = out.get(outcome, 0) + int(value)
        return out

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """kill -9."""
        if self.exit_code is None and self.process:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit code, Failed when it does not leave in the time that the service unit gives it, whatever the machine."""
        if self.exit_code is None:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise Failed(f"it did not leave within {STOP_SECONDS} s of SIGTERM:\n{self.tail()}") from None
        return self.exit_code

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.kill()
