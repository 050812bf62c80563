"""Folders that go with the program: at its end, after Ctrl-C and SIGTERM too. Under tests/run they lie in a folder of the
program's own, which goes even when the program was killed."""
import atexit
import shutil
import tempfile
from pathlib import Path

_made = []


def scratch(prefix):
    """A new empty folder."""
    _made.append(Path(tempfile.mkdtemp(prefix=prefix)))
    return _made[-1]


@atexit.register
def scratch_removed():
    while _made:
        shutil.rmtree(_made.pop(), ignore_errors=True)
