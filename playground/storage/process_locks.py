"""File locks that show whether a process is alive: a worker holds its run's lock until it ends, however it ends.

By lockf: with flock a child process would inherit the lock and outlive the worker.
"""

import fcntl
import os
import time
from pathlib import Path

_held: dict[Path, int] = {}  # kept open for the life of the process: closing any descriptor of the file drops the lock


def hold_lock(path: Path, *, patience: float = 2.0) -> bool:
    """Take the lock at `path` for the life of this process; False where another process has it.

    Tries for `patience` seconds, as `is_lock_held` in another process takes the lock for an instant.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    end = time.monotonic() + patience
    while not _try_lock(descriptor):
        if time.monotonic() > end:
            os.close(descriptor)
            return False
        time.sleep(0.02)
    _held[path.resolve()] = descriptor
    return True


def is_lock_held(path: Path) -> bool:
    """Whether any process holds the lock at `path`."""
    if path.resolve() in _held:
        return True
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
