"""The mapper process: makes maps of snapshots, each starting from the map before.

`python -m playground.runs.processes.mapper RUNS_DIR PARENT`

One process serves all runs, so that umap, which takes seconds, is imported once. It has a low priority, and sleeps most
of the time while a run trains. It ends with the process that started it, whose id is PARENT.
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
from playground.runs.folder.run_folder import DEFAULT_MAP, MapChoice, RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import MAPPER_LOCK
from playground.runs.queue.priority import lower_priority
from playground.storage.atomic_files import write_arrays
from playground.storage.process_locks import hold_lock

IDLE_PAUSE = 0.2  # seconds between two searches for work
CPU_SHARE = 0.08  # of one core's time while a run trains
# Nice value. It gets a tenth of a busy core, enough for CPU_SHARE; with 19 it got 1.6 %, and maps came late.
MAPPER_NICE = 10
FEWEST_MAPPED_POINTS = 4  # with fewer points the PCA map is used


def main(root: Path, parent: int) -> None:
    """Makes the maps of all runs in `root` until the process `parent` is gone.

    Its id is an argument, as the parent may be gone before this process can ask for it.
    """
    if os.getppid() != parent or not hold_lock(root / MAPPER_LOCK, patience=0):
        return
    compile_umap()
    lower_priority(os.getpid(), MAPPER_NICE)
    work, rest = MapBacklog(RunStore(root)), DutyCycle(CPU_SHARE)
    while os.getppid() == parent:
        if (rest.is_due() and work.is_training()) or not rest.run(work.next):
            time.sleep(IDLE_PAUSE)


class DutyCycle:
    """Limits work to a share of the time, by a rest after each piece of work."""

    def __init__(self, share: float) -> None:
        self.share, self.until = share, 0.0

    def is_due(self) -> bool:
        """Whether too little time has passed since the last piece began."""
        return time.monotonic() < self.until

    def run(self, work: Callable[[], bool]) -> bool:
        """Does a piece of work and returns whether there was any. The rest depends on its CPU time."""
        began, spent = time.monotonic(), time.process_time()
        found = work()
        if found:
            self.until = began + (time.process_time() - spent) / self.share
        return found


class MapBacklog:
    """Maps to make: the default maps, of the newest run first, then the requested ones."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.failed: set[tuple[str, MapChoice]] = set()  # maps that cannot be made
        self.done: dict[str, int] = {}  # ended runs with all maps -> time of the last request for a map

    def next(self) -> bool:
        """Makes one map; returns False where there is nothing to do."""
        runs = self._open_runs()
        # Before the search for work, so that what comes meanwhile is found at the next call.
        ended = {run.id: _last_map_request(run) for run in runs if not _has_not_ended(run)}
        if any(self._advance(run, choice) for run, choice in _ordered_maps(runs)):
            return True
        self.done |= ended
        return False

    def is_training(self) -> bool:
        """Whether any run has not ended."""
        return any(_has_not_ended(run) for run in self._open_runs())

    def _open_runs(self) -> list[RunFolder]:
        """Runs that may have maps to make, the newest first."""
        return [run for run in reversed(self.store.runs()) if self.done.get(run.id) != _last_map_request(run)]

    def _advance(self, run: RunFolder, choice: MapChoice) -> bool:
        if (run.id, choice) in self.failed:
            return False
        try:
            return _make_next_map(run, *choice)
        except Exception:
            # A run with a damaged file must not keep the mapper from the other runs.
            traceback.print_exc(chain=False)
            self.failed.add((run.id, choice))
            return False


def _ordered_maps(runs: list[RunFolder]) -> list[tuple[RunFolder, MapChoice]]:
    wanted = [(run, choice) for run in runs for choice in run.wanted_maps()]
    return sorted(wanted, key=lambda one: one[1] != DEFAULT_MAP)  # a stable sort: newest run first


def _has_not_ended(run: RunFolder) -> bool:
    try:
        return run.status().state not in ENDED
    except UnreadableRun:  # removed just now, or no run of ours
        return False


def _last_map_request(run: RunFolder) -> int:
    """Time of the last request for a map in nanoseconds: requests are folders, which change the mtime of `maps`."""
    try:
        return (run.path / "maps").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _make_next_map(run: RunFolder, kind: str, layer: str) -> bool:
    """Makes the first missing map of a kind and layer, starting from the one before; returns False where none is."""
    mapped = run.map_steps(kind, layer)
    missing = sorted(set(run.snapshot_steps()) - set(mapped))
    if not missing:
        return False
    snapshot = run.snapshot(missing[0])
    z, pca = (snapshot.z, snapshot.pca) if layer == "z" else (snapshot.h, snapshot.pca_h)
    earlier = [step for step in mapped if step < missing[0]]
    previous = run.map(earlier[-1], kind, layer).xy if earlier else None
    run.ask_for_map(kind, layer)  # before the work: a run that is removed meanwhile stays removed
    xy = pca if len(z) < FEWEST_MAPPED_POINTS else MAP_MAKERS[kind](z, previous)
    trust = np.asarray(trustworthiness(z, xy), np.float32)
    write_arrays(run.map_file(missing[0], kind, layer), xy=xy, trustworthiness=trust)
    return True


def compile_umap() -> None:
    """Imports umap and compiles what it needs, which takes seconds, before the first run needs it."""
    few = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    MAP_MAKERS["umap"](few, None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
