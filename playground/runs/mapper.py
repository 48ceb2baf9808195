"""The mapper process: turns snapshots into UMAP maps, each starting from the one before.
`python -m playground.runs.mapper RUNS_DIR PARENT`

It works for all runs, so that the seconds it takes to import umap are spent once; it is nice, so that training goes
first; and it ends with the process that started it, whose id is PARENT.
"""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from playground.insight.maps import umap_map
from playground.records import ENDED
from playground.runs.folder import RunFolder
from playground.runs.launcher import MAPPER_LOCK
from playground.runs.liveness import hold
from playground.runs.store import RunStore
from playground.runs.writing import write_arrays

PAUSE = 0.2  # seconds between two looks
TOO_FEW = 4  # points of which UMAP makes no map


def main(root: Path, parent: int) -> None:
    """Map whatever is not mapped yet, until the process `parent` is gone.

    Its id is told, not asked for: it may be gone before this process gets to ask.
    """
    os.nice(10)
    if not hold(root / MAPPER_LOCK, patience=0):
        return
    work = Backlog(RunStore(root))
    while os.getppid() == parent:
        if not work.next():
            time.sleep(PAUSE)


class Backlog:
    """Snapshots that have no map yet, of the newest run first, each run's in order."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.done: set[str] = set()  # runs that have ended and are mapped, or cannot be

    def next(self) -> bool:
        """Make one map; False where there is nothing to do."""
        for run in self._runs():
            try:
                if self._advance(run):
                    return True
            except Exception:
                # One run with a broken file must not keep the others from being mapped.
                traceback.print_exc(chain=False)
                self.done.add(run.id)
        return False

    def _runs(self) -> Iterator[RunFolder]:
        return (run for run in reversed(self.store.runs()) if run.id not in self.done)

    def _advance(self, run: RunFolder) -> bool:
        ended = run.status().state in ENDED  # before looking for snapshots: none can come after it
        mapped = run.map_steps()
        missing = sorted(set(run.snapshot_steps()) - set(mapped))
        if not missing:
            if ended:
                self.done.add(run.id)
            return False
        earlier = [step for step in mapped if step < missing[0]]
        _make_map(run, missing[0], earlier[-1] if earlier else None)
        return True


def _make_map(run: RunFolder, step: int, previous: int | None) -> None:
    z = run.snapshot(step).z
    start = run.map(previous) if previous is not None else None
    if len(z) < TOO_FEW:
        write_arrays(run.map_file(step), xy=run.snapshot(step).pca)
        return
    write_arrays(run.map_file(step), xy=umap_map(z, start))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
