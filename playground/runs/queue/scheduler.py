"""Scheduler: starts queued runs and evaluations in free slots, and ends runs that do not stop in time.

A run beyond its time limit is asked to stop; one that does not stop gets SIGTERM, then SIGKILL.
"""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import psutil

from playground.records import RunStatus
from playground.runs.folder.evaluation_files import cancel_evaluation
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.runs.library.store import RunStore
from playground.runs.library.trash import KEPT_SECONDS, Trash
from playground.runs.queue.fair_order import queued_rows
from playground.runs.queue.launcher import MAPPER_LOCK, launch_evaluator, launch_mapper, launch_worker
from playground.runs.queue.reconcile import Process, Reconciler
from playground.runs.queue.slots import Slot, SlotKind, Slots, count_cores, read_slot, write_slot
from playground.runs.queue.warm_worker import WarmWorker
from playground.storage.process_locks import hold_lock, is_lock_held, release_lock

TERMINATE_AFTER = 20.0  # seconds after the request to stop, which a sound worker meets within one
KILL_AFTER = 10.0  # seconds after SIGTERM
AttemptKey = tuple[str, int]  # run and attempt


@dataclass(slots=True)
class StopEnforcer:
    """Enforces time limits and requests to stop. Uses the monotonic clock, as the other one may be changed."""

    began: dict[AttemptKey, float] = field(default_factory=dict)  # when the attempt was first seen
    asked: dict[AttemptKey, float] = field(default_factory=dict)  # when the request to stop was first seen
    warned: set[AttemptKey] = field(default_factory=set)  # attempts that got SIGTERM

    def enforce(self, row: Row, status: RunStatus) -> None:
        """Checks a running run; to be called at every tick."""
        key, now = (row.run.id, status.attempt), time.monotonic()
        limit = row.owner.time_limit
        taken = status.spent + now - self.began.setdefault(key, now)
        if limit is not None and taken > limit and not row.run.asked_to_stop:
            row.run.ask_to_stop("time_limit")
        if row.run.asked_to_stop and row.run.is_alive():
            self._end_process(key, status, now - self.asked.setdefault(key, now))

    def forget(self, open_runs: set[AttemptKey]) -> None:
        """Forgets all attempts but these."""
        for known in (self.began, self.asked):
            for key in known.keys() - open_runs:
                del known[key]
        self.warned &= open_runs

    def _end_process(self, key: AttemptKey, status: RunStatus, waited: float) -> None:
        if waited > TERMINATE_AFTER and key not in self.warned:
            self.warned.add(key)
            _send_signal(status.pid, signal.SIGTERM)
        elif waited > TERMINATE_AFTER + KILL_AFTER:
            _send_signal(status.pid, signal.SIGKILL)


@dataclass(slots=True)
class EvaluationEnforcer:
    """Enforces the time limit of a run's owner on its evaluation."""

    began: dict[str, float] = field(default_factory=dict)  # when it was first seen running, by id of the run

    def enforce(self, row: Row, process: Process | None) -> None:
        """Checks a running evaluation and its process, where this server started it. Raises OSError."""
        now = time.monotonic()
        limit, taken = row.owner.time_limit, now - self.began.setdefault(row.run.id, now)
        if limit is not None and taken > limit:
            cancel_evaluation(row.run, "time_limit")
        if limit is not None and process is not None and taken > limit + TERMINATE_AFTER:
            process.kill() if taken > limit + TERMINATE_AFTER + KILL_AFTER else process.terminate()

    def forget(self, running: set[str]) -> None:
        """Forgets all evaluations but these."""
        self.began = {run_id: began for run_id, began in self.began.items() if run_id in running}


def _send_signal(pid: int | None, sign: signal.Signals) -> None:
    """Sends a signal to a worker and the processes it started, unless another program has this process id now."""
    if pid is None:
        return
    with suppress(psutil.Error, OSError):
        if any(part.startswith("playground.runs.") for part in psutil.Process(pid).cmdline()):
            os.killpg(pid, sign) if os.getpgid(pid) == pid else os.kill(pid, sign)


TICK_PAUSE = 0.3  # seconds between two ticks
MAPPER_DELAY = 2.0  # seconds after the start until the mapper starts, so that the first page is not slowed down
ERROR_PAUSE = 5.0  # seconds after a tick that failed
TRASH_INTERVAL = 600.0  # seconds between two cleanups of the trash
StartInSlot = Callable[[Slot], None]


class Scheduler(threading.Thread):
    """The server's scheduler thread. Of several servers on one store one is in charge; when it ends another one is."""

    def __init__(
        self, store: RunStore, *, maps: bool = True, warm_worker: WarmWorker | None = None, slots: Slots | None = None
    ) -> None:
        super().__init__(daemon=True, name="scheduler")
        self.store, self.maps, self.warm_worker, self.slots = store, maps, warm_worker, slots or Slots()
        self.share = self.slots.thread_variables(count_cores())
        self.mapper_due = self.trash_due = 0.0  # by the monotonic clock
        self.reconciler, self.enforcer = Reconciler(), StopEnforcer()
        self.evaluation_enforcer = EvaluationEnforcer()
        self.failed_starts: set[str] = set()  # errors that were logged, with the file that each names
        self.mapper: Process | None = None
        self.mapper_lock = store.root / MAPPER_LOCK
        self.in_charge = self.other_in_charge = False  # other_in_charge: another server is in charge
        self.closed, self.wake_event = threading.Event(), threading.Event()

    def run(self) -> None:
        """Ticks until closed."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        self.mapper_due = time.monotonic() + MAPPER_DELAY
        while not self._wait_for_tick():
            self.in_charge = self.in_charge or hold_lock(self.store.root / ".scheduler.lock", patience=0)
            self.other_in_charge = not self.in_charge
            try:
                if self.in_charge:
                    self.tick()
            except Exception:
                # A full disk, for example: later ticks may succeed, and without this thread no run would start.
                traceback.print_exc()
                self.closed.wait(ERROR_PAUSE)
        if self.in_charge:
            release_lock(self.store.root / ".scheduler.lock")

    def wake(self) -> None:
        """Ticks now, as there is a new run."""
        self.wake_event.set()

    def close(self) -> None:
        """Stops scheduling; running runs go on."""
        self.closed.set()
        self.wake_event.set()
        if self.warm_worker:
            self.warm_worker.close()
        if self.mapper:
            self.mapper.terminate()
            self.mapper.wait()

    def tick(self) -> None:
        """Reconciles statuses, then fills free slots: first with runs in fair order, then with evaluations."""
        rows = self.store.rows()
        taken, starts = self._trainings(rows)
        starts += self._evaluations(rows, taken)
        for kind, start in starts:
            slot = self.slots.first_free(kind, taken)
            if slot and self._start(start, slot):
                taken.add(slot)
        self._maintain()

    def _start(self, start: StartInSlot, slot: Slot) -> bool:
        """Starts one process; a run whose folder cannot be written must not keep the others from theirs."""
        try:
            start(slot)
        except OSError as error:
            if str(error) not in self.failed_starts:
                self.failed_starts.add(str(error))
                traceback.print_exc(chain=False)
            return False
        return True

    def _trainings(self, rows: list[Row]) -> tuple[set[Slot], list[tuple[SlotKind, StartInSlot]]]:
        """The slots of running runs, and functions that start the queued ones, in order."""
        going, waiting = list[tuple[Row, RunStatus]](), dict[str, RunStatus]()
        for row, status in self.reconciler.open_runs(rows):
            if status.state == "queued" and not self.reconciler.is_starting(row.run, status.attempt):
                waiting[row.run.id] = status
            else:
                going.append((row, status))
                with suppress(OSError):  # a folder that cannot be written: its worker fails on it, too
                    self.enforcer.enforce(row, status)
        self.enforcer.forget({(row.run.id, status.attempt) for row, status in going})
        ordered = [row.run for row in queued_rows(rows) if row.run.id in waiting]
        starts = [(self._kind(run), partial(self._train, run, waiting[run.id].attempt)) for run in ordered]
        return {read_slot(row.run.path) for row, _ in going}, list(starts)

    def _evaluations(self, rows: list[Row], taken: set[Slot]) -> list[tuple[SlotKind, StartInSlot]]:
        """Functions that start the queued evaluations, the oldest first; adds slots of running ones to `taken`."""
        found = self.reconciler.open_evaluations(rows)
        waiting = list[tuple[RunFolder, float]]()
        for row, stored in found:
            if self.reconciler.is_evaluating(row.run, stored):
                taken.add(self.slots.first_free(self._kind(row.run), taken) or Slot("cpu", 0))
                with suppress(OSError):
                    self.evaluation_enforcer.enforce(row, self.reconciler.evaluators.get((row.run.id, stored.asked)))
            else:
                waiting.append((row.run, stored.asked))
        self.evaluation_enforcer.forget({row.run.id for row, _ in found})
        ordered = sorted(waiting, key=lambda pair: pair[1])
        return [(self._kind(run), partial(self._evaluate, run, asked)) for run, asked in ordered]

    def _kind(self, run: RunFolder) -> SlotKind:
        try:
            return self.slots.kind_of(run.config)
        except UnreadableRun:
            return "cpu"  # its worker reports the error

    def _wait_for_tick(self) -> bool:
        """Waits for the next tick or a call of `wake`; returns whether the scheduler is closed."""
        self.wake_event.wait(TICK_PAUSE)
        self.wake_event.clear()  # before the tick, so that a call during it leads to another
        return self.closed.is_set()

    def _maintain(self) -> None:
        """Keeps mapper and warm worker running, and empties the trash."""
        if self.maps and time.monotonic() >= self.mapper_due:
            self._keep_mapper()
        if self.warm_worker:
            self.warm_worker.keep()
        if time.monotonic() >= self.trash_due:
            self.trash_due = time.monotonic() + TRASH_INTERVAL
            Trash(self.store.root).empty(older_than=KEPT_SECONDS)

    def _keep_mapper(self) -> None:
        # The mapper of an ended server finishes its map first, and another one would not get the lock before.
        if (self.mapper is None or self.mapper.poll() is not None) and not is_lock_held(self.mapper_lock):
            self.mapper = launch_mapper(self.store.root)

    def _train(self, run: RunFolder, attempt: int, slot: Slot) -> None:
        write_slot(run.path, slot)
        own_gpu = self.slots.gpu_variables(slot)  # set before a process starts, so not for warm workers
        waiting = self.warm_worker.take(run.path) if self.warm_worker and not own_gpu else None
        worker = waiting or launch_worker(run.path, environment=self.share | own_gpu)
        self.reconciler.workers[run.id, attempt] = worker
        self._postpone_warm_worker()

    def _evaluate(self, run: RunFolder, asked: float, slot: Slot) -> None:
        environment = self.share | self.slots.gpu_variables(slot)
        self.reconciler.evaluators[run.id, asked] = launch_evaluator(run.path, environment=environment)
        self._postpone_warm_worker()

    def _postpone_warm_worker(self) -> None:
        if self.warm_worker:
            self.warm_worker.postpone()
