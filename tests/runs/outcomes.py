"""Runs with figures, without training one. Imported as `tests.runs.outcomes`."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType

from playground.records import Reason
from playground.runs.folder.run_folder import RunFolder
from tests.runs.records import step


def finish(
    run: RunFolder,
    *,
    losses: tuple[float, ...] = (1.0,),
    reason: Reason = "completed",
    more: Mapping[str, float | None] = MappingProxyType({}),
    **figures: float | None,
) -> None:
    """End `run` with one step for each loss, and in its summary `figures` and `more`, whose names are not known here."""
    lines = [{"kind": "step", **asdict(step(number, loss=loss))} for number, loss in enumerate(losses, 1)]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    now = time.time()
    summary: dict[str, object] = {"run": run.id, "steps": len(losses), "seconds": 0.5 * len(losses), **figures, **more}
    run.write_status(
        replace(run.status(), state="finished", reason=reason, started=now - 10, ended=now, summary=summary)
    )
