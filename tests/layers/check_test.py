#!/usr/bin/env python3
"""The layer check must reject what it is for: each test plants one violation in a small tree."""
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from tap import contains, equal, main

CLEAN = {
    "lib/base/text.h": "#include <stdint.h>\n",
    "lib/event/event.h": '#include "base/text.h"\n',
    "lib/event/event.c": '#include "event/event.h"\n#include <string.h>\n',
    "proto/emit.h": '#include "event/event.h"\n#include <msgpack.h>\n',
    "daemon/port/log.h": '#include "proto/emit.h"\n',
    "daemon/config/config.h": '#include "port/log.h"\n',
    "daemon/config/yaml.c": '#include <libfyaml.h>\n',
    "daemon/task/worker.c": '#include "config/config.h"\n#include "port/log.h"\n',
    "daemon/kafka/log_kafka.h": '#include "port/log.h"\n#include <librdkafka/rdkafka.h>\n',
    "daemon/http/server.c": '#include <microhttpd.h>\n#include <sys/socket.h>\n',
    "daemon/app.c": '#include "kafka/log_kafka.h"\n#include <uv.h>\n',
}


def check(files, build=None):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = [sys.executable, str(HERE / "check"), "--root", folder] + (["--build", build] if build else [])
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


def rejects(name, text, why):
    code, out = check({**CLEAN, name: text})
    contains(out, why)
    equal(code, 1)


def test_a_clean_tree_passes():
    equal(check(CLEAN), (0, "ok - no include of 11 files crosses a layer\n"))


def test_lib_may_not_see_proto():
    rejects("lib/event/event.c", '#include "proto/emit.h"\n', "lib may not see proto/emit.h")


def test_lib_may_not_see_a_later_folder():
    rejects("lib/base/text.h", '#include "event/event.h"\n', "lib/base comes before lib/event")


def test_an_aggregation_sees_of_the_engine_only_what_it_is_handed():
    tree = {**CLEAN, "lib/engine/applying.h": "", "lib/engine/scope_engine.h": ""}
    equal(check({**tree, "lib/measure/agg.c": '#include "engine/applying.h"\n'})[0], 0)
    equal(check({**tree, "lib/measure/agg.c": '#include "engine/scope_engine.h"\n'})[0], 1)
    equal(check({**tree, "lib/window/pane.c": '#include "engine/applying.h"\n'})[0], 1)


def test_lib_may_not_open_files_or_read_the_clock():
    for header in ("unistd.h", "time.h", "pthread.h", "sys/stat.h"):
        rejects("lib/event/event.c", f"#include <{header}>\n", f"lib may not use <{header}>")


def test_lib_may_not_use_msgpack():
    rejects("lib/event/event.c", "# include <msgpack.h>\n", "lib may not use <msgpack.h>")


def test_proto_may_not_see_the_daemon():
    rejects("proto/emit.h", '#include "port/log.h"\n', "proto may not see daemon/port/log.h")


def test_tasks_may_not_see_kafka():
    rejects("daemon/task/worker.c", '#include "kafka/log_kafka.h"\n', "daemon/task may not see daemon/kafka/log_kafka.h")
    rejects("daemon/task/worker.c", "#include <librdkafka/rdkafka.h>\n", "daemon/task may not use <librdkafka/rdkafka.h>")
    rejects("daemon/task/worker.c", '#include "librdkafka/rdkafka.h"\n', "daemon/task may not use <librdkafka/rdkafka.h>")
    rejects("daemon/task/worker.c", "#include <uv.h>\n", "daemon/task may not use <uv.h>")


def test_tasks_see_no_more_of_config_than_its_header():
    rejects("daemon/task/worker.c", '#include "../config/yaml.c"\n', "daemon/task may not see")


def test_adapters_may_not_see_each_other():
    rejects("daemon/http/server.c", '#include "kafka/log_kafka.h"\n', "daemon/http may not see daemon/kafka/log_kafka.h")
    rejects("daemon/kafka/log_kafka.h", '#include "task/worker.c"\n', "daemon/kafka may not see daemon/task/worker.c")
    rejects("daemon/http/server.c", "#include <librdkafka/rdkafka.h>\n", "daemon/http may not use")


def archive(folder, source):
    Path(folder, "planted.c").write_text(source)
    Path(folder, "empty.c").write_text("extern int nothing;\n")
    for name, room in (("planted", "lib"), ("empty", "proto")):
        subprocess.run(["cc", "-O2", "-c", f"{folder}/{name}.c", "-o", f"{folder}/{name}.o"], check=True)
        subprocess.run(["ar", "rc", f"{folder}/libcube_{room}.a", f"{folder}/{name}.o"], check=True)
    return check(CLEAN, folder)


def test_symbols_of_memory_and_numbers_pass():
    with tempfile.TemporaryDirectory() as folder:
        code, out = archive(folder, "#include <math.h>\n#include <stdlib.h>\nconst char *const names[] = {\"a\", \"b\"};\n"
                                    "double *f(double x) { double *p = malloc(8); *p = sqrt(x) + log(x); return p; }\n")
        equal((code, out.count("not ok")), (0, 0), out)


def test_a_symbol_of_input_or_output_is_rejected():
    for call, symbol in (("puts(\"x\")", "puts"), ("getenv(\"x\")", "getenv"), ("rand()", "rand"), ("fopen(\"x\", \"r\")", "fopen")):
        with tempfile.TemporaryDirectory() as folder:
            code, out = archive(folder, f"#include <stdio.h>\n#include <stdlib.h>\nlong f(void) {{ return (long){call}; }}\n")
            contains(out, f"planted.o uses {symbol}")
            equal(code, 1)


def test_a_writable_global_is_rejected():
    for source in ("int counter = 3;\n", "static long seen[4];\nlong f(int i) { return ++seen[i]; }\n"):
        with tempfile.TemporaryDirectory() as folder:
            code, out = archive(folder, source)
            contains(out, "planted.o has")
            equal(code, 1)


if __name__ == "__main__":
    main()
