"""Decides which run goes next, training or evaluated, and in which slot.

Runs that take too long, or do not stop when they are asked to: first a word, then a signal, then the end.
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
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.runs.library.store import RunStore
from playground.runs.library.trash import KEPT, Trash
from playground.runs.queue.fair_order import queue
from playground.runs.queue.launcher import MAPPER_LOCK, launch_evaluator, launch_mapper, launch_worker
from playground.runs.queue.reconcile import Process, Settling
from playground.runs.queue.slots import Kind, Slot, Slots, cores_here, slot_of, write_slot
from playground.runs.queue.warm_worker import WarmWorker
from playground.storage.process_locks import hold_lock, is_lock_held, release_lock

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


PAUSE = 0.3  # seconds between two looks, where nobody calls
SETTLE = 2.0  # seconds that the first page gets before a mapper starts beside it
AFTER_ERROR = 5.0  # seconds until the next look after one that failed
TIDY = 600.0  # seconds between two looks into the trash
Start = Callable[[Slot], None]


class Scheduler(threading.Thread):
    """One thread of the server. Of several servers on one store, one schedules; another takes over when it ends."""

    def __init__(
        self, store: RunStore, *, maps: bool = True, warm_worker: WarmWorker | None = None, slots: Slots | None = None
    ) -> None:
        super().__init__(daemon=True, name="scheduler")
        self.store, self.maps, self.warm_worker, self.slots = store, maps, warm_worker, slots or Slots()
        self.share = self.slots.share(cores_here())
        self.maps_from = self.tidy_from = 0.0  # by the monotonic clock
        self.settling, self.enforcer = Settling(), Enforcer()
        self.mapper: Process | None = None
        self.mapper_lock = store.root / MAPPER_LOCK
        self.in_charge = self.elsewhere = False  # elsewhere: another server has been met that is in charge
        self.closed, self.bell = threading.Event(), threading.Event()

    def run(self) -> None:
        """Look again and again, until closed."""
        self.store.root.mkdir(parents=True, exist_ok=True)
        self.maps_from = time.monotonic() + SETTLE
        while not self._rested():
            self.in_charge = self.in_charge or hold_lock(self.store.root / ".scheduler.lock", patience=0)
            self.elsewhere = not self.in_charge
            try:
                if self.in_charge:
                    self.tick()
            except Exception:
                # A full disk, say: later looks may fare better, and without this thread no run would start ever again.
                traceback.print_exc()
                self.closed.wait(AFTER_ERROR)
        if self.in_charge:
            release_lock(self.store.root / ".scheduler.lock")

    def wake(self) -> None:
        """Look now: there is a new run, which need not wait for the next look."""
        self.bell.set()

    def close(self) -> None:
        """Stop scheduling; runs go on."""
        self.closed.set()
        self.bell.set()
        if self.warm_worker:
            self.warm_worker.close()
        if self.mapper:
            self.mapper.terminate()
            self.mapper.wait()

    def tick(self) -> None:
        """Settle what has ended, then fill the free slots: first with runs in fair order, then with evaluations."""
        rows = self.store.rows()
        taken, starts = self._trainings(rows)
        starts += self._evaluations(rows, taken)
        for kind, start in starts:
            slot = self.slots.free(kind, taken)
            if slot:
                start(slot)
                taken.add(slot)
        self._keep_beside()

    def _trainings(self, rows: list[Row]) -> tuple[set[Slot], list[tuple[Kind, Start]]]:
        """The slots that runs have, and the runs that wait for one, in order."""
        going, waiting = list[tuple[Row, RunStatus]](), dict[str, RunStatus]()
        for row, status in self.settling.open_runs(rows):
            if status.state == "queued" and not self.settling.starting(row.run, status.attempt):
                waiting[row.run.id] = status
            else:
                going.append((row, status))
                self.enforcer.look(row, status)
        self.enforcer.forget({(row.run.id, status.attempt) for row, status in going})
        ordered = [row.run for row in queue(rows) if row.run.id in waiting]
        starts = [(self._kind(run), partial(self._train, run, waiting[run.id].attempt)) for run in ordered]
        return {slot_of(row.run.path) for row, _ in going}, list(starts)

    def _evaluations(self, rows: list[Row], taken: set[Slot]) -> list[tuple[Kind, Start]]:
        """Those that wait, the oldest first; a slot is added to `taken` for each that goes on."""
        found = self.settling.open_evaluations(rows)
        for run, stored in found:
            if self.settling.evaluating(run, stored):
                taken.add(self.slots.free(self._kind(run), taken) or Slot("cpu", 0))
        waiting = [(run, stored.asked) for run, stored in found if not self.settling.evaluating(run, stored)]
        ordered = sorted(waiting, key=lambda pair: pair[1])
        return [(self._kind(run), partial(self._evaluate, run, asked)) for run, asked in ordered]

    def _kind(self, run: RunFolder) -> Kind:
        try:
            return self.slots.kind(run.config)
        except UnreadableRun:
            return "cpu"  # its worker will say what is wrong with it

    def _rested(self) -> bool:
        """True, after a pause or when called, once this is closed."""
        self.bell.wait(PAUSE)
        self.bell.clear()  # before looking: who calls meanwhile is heard at the next look
        return self.closed.is_set()

    def _keep_beside(self) -> None:
        """What else this process looks after."""
        if self.maps and time.monotonic() >= self.maps_from:
            self._keep_mapper()
        if self.warm_worker:
            self.warm_worker.keep()
        if time.monotonic() >= self.tidy_from:
            self.tidy_from = time.monotonic() + TIDY
            Trash(self.store.root).empty(older_than=KEPT)

    def _keep_mapper(self) -> None:
        # A mapper of a server that has ended finishes its map before it ends too: to start another meanwhile is vain.
        if (self.mapper is None or self.mapper.poll() is not None) and not is_lock_held(self.mapper_lock):
            self.mapper = launch_mapper(self.store.root)

    def _train(self, run: RunFolder, attempt: int, slot: Slot) -> None:
        write_slot(run.path, slot)
        own_gpu = self.slots.only(slot)  # which the warm worker does not have
        waiting = self.warm_worker.take(run.path) if self.warm_worker and not own_gpu else None
        worker = waiting or launch_worker(run.path, environment=self.share | own_gpu)
        self.settling.workers[run.id, attempt] = worker
        self._postpone_warm_worker()

    def _evaluate(self, run: RunFolder, asked: float, slot: Slot) -> None:
        environment = self.share | self.slots.only(slot)
        self.settling.evaluators[run.id, asked] = launch_evaluator(run.path, environment=environment)
        self._postpone_warm_worker()

    def _postpone_warm_worker(self) -> None:
        if self.warm_worker:
            self.warm_worker.postpone()
