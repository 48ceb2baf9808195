"""Classifies exceptions of a worker or evaluator: full disk, out of memory."""

import errno

from playground.data import DiskFullError

_DISK_FULL_CODES = (errno.ENOSPC, errno.EDQUOT)  # no space left, or quota exceeded


def is_full_disk(error: Exception) -> bool:
    """Whether `error` is due to a full disk."""
    return isinstance(error, DiskFullError) or (isinstance(error, OSError) and error.errno in _DISK_FULL_CODES)


def is_out_of_memory(error: Exception) -> bool:
    """Whether `error` is due to memory of CPU or GPU; torch's exceptions are known by their messages."""
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate" in str(error)
