"""The server's side of the warm worker: one process that has imported everything and waits for a run.

It is `playground.runs.processes.warm_worker_main`. Whatever is wrong with it, `take` gives None, and the run gets a
cold worker instead.
"""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from playground.runs.queue.launcher import GO, NICE, NOTHING, READY, TAKEN, launch_warm_worker
from playground.runs.queue.priority import available_memory, give_way

SETTLE = 4.0  # seconds that a run gets to begin before a warm worker is prepared beside it
PATIENCE = 2.0  # seconds that a warm worker gets to answer: usually it takes a thousandth of that
AFTER_FAILURE = 10.0  # seconds until the next warm worker after one that died; twice as long after each further one
LONGEST_PAUSE = 3600.0
ENOUGH = 2 * 2**30  # bytes of memory that must be free to prepare a warm worker, which takes about 0.7 GB of them
SCARCE = 2**29  # bytes: with less than that left, one that waits is given up


class WarmWorker:
    """Keeps one process ready while there is memory for it. Of a store, only the scheduler in charge keeps one."""

    def __init__(self, root: Path, environment: Mapping[str, str] = NOTHING) -> None:
        self.log, self.environment = root / "reserve.txt", environment
        self.process: subprocess.Popen[bytes] | None = None
        self.door: socket.socket | None = None  # its stdin: who closes it ends the process
        self.ready, self.failures = False, 0
        self.due = time.monotonic()  # at once: it stands back from the first page
        self.handling = threading.Lock()  # a server that ends must not end a process that has just got a run

    def postpone(self) -> None:
        """A run has just begun: its first steps and looks are worth more than the start of the next one."""
        self.due = max(self.due, time.monotonic() + SETTLE)

    def keep(self) -> None:
        """Prepare one where there is none; give up one that memory is too scarce for."""
        with self.handling:
            if self.process is not None and self.process.poll() is not None:
                self._back_off()
            elif self.process is not None and available_memory() < SCARCE:
                self._dismiss()
                self.due = time.monotonic() + AFTER_FAILURE
            if self.process is None and time.monotonic() >= self.due and available_memory() >= ENOUGH:
                self._prepare()

    @property
    def waits(self) -> bool:
        """Whether there is one that a run could be given to at once."""
        with self.handling:
            return self.process is not None and self.door is not None and self._is_ready(self.door)

    def take(self, folder: Path) -> subprocess.Popen[bytes] | None:
        """The process that makes the run in `folder` from now on, as if it had been launched for it.

        None where none is ready; then it will not touch the run.
        """
        with self.handling:
            process, door = self.process, self.door
            if process is None or door is None or not self._is_ready(door):
                return None
            give_way(process.pid, NICE)  # first: until now it got what others left of the cores, and might never answer
            if not _hand_over(door, folder):
                self._dismiss()
                return None
            door.close()
            self.process, self.door, self.failures = None, None, 0
            return process

    def close(self) -> None:
        """End the one that waits."""
        with self.handling:
            self._dismiss()

    def _prepare(self) -> None:
        self.process, self.door = launch_warm_worker(self.log, self.environment)
        self.ready = False

    def _is_ready(self, door: socket.socket) -> bool:
        """Whether it has said so. One that is still at its imports is left to them: to wait for it is no quicker."""
        with suppress(OSError):
            self.ready = self.ready or door.recv(len(READY), socket.MSG_DONTWAIT) == READY
        return self.ready

    def _back_off(self) -> None:
        """Schedules the next one with exponential back-off: it died of a failing import, or for want of memory."""
        self.due = time.monotonic() + min(AFTER_FAILURE * 2**self.failures, LONGEST_PAUSE)
        self.failures += 1
        self._dismiss()

    def _dismiss(self) -> None:
        if self.door:
            self.door.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = self.door = None


def _hand_over(door: socket.socket, folder: Path) -> bool:
    """Name the run; True once the process has made itself at home there and was told to go on.

    One that has not answered in time will not begin: it has not been told to, and must not be told later.
    """
    with suppress(OSError):
        door.settimeout(PATIENCE)
        door.sendall(json.dumps(str(folder.resolve())).encode() + b"\n")
        if door.recv(len(TAKEN)) == TAKEN:
            door.sendall(GO)
            return True
    return False
