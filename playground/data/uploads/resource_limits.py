"""Resource limits that a process sets on itself before it opens an untrusted file. Used by `sandbox_worker`.

An exploited decoder is bounded in memory and time, can write no file and start no process. A limit that the system
does not support is left out; the others still hold.
"""

import os
import resource
import signal
from contextlib import suppress
from typing import NamedTuple


class Limits(NamedTuple):
    """Limits of one process."""

    memory: int  # bytes of address space
    processor: int  # seconds
    clock: int  # seconds


MEMORY_BYTES = 1_500_000_000  # the largest image that is allowed takes half of it, see the tests
LIMITS_OF_MANY = Limits(
    MEMORY_BYTES, processor=300, clock=600
)  # a zip or a folder: 2 GB of photographs take about a minute
LIMITS_OF_ONE = Limits(MEMORY_BYTES, processor=20, clock=60)  # a picture of 25 megapixels takes about a second

_OPEN_FILES = 32
_NICE = 5  # pages and training go first


def apply_limits(limits: Limits) -> None:
    """Set `limits` on this process, irrevocably."""
    os.nice(_NICE)
    signal.alarm(limits.clock)  # holds even where the parent process is gone
    _set_limit(resource.RLIMIT_AS, limits.memory)
    _set_limit(resource.RLIMIT_CPU, limits.processor, spare=1)  # SIGXCPU first, which tells the reason
    _set_limit(resource.RLIMIT_FSIZE, 0)
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set_limit(resource.RLIMIT_NPROC, 0)  # no further process or thread; those of the same user count as well


def _set_limit(what: int, most: int, spare: int = 0) -> None:
    _, hardest = resource.getrlimit(what)
    if hardest != resource.RLIM_INFINITY:
        most, spare = min(most, hardest), 0
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (most, most + spare))
