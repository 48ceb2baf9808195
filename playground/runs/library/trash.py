"""Trash: deleted runs, which are in no list and can be restored for a day."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from playground.records import ENDED
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import lock_state

TRASH_FOLDER = ".trash"  # hidden: no run
KEPT_SECONDS = 24 * 3600.0  # seconds


class TrashError(ValueError):
    """A run cannot be deleted or restored. The message is one sentence for a person."""


class Trash:
    """Trash of one folder of runs. Folders are renamed, so runs are deleted and restored as a whole."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / TRASH_FOLDER

    def put(self, run: RunFolder) -> None:
        """Deletes an ended or unreadable run. Raises TrashError."""
        if run.is_alive():
            raise TrashError(f"Run {run.id} goes on: stop it first.")
        try:
            with lock_state(run):
                self._refuse_open(run)
                self.folder.mkdir(exist_ok=True)
                os.utime(run.path)  # when it was deleted
                run.path.rename(self.folder / run.id)
        except UnreadableRun as error:
            raise TrashError(f"Run {run.id} is gone already.") from error
        except OSError as error:
            raise TrashError(f"Run {run.id} cannot be deleted ({error.strerror or error}).") from error

    def restore(self, run_id: str) -> None:
        """Restores a deleted run. Raises TrashError. Ids come from anybody, so they are never used as paths."""
        if run_id not in self.ids():
            raise TrashError(f"Run {run_id} is not among the deleted ones any more.")
        try:
            (self.folder / run_id).rename(self.root / run_id)
        except OSError as error:
            raise TrashError(f"Run {run_id} cannot be had back ({error.strerror or error}).") from error

    def ids(self) -> list[str]:
        """Ids of the runs that can be restored, the last deleted first."""
        return [path.name for _, path in sorted(self._contents(), reverse=True)]

    def folders(self) -> list[RunFolder]:
        """Folders of the runs that can be restored, the last deleted first."""
        return [RunFolder(self.folder / run_id) for run_id in self.ids()]

    def empty(self, *, older_than: float = 0.0) -> None:
        """Removes for good what was deleted more than `older_than` seconds ago."""
        for deleted, path in self._contents():
            if time.time() - deleted >= older_than:
                shutil.rmtree(path, ignore_errors=True)

    def remove(self, run_id: str) -> None:
        """Removes a deleted run for good, if it is there."""
        if run_id in self.ids():
            shutil.rmtree(self.folder / run_id, ignore_errors=True)

    def _contents(self) -> Iterator[tuple[float, Path]]:
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            with suppress(OSError):
                yield path.stat().st_mtime, path

    def _refuse_open(self, run: RunFolder) -> None:
        with suppress(UnreadableRun):
            if run.status().state not in ENDED:
                raise TrashError(f"Run {run.id} waits or goes on: cancel or stop it first.")
