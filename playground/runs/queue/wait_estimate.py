"""Estimates when queued runs will start, from the budgets of the runs ahead."""

import time
from collections.abc import Sequence
from heapq import heappop, heappush

from playground.catalog.duration_model import estimate_seconds
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.runs.queue.fair_order import queued_rows
from playground.runs.queue.slots import Slots

UNKNOWN_IMAGES = 50_000  # assumed size of a data set of unknown size, for budgets in epochs
UNKNOWN_SECONDS = 60.0  # assumed for a run that cannot be read


def estimate_waits(rows: Sequence[Row], slots: Slots) -> dict[str, float]:
    """Id -> estimated seconds until the start, for all queued runs in the order in which they start."""
    free: dict[str, list[float]] = {kind: [0.0] * getattr(slots, kind) for kind in ("cpu", "gpu")}
    for row in rows:
        if row.status and row.status.state in ("running", "stopping"):
            lane = free[_slot_kind(row.run, slots)]
            heappush(lane, heappop(lane) + _seconds_left(row.run, row.status))
    found = {}
    for row in queued_rows(rows):
        lane = free[_slot_kind(row.run, slots)]
        found[row.run.id] = begins = heappop(lane)
        heappush(lane, begins + _estimated_seconds(row.run))
    return found


def _seconds_left(run: RunFolder, status: RunStatus) -> float:
    return max(0.0, _estimated_seconds(run) - max(0.0, time.time() - (status.started or 0.0)))


def _estimated_seconds(run: RunFolder) -> float:
    try:
        return estimate_seconds(run.config, getattr(run.config.data, "count", None) or UNKNOWN_IMAGES)
    except UnreadableRun:
        return UNKNOWN_SECONDS


def _slot_kind(run: RunFolder, slots: Slots) -> str:
    try:
        return slots.kind_of(run.config)
    except UnreadableRun:
        return "cpu"
