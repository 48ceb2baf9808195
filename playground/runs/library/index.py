"""All runs of a home at a glance: what each of them is now, read again only where its folder has changed.

Every file of a run is replaced and never changed in place, but for the metrics: so the time of its folder tells.
"""

import threading
import time
from dataclasses import dataclass
from os import DirEntry, scandir
from pathlib import Path

from playground.records import ENDED, RunStatus
from playground.runs.folder.evaluation_files import EvaluationFiles
from playground.runs.folder.label import Label, label_of
from playground.runs.folder.owner import Owner, owner_of
from playground.runs.folder.run_folder import COARSE, RunFolder, UnreadableRun


@dataclass(frozen=True, slots=True)
class Row:
    """One run."""

    run: RunFolder
    status: RunStatus | None  # None where it cannot be read
    owner: Owner
    label: Label
    evaluate: bool  # whether an evaluation was asked for

    @property
    def title(self) -> str:
        """What a run is called: its name, else the end of its id: "simclr-3bca"."""
        return self.label.name or self.run.id.split("-", 2)[-1]

    @property
    def waits(self) -> bool:
        return self.status is not None and self.status.state == "queued"

    @property
    def is_open(self) -> bool:
        """Whether it waits or goes on."""
        return self.status is not None and self.status.state not in ENDED


class RunIndex:
    """Of one folder of runs. May be asked by several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[int, Row]] = {}  # by id, with the time of the folder
        self._rows: list[Row] = []
        self._looked = float("-inf")
        self._alone = threading.Lock()

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """Every run, the oldest first; as they were at most `within` seconds ago."""
        with self._alone:
            if time.monotonic() - self._looked >= within:
                self._look()
            return self._rows

    def _look(self) -> None:
        try:
            with scandir(self.root) as found:
                entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda e: e.name)
        except OSError:
            entries = []
        kept = {entry.name: known for entry in entries if (known := self._row(entry))}
        self._known, self._rows = kept, [row for _, row in kept.values()]
        self._looked = time.monotonic()

    def _row(self, entry: DirEntry[str]) -> tuple[int, Row] | None:
        """None for what is no run, or was removed just now."""
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
        row = Row(run, readable_status(run), owner_of(run.path), label_of(run.path), EvaluationFiles(run).asked)
        # Two changes shortly after each other may bear the same time: until then it is read again at each look.
        return (changed if abs(time.time_ns() - changed) > COARSE else -1), row


def readable_status(run: RunFolder) -> RunStatus | None:
    """None where it cannot be read."""
    try:
        return run.status()
    except UnreadableRun:
        return None
