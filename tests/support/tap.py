"""A test program in a few lines: functions named test_* run in the order they stand in the file, each
prints `ok - NAME` or `not ok - NAME` with what went wrong behind it. Exit 1 when one failed.

    from tap import equal, main
    def test_replay_prints_nothing_for_no_input():
        equal(replay(events=[]), [])
    if __name__ == "__main__":
        main()

Arguments are words: only tests whose name holds one of them run. Tests that mostly wait for processes may run several
at a time: main(at_a_time=4); one that is marked @alone has nobody beside it, before or behind it.
"""
import contextlib
import os
import signal
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from scratch import scratch_removed

PATIENCE = 3  # a machine so many times slower than the one where a wait was measured still passes


class Failed(AssertionError):
    pass


def fail(text):
    raise Failed(text)


def shown(value, limit=2000):
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + f"... ({len(text)} characters)"


def equal(got, want, what=""):
    if got != want:
        raise Failed(f"{what + ': ' if what else ''}got {shown(got)}, want {shown(want)}")


def near(got, want, within, what=""):
    if got is None or abs(got - want) > within:
        raise Failed(f"{what + ': ' if what else ''}got {got!r}, want {want!r} within {within!r}")


def holds(condition, what):
    if not condition:
        raise Failed(f"does not hold: {what}")


def contains(text, part):
    if part not in text:
        raise Failed(f"{shown(part)} is not in {shown(text)}")


@contextlib.contextmanager
def raises(kind):
    try:
        yield
    except kind:
        return
    raise Failed(f"no {kind.__name__} was raised")


def wait_until(condition, seconds, what, step=0.05):
    """Polls a condition; for tests against real processes only. Returns its first true value. seconds: what it should take;
    PATIENCE times as long is waited."""
    end = time.monotonic() + PATIENCE * seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(step)
    raise Failed(f"not within {PATIENCE * seconds} s: {what}")


def alone(test):
    test.alone = True
    return test


def run_one(name, test):
    begun = time.monotonic()
    try:
        test()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a test that leaves has failed
        text = str(error) if isinstance(error, Failed) else traceback.format_exc()
        print("\n".join([f"not ok - {name}", *("# " + line for line in text.splitlines())]) + "\n", end="", flush=True)
        return False
    print(f"ok - {name}  # {time.monotonic() - begun:.2f} s\n", end="", flush=True)
    return True


def run_all(tests, pool):
    """The results. What a test starts ends with its thread: the threads of the pool last until all is over."""
    running, results = [], []
    for name, test in tests:
        if pool and not getattr(test, "alone", False):
            running.append(pool.submit(run_one, name, test))
            continue
        results += [r.result() for r in running]
        running = []
        results.append(run_one(name, test))
    return results + [r.result() for r in running]


def main(at_a_time=1):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was made for the tests goes away
    with ThreadPoolExecutor(at_a_time) as pool:
        try:
            run_program(pool if at_a_time > 1 else None)
        except KeyboardInterrupt:
            scratch_removed()
            os._exit(130)  # threads that wait for something, and what they have started


def run_program(pool):
    module = sys.modules["__main__"]
    words = sys.argv[1:]
    tests = [(n, t) for n, t in vars(module).items() if n.startswith("test_") and callable(t)]
    chosen = [(n, t) for n, t in tests if not words or any(w in n for w in words)]
    results = run_all(chosen, pool)
    close = getattr(module, "teardown", None)
    if close:
        close()
    if not results:
        print("not ok - no test of this program ran")
    sys.exit(0 if results and all(results) else 1)
