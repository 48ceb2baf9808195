"""One change of a run's state at a time, between threads and processes.

Whoever moves a run from one state to another reads its status again inside `changing`: what was true before it waited
for its turn may be true no more.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playground.runs.folder.run_folder import RunFolder

# The lock of a file is the process's, and goes with the first descriptor of it that is closed: one at a time.
_in_this_process = threading.Lock()


@contextmanager
def changing(run: RunFolder) -> Iterator[None]:
    """Within, nobody else changes the run's state; not to be nested.

    Raises UnreadableRun where the run's folder is gone: nothing here brings it back.
    """
    with _in_this_process:
        descriptor = _open(run)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _open(run: RunFolder) -> int:
    """A file of its own: closing a descriptor of `alive.lock` would drop the worker's."""
    with run.reading(run.turn_file):
        return os.open(run.turn_file, os.O_RDWR | os.O_CREAT, 0o644)
