"""What the files of one run tell of how far it is, and of the figures to which it came."""

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, inf, nan
from pathlib import Path
from typing import Any

import numpy as np

from playground.catalog.summary_metrics import LAST_SHARE, QUANTITIES
from playground.insight.loss_scale import compass
from playground.records import RunStatus
from playground.runs.folder import RunFolder
from playground.runs.metrics_log import MetricsLog, last_counted

TAIL = 16_384  # bytes of metrics: a step's line has about 300, and what may come after it a few thousand


def share_of(run: RunFolder, status: RunStatus) -> float:
    """How much of the budget is used, 0 to 1, by the last lines alone, as a tick comes every second.

    Raises UnreadableRun.
    """
    if status.phase != "training" or not run.metrics_file.exists():
        return 0.0
    with run.reading(run.metrics_file), run.metrics_file.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - TAIL)
        file.seek(start)
        lines = file.read().split(b"\n")[:-1][1 if start else 0 :]  # without what is torn at either end
        return _last_progress([json.loads(line) for line in lines])


def _last_progress(records: Sequence[Mapping[str, Any]]) -> float:
    """Of the last step that counts; 0 where there is none."""
    upto = inf
    for record in reversed(records):
        if record["kind"] == "attempt":  # what stands before it goes no further
            upto = min(upto, last_counted(record["step"]))
        elif "progress" in record and record["step"] <= upto:
            return float(record["progress"])
    return 0.0


def figures_of(run: RunFolder) -> dict[str, float]:
    """Every quantity of a run that has ended; NaN where it is not known. Raises UnreadableRun."""
    with run.reading(run.path / "status.json"):
        written = (run.path / "status.json").stat().st_mtime_ns
    return _figures(run.path, written)


@lru_cache(maxsize=2000)  # a page asks every second; what has ended does not change
def _figures(path: Path, written: int) -> dict[str, float]:
    run = RunFolder(path)
    summary = run.status().summary or {}
    steps = MetricsLog().read_on(run).steps
    last = steps[-max(1, ceil(LAST_SHARE * len(steps))) :]
    loss = float(np.mean([step.loss for step in last])) if last else nan
    temperature = last[-1].temperature if last else None
    height = compass(run.config, temperature).height(loss)
    figures = {key: _number(summary.get(key)) for key in QUANTITIES}
    return {**figures, "loss": loss, "height": nan if height is None else height}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan
