"""Statistics of curves: smoothing, and the mean and range over several seeds. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, minimum and maximum of several curves at k positions within the range of all of them."""

    x: Float64Array  # [k], ascending
    mean: Float64Array  # [k]
    low: Float64Array  # [k]
    high: Float64Array  # [k]


def spread_of_curves(curves: Sequence[tuple[Float64Array, Float64Array]]) -> Spread:
    """Spread of at least one curve (x [m], y [m]), x ascending, at every x of any curve within the range of all.

    Curves are interpolated linearly. Where one is NaN, so is the result. Empty where the ranges do not overlap.
    """
    if any(len(x) == 0 for x, _ in curves):
        return Spread(*(np.empty(0) for _ in range(4)))
    first, last = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    every = np.unique(np.concatenate([x for x, _ in curves]))
    x = every[(every >= first) & (every <= last)]
    y = np.stack([np.interp(x, *curve) for curve in curves])
    return Spread(x, y.mean(axis=0), y.min(axis=0), y.max(axis=0))


def smooth(values: Float64Array, points: int) -> Float64Array:
    """Exponential moving average [m] of `values` [m] with a span of `points`, as in pandas; 0 or 1: unchanged.

    The first values are averages of the ones so far. Values that are not finite become NaN and affect no others.
    """
    if points <= 1 or not len(values):
        return values
    import pandas as pd  # takes a third of a second, so only where a page has a curve

    known = np.where(np.isfinite(values), values, np.nan)
    average = pd.Series(known).ewm(span=points, ignore_na=True).mean().to_numpy(np.float64)
    return np.where(np.isnan(known), np.nan, average)
