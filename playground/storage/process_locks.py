"""Liveness is a lock, not a clock: a worker holds its run's lock for as long as it lives, however it dies."""

import fcntl
import os
import time
from pathlib import Path

_held: dict[Path, int] = {}  # kept open for the life of the process: closing any descriptor of the file drops the lock


def hold(path: Path, *, patience: float = 2.0) -> bool:
    """Take the lock at `path` for the life of this process; False where another process has it.

    `patience` seconds are spent on trying, as `is_held` of another process takes the lock for an instant.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    end = time.monotonic() + patience
    while not _try(descriptor):
        if time.monotonic() > end:
            os.close(descriptor)
            return False
        time.sleep(0.02)
    _held[path.resolve()] = descriptor
    return True


def is_held(path: Path) -> bool:
    """Whether a process holds the lock. By lockf: with flock a child would inherit it and outlive the worker."""
    if path.resolve() in _held:
        return True
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
