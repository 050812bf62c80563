"""The folder where tests keep what they fetched, and a Python environment with packages in it."""
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

KAFKA_PYTHON = "kafka-python==2.2.15 lz4==4.4.5"  # speaks Kafka's protocol with code of its own, not librdkafka's; changelogs are lz4
LIBRDKAFKA = ("2.16.0", "confluent-kafka==2.16.1")  # the wheel carries the library as a shared object
JSON_SCHEMA = "jsonschema-rs==0.61.0"  # judges records by their schemas, and schemas by draft 2020-12
JSON = "orjson==3.13.0"  # reads what replays print, gigabytes of it in one run of all tests, several times as fast as Python's own
YAML = "PyYAML==6.0.3"  # reads a configuration with code that is not the program's
FIRST_ANSWER_MS = 60_000  # how long a broker may take to say which versions it speaks


def cache_folder():
    base = os.environ.get("CUBED_CACHE")
    if not base:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cubed-tests"
    path = Path(base)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    """One process at a time makes a part of the cache."""
    with open(cache_folder() / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def venv_python(packages=KAFKA_PYTHON):
    """The interpreter of an environment that has some packages; made on first use."""
    folder = cache_folder() / packages.replace("==", "-").replace(" ", "_")
    with locked("venv"):
        if not (folder / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
            subprocess.run([str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *packages.split()], check=True)
            (folder / "complete").touch()
    return folder / "bin/python"


def librdkafka_folder():
    """A folder with a current librdkafka under the name Debian's has, for LD_LIBRARY_PATH; fetched on first use."""
    version, package = LIBRDKAFKA
    folder = cache_folder() / f"librdkafka-{version}"
    with locked(f"librdkafka-{version}"):
        if not (folder / "librdkafka.so.1").exists():
            shutil.rmtree(folder, ignore_errors=True)
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "-d", str(folder), package]
            subprocess.run(fetch, check=True)
            with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
                name = next(n for n in wheel.namelist() if "/librdkafka" in n and n.endswith(".so.1"))
                (folder / "librdkafka.part").write_bytes(wheel.read(name))
            (folder / "librdkafka.part").rename(folder / "librdkafka.so.1")
    return folder


def use_package(package):
    """Makes a package importable in this very program, whatever environment it runs in."""
    folder = venv_python(package).parent.parent
    for place in folder.glob("lib/python*/site-packages"):
        if str(place) not in sys.path:
            sys.path.append(str(place))


def use_venv():
    """Starts this program again inside that environment, unless it runs there already."""
    python = venv_python()
    if Path(sys.prefix) != python.parent.parent:
        os.execv(python, [str(python), *sys.argv])
    clients_made_patient()


def clients_made_patient():
    """By themselves they wait two seconds for the first answer, and a broker on a busy machine takes longer."""
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer  # there is none outside the environment
    for client in (KafkaAdminClient, KafkaConsumer, KafkaProducer):
        client.DEFAULT_CONFIG["api_version_auto_timeout_ms"] = FIRST_ANSWER_MS
