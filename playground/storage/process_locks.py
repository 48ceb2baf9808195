"""File locks that show whether a process is alive: a worker holds its run's lock until it ends, however it ends.

By lockf: with flock a child process would inherit the lock and outlive the worker.
"""

import fcntl
import os
import threading
import time
from pathlib import Path

_held: dict[Path, int] = {}  # kept open until released: closing any descriptor of the file drops the lock
_holding = threading.Lock()  # two threads of one process: lockf tells processes apart, and nothing else


def hold_lock(path: Path, *, patience: float = 2.0) -> bool:
    """Take the lock at `path` for the life of this process; False where anybody has it, this process included.

    Tries for `patience` seconds, as `is_lock_held` in another process takes the lock for an instant.
    """
    end = time.monotonic() + patience
    while not _take_lock(path):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def release_lock(path: Path) -> None:
    """Give back the lock at `path` where this process holds it."""
    with _holding:
        descriptor = _held.pop(path.resolve(), None)
        if descriptor is not None:
            os.close(descriptor)


def is_lock_held(path: Path) -> bool:
    """Whether any process holds the lock at `path`."""
    with _holding:  # else another thread could take the lock while this descriptor is open, and lose it by the closing
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


def _take_lock(path: Path) -> bool:
    """One try; the descriptor is kept open where it succeeds."""
    with _holding:
        if path.resolve() in _held:
            return False
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _try_lock(descriptor):
            _held[path.resolve()] = descriptor
            return True
        os.close(descriptor)
        return False


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
