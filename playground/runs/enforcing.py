"""Runs that take too long, or do not stop when they are asked to: first a word, then a signal, then the end."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from playground.records import RunStatus
from playground.runs.shelf import Row

TERMINATE = 20.0  # seconds after the wish to stop, which a worker that is well meets within one
KILL = 10.0  # seconds after that
Key = tuple[str, int]  # run and attempt


@dataclass(slots=True)
class Enforcer:
    """Looks at every run that goes on. By the monotonic clock: the other one may be put right while a run goes on."""

    began: dict[Key, float] = field(default_factory=dict)  # when it was seen first
    asked: dict[Key, float] = field(default_factory=dict)  # when the wish to stop it was seen first
    warned: set[Key] = field(default_factory=set)  # got the first signal

    def look(self, row: Row, status: RunStatus) -> None:
        """Call it again and again for a run that goes on."""
        key, now = (row.run.id, status.attempt), time.monotonic()
        limit = row.owner.time_limit
        if limit is not None and now - self.began.setdefault(key, now) > limit and not row.run.asked_to_stop:
            row.run.ask_to_stop("time_limit")
        if row.run.asked_to_stop and row.run.is_alive():
            self._insist(key, status, now - self.asked.setdefault(key, now))

    def forget(self, open_runs: set[Key]) -> None:
        """All but these."""
        for known in (self.began, self.asked):
            for key in known.keys() - open_runs:
                del known[key]
        self.warned &= open_runs

    def _insist(self, key: Key, status: RunStatus, waited: float) -> None:
        if waited > TERMINATE and key not in self.warned:
            self.warned.add(key)
            _signal(status.pid, signal.SIGTERM)
        elif waited > TERMINATE + KILL:
            _signal(status.pid, signal.SIGKILL)


def _signal(pid: int | None, sign: signal.Signals) -> None:
    """To a worker with all that it has started; to nobody else who may have its number by now."""
    if pid is None:
        return
    with suppress(psutil.Error, OSError):
        if any(part.startswith("playground.runs.") for part in psutil.Process(pid).cmdline()):
            os.killpg(pid, sign) if os.getpgid(pid) == pid else os.kill(pid, sign)
