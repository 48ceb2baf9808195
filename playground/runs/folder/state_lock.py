"""Lock on a run's state, between threads and processes.

Code that changes the state reads the status again inside `lock_state`, as it may have changed while it waited.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playground.runs.folder.run_folder import RunFolder

# A file lock belongs to the process and is lost when any descriptor of the file is closed, so threads need their own.
_thread_lock = threading.Lock()


@contextmanager
def lock_state(run: RunFolder) -> Iterator[None]:
    """Holds the lock on the run's state; not to be nested. Raises UnreadableRun where the run's folder is gone."""
    with _thread_lock:
        descriptor = _open_lock_file(run)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _open_lock_file(run: RunFolder) -> int:
    """A descriptor of the lock file, which is not `alive.lock`: closing that one would drop the worker's lock."""
    with run.reading(run.state_lock_file):
        return os.open(run.state_lock_file, os.O_RDWR | os.O_CREAT, 0o644)
