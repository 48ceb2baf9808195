"""The server's side of the warm worker: a process that has imported all modules and waits for a run.

The process is `playground.runs.processes.warm_worker_main`. Where it fails in any way, `take` returns None, and the run
gets a newly launched worker.
"""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from playground.runs.queue.launcher import (
    GO_MESSAGE,
    NO_VARIABLES,
    READY_MESSAGE,
    TAKEN_MESSAGE,
    WORKER_NICE,
    launch_warm_worker,
)
from playground.runs.queue.priority import available_memory, lower_priority

PREPARE_DELAY = 4.0  # seconds after the start of a run until the next warm worker is launched
ANSWER_TIMEOUT = 2.0  # seconds that a warm worker has to answer, usually a thousand times as long as it needs
FAILURE_PAUSE = 10.0  # seconds until the next warm worker after one that died; doubled after each further one
LONGEST_FAILURE_PAUSE = 3600.0
MEMORY_TO_PREPARE = 2 * 2**30  # bytes that must be available to launch a warm worker, which takes about 0.7 GB
MEMORY_TO_KEEP = 2**29  # bytes: with less available a warm worker is ended


class WarmWorker:
    """Keeps one warm worker process while there is memory for it. Only the scheduler in charge of a store keeps one."""

    def __init__(self, root: Path, environment: Mapping[str, str] = NO_VARIABLES) -> None:
        self.log, self.environment = root / "reserve.txt", environment
        self.process: subprocess.Popen[bytes] | None = None
        self.connection: socket.socket | None = None  # its stdin: closing it ends the process
        self.ready, self.failures = False, 0
        self.due = time.monotonic()  # at once, as its priority is too low to slow down the first page
        self.handling = threading.Lock()  # closing must not end a process that is being given a run

    def postpone(self) -> None:
        """Delays the next launch, as a run has just started and needs the cores."""
        self.due = max(self.due, time.monotonic() + PREPARE_DELAY)

    def keep(self) -> None:
        """Launches a process where there is none; ends it when memory is short. Raises OSError."""
        with self.handling:
            if self.process is not None and self.process.poll() is not None:
                self._back_off()
            elif self.process is not None and available_memory() < MEMORY_TO_KEEP:
                self._dismiss()
                self.due = time.monotonic() + FAILURE_PAUSE
            if self.process is None and time.monotonic() >= self.due and available_memory() >= MEMORY_TO_PREPARE:
                self._prepare()

    @property
    def is_waiting(self) -> bool:
        """Whether there is a process that is ready for a run."""
        with self.handling:
            return self.process is not None and self.connection is not None and self._is_ready(self.connection)

    def take(self, folder: Path) -> subprocess.Popen[bytes] | None:
        """The process that trains the run in `folder` from now on, as if launched for it.

        None where none is ready; then no process touches the run.
        """
        with self.handling:
            process, connection = self.process, self.connection
            if process is None or connection is None or not self._is_ready(connection):
                return None
            lower_priority(process.pid, WORKER_NICE)  # first: at its priority until now it might never answer
            if not _hand_over(connection, folder):
                self._dismiss()
                return None
            connection.close()
            self.process, self.connection, self.failures = None, None, 0
            return process

    def close(self) -> None:
        """Ends the waiting process."""
        with self.handling:
            self._dismiss()

    def _prepare(self) -> None:
        self.process, self.connection = launch_warm_worker(self.log, self.environment)
        self.ready = False

    def _is_ready(self, connection: socket.socket) -> bool:
        """Whether the process has reported that it is ready; does not wait for it."""
        with suppress(OSError):
            self.ready = self.ready or connection.recv(len(READY_MESSAGE), socket.MSG_DONTWAIT) == READY_MESSAGE
        return self.ready

    def _back_off(self) -> None:
        """Schedules the next launch with exponential back-off, after a failed import or a lack of memory."""
        self.due = time.monotonic() + min(FAILURE_PAUSE * 2**self.failures, LONGEST_FAILURE_PAUSE)
        self.failures += 1
        self._dismiss()

    def _dismiss(self) -> None:
        if self.connection:
            self.connection.close()
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = self.connection = None


def _hand_over(connection: socket.socket, folder: Path) -> bool:
    """Sends the folder of the run; returns True once the process has confirmed it and was told to start.

    A process that does not answer in time is never told to start, so it does not touch the run.
    """
    with suppress(OSError):
        connection.settimeout(ANSWER_TIMEOUT)
        connection.sendall(json.dumps(str(folder.resolve())).encode() + b"\n")
        if connection.recv(len(TAKEN_MESSAGE)) == TAKEN_MESSAGE:
            connection.sendall(GO_MESSAGE)
            return True
    return False
