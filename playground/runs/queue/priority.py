"""Whose work goes first: a page that somebody waits for, then training, then maps, then what nobody waits for yet."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LAST = 19  # the nicest
FIRST_TO_GO = 500  # as a score: before servers and browsers, who have 0 or a little more
EXPENDABLE = 1000  # the highest score: before any process that has not chosen it, whatever memory that takes
OOM_SCORE = Path("/proc/self/oom_score_adj")
CONTAINER = Path("/sys/fs/cgroup")  # of this process, as its container shows it (cgroup v2)
VMSTAT = Path("/proc/vmstat")
RECENT = 5.0  # seconds: to take down a large process takes the system a while
TRIES, PAUSE = 5, 0.05  # seconds between two tries


def give_way(pid: int, nice: int) -> None:
    """Let other processes go before process `pid`: each step of `nice` (0 to 19) is about a fifth less of a busy core.

    Linux may share the cores out among sessions first ("autogroup", sched(7)): nice then counts only within one. A
    process that was started alone in its own had 50 % of a core beside a busy one, be it as nice as can be. Where
    neither is to be had, nothing happens.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
        if os.getsid(pid) == pid:
            _write(Path(f"/proc/{pid}/autogroup"), nice)


def yield_this_thread() -> None:
    """Let all others go before this thread, for good. Where threads have no place of their own, nothing happens."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LAST)


@contextmanager
def standing_back() -> Iterator[None]:
    """Within, this process is the first to be ended if memory gets short, and the last on the cores.

    Unlike being nice both can be taken back, the latter by `give_way`. Where neither is to be had, nothing happens.
    """
    before = _expendable(EXPENDABLE)
    if sys.platform == "linux" and os.getsid(0) == os.getpid():
        with suppress(OSError):
            _write(Path("/proc/self/autogroup"), LAST)
    try:
        yield
    finally:
        _expendable(before)


def give_up_memory_first() -> None:
    """If memory gets short, this process is ended before the server that shows it."""
    _expendable(FIRST_TO_GO)


class MemoryKills:
    """Notices when the system ends processes for want of memory (Linux), for who wonders why one is gone."""

    def __init__(self) -> None:
        self._seen, self._at = _memory_kills(), float("-inf")

    def recent(self) -> bool:
        """Whether there was one a few seconds ago, since this was made. To be asked again and again."""
        count = _memory_kills()
        if count > self._seen:
            self._seen, self._at = count, time.monotonic()
        return time.monotonic() - self._at < RECENT


def _memory_kills() -> int:
    """How many there were: on the whole machine, or where a container cannot tell that, in this one."""
    found = 0
    for file in (VMSTAT, CONTAINER / "memory.events"):
        with suppress(OSError, ValueError):
            figures = dict(line.split() for line in file.read_text().splitlines())
            found = max(found, int(figures.get("oom_kill", 0)))
    return found


def _expendable(score: int) -> int:
    """How readily the system ends this process when memory is short; returns what it was, 0 where that is unknown."""
    before = 0
    with suppress(OSError):
        before = int(OOM_SCORE.read_text())
        OOM_SCORE.write_text(str(score))
    return before


def _write(autogroup: Path, nice: int) -> None:
    """Linux takes a new value a tenth of a second after the last one only, whosoever's that was."""
    for _ in range(TRIES):
        with suppress(BlockingIOError):
            autogroup.write_text(str(nice))
            return
        time.sleep(PAUSE)


def available_memory() -> int:
    """Bytes that processes may still take: of the machine's memory, and of the container's where that has a limit."""
    import psutil

    machine: int = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # no such files, or "max": no limit
        limit, used = (int((CONTAINER / f"memory.{name}").read_text()) for name in ("max", "current"))
        cached = dict(line.split() for line in (CONTAINER / "memory.stat").read_text().splitlines())
        return min(machine, limit - used + int(cached["inactive_file"]))
    return machine
