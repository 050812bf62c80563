#!/usr/bin/env python3
"""./dev without the packages it needs: what it says and how it ends, and that it installs when it may."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from tap import contains, equal, holds, main

DEV = HERE.parents[1] / "dev"


def dev(command, user, sudo):
    """Runs it where no library package is installed, as a user, with or without a sudo that asks for nothing."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = {"dpkg-query": "exit 1", "id": f"echo {user}", "sudo": 'shift; exec "$@"' if sudo else "exit 1",
                   "apt-get": f'echo "apt-get $*" >>{folder}/said; case $1 in install) exit 1;; esac'}
        for name, text in scripts.items():
            path = Path(folder, name)
            path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
            path.chmod(0o755)
        done = subprocess.run([str(DEV), command], env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, timeout=300)
        said = Path(folder, "said")
        return done, said.read_text(encoding="ascii").splitlines() if said.exists() else []


def test_without_root_it_prints_the_line_and_ends_with_69():
    for command in ("build", "demo", "test"):
        done, said = dev(command, user=1000, sudo=False)
        equal((done.returncode, said), (69, []), command)
        contains(done.stderr, "apt-get update && apt-get install -y --no-install-recommends")
        contains(done.stderr, "librdkafka-dev libuv1-dev")


def test_the_demo_asks_for_nothing_that_only_tests_need():
    done, _ = dev("demo", user=1000, sudo=False)
    holds("python3-venv" not in done.stderr, done.stderr)
    contains(dev("test", user=1000, sudo=False)[0].stderr, "python3-venv")


def test_root_and_sudo_install():
    for user, sudo in ((0, False), (1000, True)):
        done, said = dev("build", user, sudo)
        equal(done.returncode, 69, "an installation that fails ends it")
        equal(said[0], "apt-get update -qq")
        contains(said[1], "apt-get install -y --no-install-recommends")
        contains(said[1], "libfyaml-dev")


def test_an_unknown_command_is_a_usage_error():
    done, _ = dev("dance", user=1000, sudo=False)
    equal(done.returncode, 64)


if __name__ == "__main__":
    main()
