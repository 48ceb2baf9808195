"""Decides which run goes next, and notices when a worker has died."""

import subprocess
import threading
import time
from dataclasses import replace

from playground.records import ENDED, RunStatus
from playground.runs.folder import RunFolder
from playground.runs.launcher import launch_mapper, launch_worker
from playground.runs.liveness import hold
from playground.runs.store import RunStore

PAUSE = 0.3  # seconds between two looks
SLOTS = 1  # runs at a time
LOST = "The process that trained ended without a word, as after a power cut or a kill."
NOT_STARTED = "The process that should train could not be started; the run's log.txt says why."


class Scheduler(threading.Thread):
    """One thread of the server. Of several servers on one store, one schedules; another takes over when it ends."""

    def __init__(self, store: RunStore, *, maps: bool = True) -> None:
        super().__init__(daemon=True, name="scheduler")
        self.store, self.maps = store, maps
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.mapper: subprocess.Popen[bytes] | None = None
        self.ended: set[str] = set()  # runs that need no more looking at
        self.in_charge, self.closed = False, threading.Event()

    def run(self) -> None:
        """Look again and again, until closed."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        while not self.closed.wait(PAUSE):
            self.in_charge = self.in_charge or hold(self.store.root / ".scheduler.lock", patience=0)
            if self.in_charge:
                self.tick()

    def close(self) -> None:
        """Stop scheduling; runs go on."""
        self.closed.set()
        if self.mapper:
            self.mapper.terminate()
            self.mapper.wait()

    def tick(self) -> None:
        """Settle what has ended, then fill the free slots with the oldest waiting runs."""
        open_runs = [(run, status) for run in self.store.runs() if (status := self._settled(run)).state not in ENDED]
        waiting = [run for run, status in open_runs if status.state == "queued" and not self._starting(run)]
        for run in waiting[: max(0, SLOTS - (len(open_runs) - len(waiting)))]:
            self.workers[run.id] = launch_worker(run.path)
        if self.maps and (self.mapper is None or self.mapper.poll() is not None):
            self.mapper = launch_mapper(self.store.root)

    def _starting(self, run: RunFolder) -> bool:
        """Launched, but not yet so far as to say that it runs."""
        worker = self.workers.get(run.id)
        return (worker is not None and worker.poll() is None) or run.is_alive()

    def _settled(self, run: RunFolder) -> RunStatus:
        """The run's status, brought up to date where no worker is there to do so."""
        if run.id in self.ended:
            return RunStatus(state="finished", created=0)
        status = run.status()
        if status.state not in ENDED and not self._starting(run):
            status = self._without_worker(run, status)
        if status.state in ENDED:
            self.ended.add(run.id)
        return status

    def _without_worker(self, run: RunFolder, status: RunStatus) -> RunStatus:
        # Read again: the worker may have written the end just before it let go of its lock.
        status = run.status()
        if status.state in ENDED:
            return status
        if status.state == "running":
            return self._end(run, replace(status, state="interrupted", reason="killed", message=LOST))
        if run.asked_to_stop:
            return self._end(run, replace(status, state="finished", reason="stopped"))
        if run.id in self.workers:
            return self._end(run, replace(status, state="failed", reason="exception", message=NOT_STARTED))
        return status

    def _end(self, run: RunFolder, status: RunStatus) -> RunStatus:
        status = replace(status, ended=time.time(), phase="", phase_progress=None)
        run.write_status(status)
        return status


def place_in_queue(store: RunStore, run: RunFolder) -> int:
    """1 for the run that goes next; 0 for one that does not wait."""
    waiting = [other.id for other in store.runs() if other.status().state == "queued"]
    return waiting.index(run.id) + 1 if run.id in waiting else 0
