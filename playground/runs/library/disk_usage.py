"""How much room runs take on the disk: measured a few at a time, as to walk through thousands takes a while."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from playground.runs.library.index import Row

AGAIN = 5.0  # seconds after which a run that goes on is measured once more


class Sizes:
    """What was measured so far. A file that several runs share counts for each of them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, bool, int]] = {}  # by id: when, whether the run had ended, bytes

    def measure(self, rows: Iterable[Row], budget: float) -> bool:
        """For at most about `budget` seconds, and at least one; whether all `rows` are known now."""
        until, unknown = time.monotonic() + budget, [row for row in rows if not self._is_known(row)]
        for place, row in enumerate(unknown, 1):
            self._known[row.run.id] = (time.monotonic(), not row.is_open, size_of(row.run.path))
            if time.monotonic() >= until:
                return place == len(unknown)
        return True

    def of(self, row: Row) -> int | None:
        """Bytes; None as long as it was not measured."""
        known = self._known.get(row.run.id)
        return None if known is None else known[2]

    def _is_known(self, row: Row) -> bool:
        """One that has ended since, and may have got maps and an evaluation, is measured once more."""
        known = self._known.get(row.run.id)
        if known is None:
            return False
        when, ended, _ = known
        return time.monotonic() - when < AGAIN or (ended and not row.is_open)


def size_of(folder: Path) -> int:
    """Bytes of all files in it; what vanishes meanwhile counts for nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
