"""Seconds since a run last wrote anything. Whether its worker lives is known by its lock, see `RunFolder.is_alive`."""

import time
from contextlib import suppress

from playground.runs.folder.run_folder import RunFolder

SHORTEST_SILENCE = 60.0  # seconds: a step of a large batch may take half of this
LONGEST_SILENCE = 12 * 3600.0  # seconds: beyond this the clock was probably changed


def seconds_silent(run: RunFolder) -> float | None:
    """Seconds since the run's last record or status; None unless between `SHORTEST_SILENCE` and `LONGEST_SILENCE`."""
    heard = 0.0
    for file in (run.metrics_file, run.path / "status.json"):
        with suppress(OSError):
            heard = max(heard, file.stat().st_mtime)
    quiet = time.time() - heard
    return quiet if SHORTEST_SILENCE < quiet < LONGEST_SILENCE else None
