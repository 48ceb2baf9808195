"""Priorities of processes for CPU and memory: pages first, then training, then maps, then warm workers."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOWEST_PRIORITY = 19  # as a nice value
WORKER_OOM_SCORE = 500  # ended before servers and browsers, which have 0 or a little more
HIGHEST_OOM_SCORE = 1000  # ended before any process without it, however much memory that takes
OOM_SCORE_FILE = Path("/proc/self/oom_score_adj")
CGROUP_FOLDER = Path("/sys/fs/cgroup")  # of this process, as its container shows it (cgroup v2)
VMSTAT_FILE = Path("/proc/vmstat")
RECENT_KILL = 5.0  # seconds, as the system needs a while to end a large process
AUTOGROUP_TRIES, AUTOGROUP_PAUSE = 5, 0.05  # seconds between two tries


def lower_priority(pid: int, nice: int) -> None:
    """Lowers the CPU priority of process `pid`: each step of `nice` (0 to 19) is about a fifth less of a busy core.

    Linux may divide the cores among sessions first ("autogroup", sched(7)); nice then applies within a session only: a
    process alone in its session got 50 % of a core beside a busy one, whatever its nice value. So both are set, as far
    as the system allows.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        if os.getsid(pid) == pid:
            _write_autogroup(Path(f"/proc/{pid}/autogroup"), nice)


def lower_thread_priority() -> None:
    """Lowers the CPU priority of this thread for good; does nothing on systems without priorities of threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)


@contextmanager
def lowest_priority() -> Iterator[None]:
    """Within, this process has the lowest CPU priority and is ended first when memory gets short.

    Unlike a nice value both can be undone, the CPU priority by `lower_priority`. Set as far as the system allows.
    """
    before = _set_oom_score(HIGHEST_OOM_SCORE)
    if sys.platform == "linux" and os.getsid(0) == os.getpid():
        with suppress(OSError):
            _write_autogroup(Path("/proc/self/autogroup"), LOWEST_PRIORITY)
    try:
        yield
    finally:
        _set_oom_score(before)


def prefer_as_oom_victim() -> None:
    """Makes the system end this process before the server when memory gets short."""
    _set_oom_score(WORKER_OOM_SCORE)


class MemoryKills:
    """Detects that the system has ended a process when memory was short (Linux), to explain why one is gone."""

    def __init__(self) -> None:
        self._seen, self._at = _count_memory_kills(), float("-inf")

    def recent(self) -> bool:
        """Whether there was one in the last `RECENT_KILL` seconds; to be called regularly."""
        count = _count_memory_kills()
        if count > self._seen:
            self._seen, self._at = count, time.monotonic()
        return time.monotonic() - self._at < RECENT_KILL


def _count_memory_kills() -> int:
    """Number of such kills on the machine, or in this container where that is not known."""
    found = 0
    for file in (VMSTAT_FILE, CGROUP_FOLDER / "memory.events"):
        with suppress(OSError, ValueError):
            figures = dict(line.split() for line in file.read_text().splitlines())
            found = max(found, int(figures.get("oom_kill", 0)))
    return found


def _set_oom_score(score: int) -> int:
    """Sets how readily the system ends this process when memory is short; returns the score before, 0 if unknown."""
    before = 0
    with suppress(OSError):
        before = int(OOM_SCORE_FILE.read_text())
        OOM_SCORE_FILE.write_text(str(score))
    return before


def _write_autogroup(autogroup: Path, nice: int) -> None:
    """Writes an autogroup's nice value, with retries: Linux allows one write by all in a tenth of a second."""
    for _ in range(AUTOGROUP_TRIES):
        with suppress(BlockingIOError):
            autogroup.write_text(str(nice))
            return
        time.sleep(AUTOGROUP_PAUSE)


def available_memory() -> int:
    """Available memory in bytes, of the machine or of the container where that has a limit."""
    import psutil

    machine: int = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # no such files, or "max": no limit
        limit, used = (int((CGROUP_FOLDER / f"memory.{name}").read_text()) for name in ("max", "current"))
        cached = dict(line.split() for line in (CGROUP_FOLDER / "memory.stat").read_text().splitlines())
        return min(machine, limit - used + int(cached["inactive_file"]))
    return machine
