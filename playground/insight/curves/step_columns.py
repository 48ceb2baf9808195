"""The steps of a run, and one figure of all of them in a row: what curves are drawn from. Numpy only."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from playground.records import StepMetrics

Column = NDArray[np.float64]


class Steps(list[StepMetrics]):
    """Steps in order, which change at their end and nowhere else: a column costs only what is new."""

    def __init__(self, steps: Sequence[StepMetrics] = ()) -> None:
        super().__init__(steps)
        self._columns: dict[str, tuple[Column, int]] = {}  # with room to grow, and how far it is filled

    def column(self, name: str) -> Column:
        """See `column`. What is returned is not to be written to."""
        values, filled = self._columns.get(name, (np.empty(0), 0))
        if len(values) < len(self):
            values = np.concatenate([values[:filled], np.empty(2 * len(self) - filled)])
        values[filled : len(self)] = _read(self[filled:], name)
        self._columns[name] = (values, len(self))
        return values[: len(self)]

    def drop_after(self, step: int) -> None:
        """Take back all steps beyond `step`. Columns that were handed out before stay as they are."""
        del self[bisect_right(self, step, key=lambda metrics: metrics.step) :]
        self._columns = {name: (values[: len(self)].copy(), min(filled, len(self)))
                         for name, (values, filled) in self._columns.items()}  # fmt: skip


def column(steps: Sequence[StepMetrics], name: str) -> Column:
    """The figure of that name of each of m steps: [m], NaN where there is none."""
    return steps.column(name) if isinstance(steps, Steps) else _read(steps, name)


def _read(steps: Sequence[StepMetrics], name: str) -> Column:
    return np.array([getattr(step, name) for step in steps], np.float64)  # None becomes NaN
