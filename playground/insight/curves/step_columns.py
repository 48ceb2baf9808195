"""The steps of a run, and their fields as arrays, from which curves are drawn. Numpy only."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.records import StepMetrics

StepColumn = NDArray[np.float64]


class Steps(list[StepMetrics]):
    """Steps in order, changed at the end only, with cached columns: only new steps are converted."""

    def __init__(self, steps: Sequence[StepMetrics] = ()) -> None:
        super().__init__(steps)
        self._columns: dict[str, tuple[StepColumn, int]] = {}  # (buffer with spare room, number of filled entries)

    def column(self, name: str) -> StepColumn:
        """The field `name` of all m steps, as `step_column`: [m]. It must not be written to."""
        values, filled = self._columns.get(name, (np.empty(0), 0))
        if len(values) < len(self):
            values = np.concatenate([values[:filled], np.empty(2 * len(self) - filled)])
        values[filled : len(self)] = _read_field(self[filled:], name)
        self._columns[name] = (values, len(self))
        return values[: len(self)]

    def drop_after(self, step: int) -> None:
        """Remove all steps after `step`. Columns returned before are not changed."""
        del self[bisect_right(self, step, key=lambda metrics: metrics.step) :]
        self._columns = {name: (values[: len(self)].copy(), min(filled, len(self)))
                         for name, (values, filled) in self._columns.items()}  # fmt: skip


def step_column(steps: Sequence[StepMetrics], name: str) -> StepColumn:
    """The field `name` of each of m steps: [m], NaN where it is None."""
    return steps.column(name) if isinstance(steps, Steps) else _read_field(steps, name)


def _read_field(steps: Sequence[StepMetrics], name: str) -> StepColumn:
    return np.array([getattr(step, name) for step in steps], np.float64)  # None becomes NaN
