"""Waiting for processes that this one has started."""

import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from playground.bench import BenchError

IDLE_CHECK_SECONDS = 0.5  # between two checks
IDLE_SHARE = 0.1  # of a core between two checks: with less, processes count as idle
IDLE_CHECKS = 4  # successive ones that must find them idle, as a process may wait for the disk for a moment
WAIT_SECONDS = 60.0  # the longest wait


def wait_until_idle() -> None:
    """Wait until all child processes are idle, so that their imports are done; at most WAIT_SECONDS."""
    quiet, spent, end = 0, _children_cpu_seconds(), time.monotonic() + WAIT_SECONDS
    while quiet < IDLE_CHECKS and time.monotonic() < end:
        time.sleep(IDLE_CHECK_SECONDS)
        before, spent = spent, _children_cpu_seconds()
        quiet = quiet + 1 if spent - before < IDLE_SHARE * IDLE_CHECK_SECONDS else 0


def wait_for(found: Callable[[], bool], what: str) -> float:
    """Seconds until `found` returns True. Raises BenchError, with the name `what`, after WAIT_SECONDS."""
    began = time.perf_counter()
    while not found():
        if time.perf_counter() - began > WAIT_SECONDS:
            raise BenchError(f"{what} did not come within {WAIT_SECONDS:.0f} s")
        time.sleep(0.005)
    return time.perf_counter() - began


def _children_cpu_seconds() -> float:
    """CPU seconds of all descendants so far."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            times = child.cpu_times()
            total += times.user + times.system
    return total
