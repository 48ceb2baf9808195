"""The mapper process: turns snapshots into maps, each starting from the one before.
`python -m playground.runs.processes.mapper RUNS_DIR PARENT`

It works for all runs, so that the seconds it takes to import umap are spent once; it is nice, and rests most of the
time while a run trains, so that training goes first; and it ends with the process that started it, whose id is PARENT.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from playground.insight.maps import MAP_MAKERS
from playground.insight.trustworthiness import trustworthiness
from playground.records import ENDED
from playground.runs.folder.run_folder import ALWAYS_MADE, MapChoice, RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import MAPPER_LOCK
from playground.runs.queue.priority import give_way
from playground.storage.atomic_files import write_arrays
from playground.storage.process_locks import hold_lock

PAUSE = 0.2  # seconds between two looks
SHARE = 0.08  # of one core's time while a run trains
NICE = 10  # a tenth of a core that others want as well: SHARE is reached. With 19 it were 1.6 %, and maps came late.
TOO_FEW = 4  # points of which only PCA makes a map


def main(root: Path, parent: int) -> None:
    """Map whatever is not mapped yet, until the process `parent` is gone.

    Its id is told, not asked for: it may be gone before this process gets to ask.
    """
    if os.getppid() != parent or not hold_lock(root / MAPPER_LOCK, patience=0):
        return
    warm_up()
    give_way(os.getpid(), NICE)
    work, rest = Backlog(RunStore(root)), Rest(SHARE)
    while os.getppid() == parent:
        if (rest.is_due() and work.is_training()) or not rest.after(work.next):
            time.sleep(PAUSE)


class Rest:
    """Keeps work to a share of the time: after each piece of it, rest is due until the piece is so small a share."""

    def __init__(self, share: float) -> None:
        self.share, self.until = share, 0.0

    def is_due(self) -> bool:
        """Whether too little time has passed since the last piece began."""
        return time.monotonic() < self.until

    def after(self, work: Callable[[], bool]) -> bool:
        """Do a piece of work and say whether there was any. It is the processor's time that others lack, not ours."""
        began, spent = time.monotonic(), time.process_time()
        found = work()
        if found:
            self.until = began + (time.process_time() - spent) / self.share
        return found


class Backlog:
    """Maps that are wanted and not made yet: those always made, of the newest run first, then those asked for."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.failed: set[tuple[str, MapChoice]] = set()  # of these runs no such map can be made
        self.done: dict[str, int] = {}  # runs that have ended and are mapped, and when a map was last asked for

    def next(self) -> bool:
        """Make one map; False where there is nothing to do."""
        runs = self._open_runs()
        # Both before looking for work: what comes meanwhile is then found at the next look.
        ended = {run.id: _last_asked(run) for run in runs if not _may_train(run)}
        if any(self._advance(run, choice) for run, choice in _in_order(runs)):
            return True
        self.done |= ended
        return False

    def is_training(self) -> bool:
        """Whether any run has not ended."""
        return any(_may_train(run) for run in self._open_runs())

    def _open_runs(self) -> list[RunFolder]:
        """The newest first."""
        return [run for run in reversed(self.store.runs()) if self.done.get(run.id) != _last_asked(run)]

    def _advance(self, run: RunFolder, choice: MapChoice) -> bool:
        if (run.id, choice) in self.failed:
            return False
        try:
            return _make_next(run, *choice)
        except Exception:
            # One run with a broken file must not keep the others from being mapped.
            traceback.print_exc(chain=False)
            self.failed.add((run.id, choice))
            return False


def _in_order(runs: list[RunFolder]) -> list[tuple[RunFolder, MapChoice]]:
    wanted = [(run, choice) for run in runs for choice in run.wanted_maps()]
    return sorted(wanted, key=lambda one: one[1] != ALWAYS_MADE)  # which keeps the newest first


def _may_train(run: RunFolder) -> bool:
    try:
        return run.status().state not in ENDED
    except UnreadableRun:  # removed just now, or no run of ours
        return False


def _last_asked(run: RunFolder) -> int:
    """To ask for a map is to make a folder, which changes the time of the folder that it is in."""
    try:
        return (run.path / "maps").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _make_next(run: RunFolder, kind: str, layer: str) -> bool:
    """The first map of that kind that is missing, from the one before it; False where there is none missing."""
    mapped = run.map_steps(kind, layer)
    missing = sorted(set(run.snapshot_steps()) - set(mapped))
    if not missing:
        return False
    snapshot = run.snapshot(missing[0])
    z, pca = (snapshot.z, snapshot.pca) if layer == "z" else (snapshot.h, snapshot.pca_h)
    earlier = [step for step in mapped if step < missing[0]]
    previous = run.map(earlier[-1], kind, layer).xy if earlier else None
    run.ask_for_map(kind, layer)  # before the work: a run that is removed meanwhile stays removed
    xy = pca if len(z) < TOO_FEW else MAP_MAKERS[kind](z, previous)
    trust = np.asarray(trustworthiness(z, xy), np.float32)
    write_arrays(run.map_file(missing[0], kind, layer), xy=xy, trustworthiness=trust)
    return True


def warm_up() -> None:
    """Import and compile what UMAP needs, seconds of work: now, when likely no run has begun."""
    few = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    MAP_MAKERS["umap"](few, None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
