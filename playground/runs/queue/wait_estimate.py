"""When a run that waits will begin: about, as its budget and those of the runs ahead of it say."""

import time
from collections.abc import Sequence
from heapq import heappop, heappush

from playground.catalog.duration_model import estimate_seconds
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.runs.queue.fair_order import queue
from playground.runs.queue.slots import Slots

UNKNOWN_IMAGES = 50_000  # of a set that nobody has counted yet; only a budget in epochs asks for them
UNKNOWN_SECONDS = 60.0  # of a run that cannot be read: it will not take long


def waits(rows: Sequence[Row], slots: Slots) -> dict[str, float]:
    """Of each run that waits the seconds until it begins, in the order in which they go."""
    free: dict[str, list[float]] = {kind: [0.0] * getattr(slots, kind) for kind in ("cpu", "gpu")}
    for row in rows:
        if row.status and row.status.state in ("running", "stopping"):
            lane = free[_lane(row.run, slots)]
            heappush(lane, heappop(lane) + _left(row.run, row.status))
    found = {}
    for row in queue(rows):
        lane = free[_lane(row.run, slots)]
        found[row.run.id] = begins = heappop(lane)
        heappush(lane, begins + _takes(row.run))
    return found


def _left(run: RunFolder, status: RunStatus) -> float:
    return max(0.0, _takes(run) - max(0.0, time.time() - (status.started or 0.0)))


def _takes(run: RunFolder) -> float:
    try:
        return estimate_seconds(run.config, getattr(run.config.data, "count", None) or UNKNOWN_IMAGES)
    except UnreadableRun:
        return UNKNOWN_SECONDS


def _lane(run: RunFolder, slots: Slots) -> str:
    try:
        return slots.kind(run.config)
    except UnreadableRun:
        return "cpu"
