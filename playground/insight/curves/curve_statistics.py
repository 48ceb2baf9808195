"""Several curves on one axis: smoothed, and as a mean with the spread over seeds. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of several curves, and the lowest and the highest of them, at k places that all of them reach."""

    x: Floats  # [k], rising
    mean: Floats  # [k]
    low: Floats  # [k]
    high: Floats  # [k]


def spread(curves: Sequence[tuple[Floats, Floats]]) -> Spread:
    """Of curves (x, y), x [m] rising, m of each its own: taken at every x of any of them that all of them reach.

    Between its points a curve is straight. Where one has no number (NaN), neither have mean and spread. Empty where no
    place is reached by all. Needs at least one curve.
    """
    if any(len(x) == 0 for x, _ in curves):
        return Spread(*(np.empty(0) for _ in range(4)))
    first, last = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    every = np.unique(np.concatenate([x for x, _ in curves]))
    x = every[(every >= first) & (every <= last)]
    y = np.stack([np.interp(x, *curve) for curve in curves])
    return Spread(x, y.mean(axis=0), y.min(axis=0), y.max(axis=0))


def smoothed(values: Floats, points: int) -> Floats:
    """Exponential moving average of `values` [m] over about `points` of them (span, as pandas has it); 0: as they are.

    The first ones are averaged over what there is. A value that is no number stays one, and spoils none after it.
    """
    if points <= 1 or not len(values):
        return values
    import pandas as pd  # a third of a second, which no page waits for before it has a curve

    known = np.where(np.isfinite(values), values, np.nan)
    average = pd.Series(known).ewm(span=points, ignore_na=True).mean().to_numpy(np.float64)
    return np.where(np.isnan(known), np.nan, average)
