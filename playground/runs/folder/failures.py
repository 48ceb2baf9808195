"""What a process that broke off ran out of."""

import errno

from playground.data import DiskFullError

_FULL = (errno.ENOSPC, errno.EDQUOT)  # no room on the disk, or none that this person may use


def is_full_disk(error: Exception) -> bool:
    return isinstance(error, DiskFullError) or (isinstance(error, OSError) and error.errno in _FULL)


def is_out_of_memory(error: Exception) -> bool:
    """The processor's memory or a GPU's: torch says it in words."""
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate" in str(error)
