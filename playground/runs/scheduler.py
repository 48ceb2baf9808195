"""Decides which run goes next, and notices when a worker has died."""

import subprocess
import threading
import traceback

from playground.records import ENDED, RunStatus
from playground.runs.ending import LOST, end
from playground.runs.folder import RunFolder, UnreadableRun
from playground.runs.launcher import MAPPER_LOCK, launch_mapper, launch_worker
from playground.runs.liveness import hold, is_held
from playground.runs.store import RunStore

PAUSE = 0.3  # seconds between two looks
AFTER_ERROR = 5.0  # seconds until the next look after one that failed
SLOTS = 1  # runs at a time
NOT_STARTED = "The process that should train could not be started; the run's log.txt says why."


class Scheduler(threading.Thread):
    """One thread of the server. Of several servers on one store, one schedules; another takes over when it ends."""

    def __init__(self, store: RunStore, *, maps: bool = True) -> None:
        super().__init__(daemon=True, name="scheduler")
        self.store, self.maps = store, maps
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.mapper: subprocess.Popen[bytes] | None = None
        self.mapper_lock = store.root / MAPPER_LOCK
        self.ended: set[str] = set()  # runs that need no more looking at
        self.complained: set[str] = set()  # runs that could not be looked at, and the log says so
        self.in_charge, self.closed = False, threading.Event()

    def run(self) -> None:
        """Look again and again, until closed."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        while not self.closed.wait(PAUSE):
            self.in_charge = self.in_charge or hold(self.store.root / ".scheduler.lock", patience=0)
            try:
                if self.in_charge:
                    self.tick()
            except Exception:
                # A full disk, say: later looks may fare better, and without this thread no run would start ever again.
                traceback.print_exc()
                self.closed.wait(AFTER_ERROR)

    def close(self) -> None:
        """Stop scheduling; runs go on."""
        self.closed.set()
        if self.mapper:
            self.mapper.terminate()
            self.mapper.wait()

    def tick(self) -> None:
        """Settle what has ended, then fill the free slots with the oldest waiting runs."""
        open_runs = [(run, status) for run in self.store.runs() if (status := self._settled(run))]
        waiting = [run for run, status in open_runs if status.state == "queued" and not self._starting(run)]
        for run in waiting[: max(0, SLOTS - (len(open_runs) - len(waiting)))]:
            self.workers[run.id] = launch_worker(run.path)
        # A mapper of a server that has ended finishes its map before it ends too: to start another meanwhile is vain.
        if self.maps and (self.mapper is None or self.mapper.poll() is not None) and not is_held(self.mapper_lock):
            self.mapper = launch_mapper(self.store.root)

    def _starting(self, run: RunFolder) -> bool:
        """Launched, but not yet so far as to say that it runs."""
        worker = self.workers.get(run.id)
        return (worker is not None and worker.poll() is None) or run.is_alive()

    def _settled(self, run: RunFolder) -> RunStatus | None:
        """The status of a run that has not ended, brought up to date where no worker is there to do so; else None."""
        if run.id in self.ended:
            return None
        try:
            status = run.status()
            if status.state not in ENDED and not self._starting(run):
                status = self._without_worker(run)
        except Exception:
            # One folder that was removed just now or cannot be read must not keep the others from their turn.
            if run.id not in self.complained:
                self.complained.add(run.id)
                traceback.print_exc(chain=False)
            return None
        if status.state in ENDED:
            self.ended.add(run.id)
        return None if status.state in ENDED else status

    def _without_worker(self, run: RunFolder) -> RunStatus:
        # Read again: the worker may have written the end just before it let go of its lock.
        status = run.status()
        if status.state in ENDED:
            return status
        if status.state == "running":
            return end(run, "interrupted", "killed", LOST)
        if run.asked_to_stop:
            return end(run, "finished", "stopped")
        if run.id in self.workers:
            return end(run, "failed", "exception", NOT_STARTED)
        return status


def place_in_queue(store: RunStore, run: RunFolder) -> int:
    """1 for the run that goes next; 0 for one that does not wait."""
    waiting = [other.id for other in store.runs() if _waits(other)]
    return waiting.index(run.id) + 1 if run.id in waiting else 0


def _waits(run: RunFolder) -> bool:
    try:
        return run.status().state == "queued"
    except UnreadableRun:  # removed just now, or no status of ours: it will never be started
        return False
