"""A test program in a few lines: functions named test_* run in the order they stand in the file, each
prints `ok - NAME` or `not ok - NAME` with what went wrong behind it. Exit 1 when one failed.

    from tap import equal, main
    def test_replay_prints_nothing_for_no_input():
        equal(replay(events=[]), [])
    if __name__ == "__main__":
        main()

Arguments are words: only tests whose name holds one of them run.
"""
import contextlib
import sys
import time
import traceback


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
    """Polls a condition; for tests against real processes only. Returns its first true value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(step)
    raise Failed(f"not within {seconds} s: {what}")


def run_one(name, test):
    begun = time.monotonic()
    try:
        test()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a test that leaves has failed
        print(f"not ok - {name}")
        text = str(error) if isinstance(error, Failed) else traceback.format_exc()
        print("\n".join("# " + line for line in text.splitlines()), flush=True)
        return False
    print(f"ok - {name}  # {time.monotonic() - begun:.2f} s", flush=True)
    return True


def main():
    module = sys.modules["__main__"]
    words = sys.argv[1:]
    tests = [(n, t) for n, t in vars(module).items() if n.startswith("test_") and callable(t)]
    chosen = [(n, t) for n, t in tests if not words or any(w in n for w in words)]
    results = [run_one(n, t) for n, t in chosen]
    close = getattr(module, "teardown", None)
    if close:
        close()
    if not results:
        print("not ok - no test of this program ran")
    sys.exit(0 if results and all(results) else 1)
