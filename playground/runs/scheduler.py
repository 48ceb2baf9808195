"""Decides which run goes next, training or evaluated, and notices when a worker or an evaluator has died."""

import subprocess
import threading
import time
import traceback
from functools import partial

from playground.records import ENDED, RunStatus
from playground.runs import evaluations
from playground.runs.ending import LOST, end
from playground.runs.evaluations import OVER, EvaluationFiles, StoredEvaluation
from playground.runs.folder import RunFolder, UnreadableRun
from playground.runs.launcher import MAPPER_LOCK, launch_evaluator, launch_mapper, launch_worker
from playground.runs.liveness import hold, is_held
from playground.runs.reserve import Reserve
from playground.runs.store import RunStore

PAUSE = 0.3  # seconds between two looks, where nobody calls
SETTLE = 2.0  # seconds that the first page gets before a mapper starts beside it
AFTER_ERROR = 5.0  # seconds until the next look after one that failed
SLOTS = 1  # runs at a time, in training or under evaluation
NOT_STARTED = "The process that should train could not be started; the run's log.txt says why."


class Scheduler(threading.Thread):
    """One thread of the server. Of several servers on one store, one schedules; another takes over when it ends."""

    def __init__(self, store: RunStore, *, maps: bool = True, reserve: Reserve | None = None) -> None:
        super().__init__(daemon=True, name="scheduler")
        self.store, self.maps, self.reserve = store, maps, reserve
        self.maps_from = 0.0  # by the monotonic clock
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.evaluators: dict[tuple[str, float], subprocess.Popen[bytes]] = {}  # by run and time of asking
        self.mapper: subprocess.Popen[bytes] | None = None
        self.mapper_lock = store.root / MAPPER_LOCK
        self.ended: set[str] = set()  # runs that need no more looking at
        self.complained: set[str] = set()  # runs that could not be looked at, and the log says so
        self.in_charge, self.closed, self.bell = False, threading.Event(), threading.Event()

    def run(self) -> None:
        """Look again and again, until closed."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        self.maps_from = time.monotonic() + SETTLE
        while not self._rested():
            self.in_charge = self.in_charge or hold(self.store.root / ".scheduler.lock", patience=0)
            try:
                if self.in_charge:
                    self.tick()
            except Exception:
                # A full disk, say: later looks may fare better, and without this thread no run would start ever again.
                traceback.print_exc()
                self.closed.wait(AFTER_ERROR)

    def wake(self) -> None:
        """Look now: there is a new run, which need not wait for the next look."""
        self.bell.set()

    def close(self) -> None:
        """Stop scheduling; runs go on."""
        self.closed.set()
        self.bell.set()
        if self.reserve:
            self.reserve.close()
        if self.mapper:
            self.mapper.terminate()
            self.mapper.wait()

    def tick(self) -> None:
        """Settle what has ended, then fill the free slots: the oldest waiting runs, then the oldest evaluations."""
        runs = self.store.runs()
        open_runs = [(run, status) for run in runs if (status := self._settled(run))]
        waiting = [run for run, status in open_runs if status.state == "queued" and not self._starting(run)]
        asked, evaluating = self._evaluations(runs)
        free = SLOTS - (len(open_runs) - len(waiting)) - evaluating
        starts = [partial(self._train, run) for run in waiting] + [partial(self._evaluate, *pair) for pair in asked]
        for start in starts[: max(0, free)]:
            start()
        if self.maps and time.monotonic() >= self.maps_from:
            self._keep_mapper()
        if self.reserve:
            self.reserve.keep()

    def _rested(self) -> bool:
        """True, after a pause or when called, once this is closed."""
        self.bell.wait(PAUSE)
        self.bell.clear()  # before looking: who calls meanwhile is heard at the next look
        return self.closed.is_set()

    def _keep_mapper(self) -> None:
        # A mapper of a server that has ended finishes its map before it ends too: to start another meanwhile is vain.
        if (self.mapper is None or self.mapper.poll() is not None) and not is_held(self.mapper_lock):
            self.mapper = launch_mapper(self.store.root)

    def _train(self, run: RunFolder) -> None:
        waiting = self.reserve.take(run.path) if self.reserve else None
        self.workers[run.id] = waiting or launch_worker(run.path)
        self._postpone_reserve()

    def _evaluate(self, run: RunFolder, asked: float) -> None:
        self.evaluators[run.id, asked] = launch_evaluator(run.path)
        self._postpone_reserve()

    def _postpone_reserve(self) -> None:
        if self.reserve:
            self.reserve.postpone()

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
            self._complain(run)
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

    def _evaluations(self, runs: list[RunFolder]) -> tuple[list[tuple[RunFolder, float]], int]:
        """Those that wait, the oldest first, with the time at which they were asked for; and how many go on."""
        found = [(run, stored) for run in runs if (stored := self._settled_evaluation(run))]
        waiting = [(run, stored.asked) for run, stored in found if not self._evaluating(run, stored)]
        return sorted(waiting, key=lambda pair: pair[1]), len(found) - len(waiting)

    def _settled_evaluation(self, run: RunFolder) -> StoredEvaluation | None:
        """An evaluation that was asked for and is not over, brought up to date where nobody makes it; else None."""
        files = EvaluationFiles(run)
        if not files.asked:
            return None
        try:
            stored = files.read()
            if stored and not self._evaluating(run, stored):
                stored = self._without_evaluator(files)
        except Exception:
            self._complain(run)
            return None
        return None if stored is None or stored.state in OVER else stored

    def _evaluating(self, run: RunFolder, stored: StoredEvaluation) -> bool:
        """Launched, or at work."""
        process = self.evaluators.get((run.id, stored.asked))
        return (process is not None and process.poll() is None) or EvaluationFiles(run).is_alive()

    def _without_evaluator(self, files: EvaluationFiles) -> StoredEvaluation | None:
        stored = files.read()  # again: the evaluator may have written the end just before it let go of its lock
        if stored is None or stored.state in OVER:
            files.request_file.unlink(missing_ok=True)  # of an evaluator that was killed between the two
            return stored
        if stored.state == "running":
            return files.end("failed", evaluations.INTERRUPTED)
        if files.asked_to_stop:
            return files.end("stopped")
        if (files.run.id, stored.asked) in self.evaluators:
            return files.end("failed", evaluations.NOT_STARTED)
        return stored

    def _complain(self, run: RunFolder) -> None:
        """One folder that was removed just now or cannot be read must not keep the others from their turn."""
        if run.id not in self.complained:
            self.complained.add(run.id)
            traceback.print_exc(chain=False)


def place_in_queue(store: RunStore, run: RunFolder) -> int:
    """1 for the run that goes next; 0 for one that does not wait."""
    waiting = [other.id for other in store.runs() if _waits(other)]
    return waiting.index(run.id) + 1 if run.id in waiting else 0


def _waits(run: RunFolder) -> bool:
    try:
        return run.status().state == "queued"
    except UnreadableRun:  # removed just now, or no status of ours: it will never be started
        return False
