"""Fewer points for a long curve, without losing what stands out."""

import numpy as np
from numpy.typing import NDArray


def thin(values: NDArray[np.floating], most: int) -> NDArray[np.int64]:
    """Rows of `values` [n] to draw, about `most`: of each stretch its first, lowest and highest, and the last row.

    All rows where there are no more than `most`. Where some are no number, the first such of each stretch is kept too,
    if `most` leaves room for it.
    """
    n = len(values)
    if n <= most:
        return np.arange(n)
    missing = np.isnan(values)
    kept = 4 if missing.any() and most > 2 else 3  # of each stretch
    edges = np.linspace(0, n, max(most // kept, 1) + 1).astype(np.int64)
    starts, lengths = edges[:-1, None], np.diff(edges)[:, None]
    # [stretches, longest]: a stretch that is shorter has its last row twice.
    rows = starts + np.minimum(np.arange(lengths.max()), lengths - 1)
    lowest = np.where(missing, np.inf, values)[rows].argmin(axis=1)
    highest = np.where(missing, -np.inf, values)[rows].argmax(axis=1)
    first_missing = missing[rows].argmax(axis=1)  # 0, the first row, where there is none
    places = np.stack([np.zeros_like(lowest), lowest, highest, first_missing], axis=1)[:, :kept]
    return np.unique(np.append(np.take_along_axis(rows, places, axis=1), n - 1))
