"""The processes that this one has started."""

import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from playground.bench import BenchError

LOOK = 0.5  # seconds between two looks
IDLE = 0.1  # of a core's time, used between two looks, is rest
LOOKS = 4  # in a row that must find rest: a process may wait for the disk for a moment
PATIENCE = 60.0  # seconds


def rest() -> None:
    """Wait until all that was started here is idle: it has imported what it needs and waits for work."""
    quiet, spent, end = 0, _spent(), time.monotonic() + PATIENCE
    while quiet < LOOKS and time.monotonic() < end:
        time.sleep(LOOK)
        before, spent = spent, _spent()
        quiet = quiet + 1 if spent - before < IDLE * LOOK else 0


def waited_for(found: Callable[[], bool], what: str) -> float:
    """Seconds until `found` says so. Raises BenchError where it takes too long."""
    began = time.perf_counter()
    while not found():
        if time.perf_counter() - began > PATIENCE:
            raise BenchError(f"{what} did not come within {PATIENCE:.0f} s")
        time.sleep(0.005)
    return time.perf_counter() - began


def _spent() -> float:
    """Seconds of processors' time that all children have used."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            times = child.cpu_times()
            total += times.user + times.system
    return total
