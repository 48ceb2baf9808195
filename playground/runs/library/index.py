"""Index of all runs in a folder: status, owner and label of each, cached until its folder changes.

All files of a run but the metrics are replaced rather than changed in place, which changes the folder's mtime.
"""

import threading
import time
from dataclasses import dataclass
from os import DirEntry, scandir
from pathlib import Path

from playground.records import ENDED, RunStatus
from playground.runs.folder.evaluation_files import EvaluationFiles
from playground.runs.folder.label import Label, read_label
from playground.runs.folder.owner import Owner, read_owner
from playground.runs.folder.run_folder import MTIME_RESOLUTION, RunFolder, UnreadableRun


@dataclass(frozen=True, slots=True)
class Row:
    """A run with its present status, owner and label."""

    run: RunFolder
    status: RunStatus | None  # None where it cannot be read
    owner: Owner
    label: Label
    evaluate: bool  # whether an evaluation was asked for

    @property
    def title(self) -> str:
        """Title of the run: its name, otherwise the end of its id, such as "simclr-3bca"."""
        return self.label.name or self.run.id.split("-", 2)[-1]

    @property
    def is_queued(self) -> bool:
        """Whether it waits for a slot."""
        return self.status is not None and self.status.state == "queued"

    @property
    def is_open(self) -> bool:
        """Whether it is queued or running."""
        return self.status is not None and self.status.state not in ENDED


class RunIndex:
    """Index of one folder of runs. Thread-safe."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[int, Row]] = {}  # by id, with the folder's mtime
        self._rows: list[Row] = []
        self._refreshed = float("-inf")
        self._lock = threading.Lock()

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """All runs, the oldest first, at most `within` seconds out of date."""
        with self._lock:
            if time.monotonic() - self._refreshed >= within:
                self._refresh()
            return self._rows

    def _refresh(self) -> None:
        try:
            with scandir(self.root) as found:
                entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda e: e.name)
        except OSError:
            entries = []
        kept = {entry.name: known for entry in entries if (known := self._row(entry))}
        self._known, self._rows = kept, [row for _, row in kept.values()]
        self._refreshed = time.monotonic()

    def _row(self, entry: DirEntry[str]) -> tuple[int, Row] | None:
        """The folder's mtime and the row of a run; None for anything else, or a run that was removed meanwhile."""
        try:
            changed = entry.stat().st_mtime_ns
        except OSError:
            return None
        known = self._known.get(entry.name)
        if known and known[0] == changed:
            return known
        run = known[1].run if known else RunFolder(Path(entry.path))
        if not (run.path / "status.json").exists():
            return None
        row = Row(run, read_status_or_none(run), read_owner(run.path), read_label(run.path), EvaluationFiles(run).asked)
        # Two changes in short order may have the same mtime: a folder that changed just now is read again each time.
        return (changed if abs(time.time_ns() - changed) > MTIME_RESOLUTION else -1), row


def read_status_or_none(run: RunFolder) -> RunStatus | None:
    """The status of `run`; None where it cannot be read."""
    try:
        return run.status()
    except UnreadableRun:
        return None
