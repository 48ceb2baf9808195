"""How long a run has been silent. It says nothing on whether the run lives: that its lock tells, see `liveness`."""

import time
from contextlib import suppress

from playground.runs.folder.run_folder import RunFolder

QUIET = 60.0  # seconds without a word that are worth mentioning: a step of a large batch may take half of that
BEYOND_BELIEF = 12 * 3600.0  # seconds: rather the clock was put right


def silence(run: RunFolder) -> float | None:
    """Seconds since the run's last word, as far as they are worth mentioning; else None."""
    heard = 0.0
    for file in (run.metrics_file, run.path / "status.json"):
        with suppress(OSError):
            heard = max(heard, file.stat().st_mtime)
    quiet = time.time() - heard
    return quiet if QUIET < quiet < BEYOND_BELIEF else None
