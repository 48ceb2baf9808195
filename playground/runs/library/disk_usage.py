"""Disk usage of runs, measured a few at a time, as thousands of folders take a while."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from playground.runs.library.index import Row

REMEASURE_AFTER = 5.0  # seconds after which a running run is measured again


class DiskUsage:
    """Disk usage measured so far. A file that several runs share by hard links counts for each of them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, bool, int]] = {}  # by id: when, whether the run had ended, bytes

    def measure(self, rows: Iterable[Row], budget: float) -> bool:
        """Measures runs for about `budget` seconds, at least one run; returns whether all `rows` are measured now."""
        until, unknown = time.monotonic() + budget, [row for row in rows if not self._is_known(row)]
        for place, row in enumerate(unknown, 1):
            self._known[row.run.id] = (time.monotonic(), not row.is_open, folder_size(row.run.path))
            if time.monotonic() >= until:
                return place == len(unknown)
        return True

    def of(self, row: Row) -> int | None:
        """Bytes of a run; None while not measured."""
        known = self._known.get(row.run.id)
        return None if known is None else known[2]

    def _is_known(self, row: Row) -> bool:
        """Whether the measurement is up to date; a run that has ended since may have new maps or an evaluation."""
        known = self._known.get(row.run.id)
        if known is None:
            return False
        when, ended, _ = known
        return time.monotonic() - when < REMEASURE_AFTER or (ended and not row.is_open)


def folder_size(folder: Path) -> int:
    """Bytes of all files in `folder`, without those that vanish meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
