"""Fewer points for a long curve, without losing what stands out."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def thin(values: NDArray[np.floating], most: int) -> NDArray[np.int64]:
    """Rows of `values` [n] to draw, about `most`: of each stretch its first, lowest and highest, and the last row.

    All rows where there are no more than `most`. Rows that are no number are kept as if lowest.
    """
    if len(values) <= most:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), max(most // 3, 1) + 1).astype(np.int64)
    rows = {0, len(values) - 1}
    for start, end in pairwise(edges):
        stretch = np.nan_to_num(values[start:end], nan=-np.inf)
        rows |= {int(start), int(start + stretch.argmin()), int(start + stretch.argmax())}
    return np.array(sorted(rows))
