"""Limits that a process lays on itself before it opens a stranger's file. Used by `inspector`.

A decoder that is led astray can then take only so much memory and time, write no file and start no process, and it
takes nobody with it. What a system does not know it cannot keep: there the other limits still hold.
"""

import os
import resource
import signal
from contextlib import suppress
from typing import NamedTuple


class Limits(NamedTuple):
    """What one process may take."""

    memory: int  # bytes of address space
    processor: int  # seconds
    clock: int  # seconds


MEMORY = 1_500_000_000  # the largest image that is allowed takes half of it, see the tests
OF_MANY = Limits(MEMORY, processor=300, clock=600)  # a zip or a folder: 2 GB of photographs take about a minute
OF_ONE = Limits(MEMORY, processor=20, clock=60)  # a picture of 25 megapixels takes about a second

_OPEN_FILES = 32
_NICE = 5  # pages and training are served first


def confine(limits: Limits) -> None:
    """Keep this process within `limits`, from now on and for good."""
    os.nice(_NICE)
    signal.alarm(limits.clock)  # even where nobody is left to end this process
    _limit(resource.RLIMIT_AS, limits.memory)
    _limit(resource.RLIMIT_CPU, limits.processor, spare=1)  # a signal first, that tells why it ended
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_NPROC, 0)  # neither a process nor a thread: those of the same person count as well


def _limit(what: int, most: int, spare: int = 0) -> None:
    _, hardest = resource.getrlimit(what)
    if hardest != resource.RLIM_INFINITY:
        most, spare = min(most, hardest), 0
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (most, most + spare))
