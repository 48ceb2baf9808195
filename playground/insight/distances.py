"""Distances between rows of embeddings, in chunks of rows. Numpy only."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import unit_rows
from playground.records import FloatArray

CHUNK_ROWS = 500  # rows at a time: at 5,000 points 10 MB instead of 100


def finite_unit_rows(z: NDArray[np.floating]) -> FloatArray:
    """Unit rows [n, d] of `z` [n, d]; rows that are not finite become 0, so that diverged runs can be drawn."""
    with np.errstate(over="ignore"):  # a row too long for float32 becomes 0 as well
        return np.nan_to_num(unit_rows(z.astype(np.float32)), nan=0)


def centre(points: FloatArray) -> FloatArray:
    """`points` [n, d] minus their mean.

    Distances are the same, but stay accurate where all points are close together, as in a collapse: 1 minus a cosine
    near 1 would be lost to float32.
    """
    around: FloatArray = points - points.mean(axis=0)
    return around


def squared_distances(points: FloatArray, rows: NDArray[np.int64]) -> FloatArray:
    """Squared distances [r, n] of `rows` [r] to all `points` [n, d], which should be centred; -1 to itself.

    For unit rows it is twice the cosine distance, so that both have the same nearest neighbours.
    """
    squares = (points**2).sum(axis=1)
    found: FloatArray = points[rows] @ points.T
    found *= -2
    found += squares
    found += squares[rows, None]
    np.maximum(found, 0, out=found)  # rounding
    found[np.arange(len(rows)), rows] = -1
    return found


def iterate_chunks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """`rows` [r] in chunks of at most CHUNK_ROWS."""
    return (rows[start : start + CHUNK_ROWS] for start in range(0, len(rows), CHUNK_ROWS))


def smallest_columns(distances: FloatArray, k: int) -> NDArray[np.int64]:
    """Columns [r, k] of the `k` smallest entries of each row of `distances` [r, n], the smallest first."""
    found = np.argpartition(distances, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(distances, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
