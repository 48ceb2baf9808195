"""Distances between the rows of one set of embeddings, some rows at a time. Numpy only."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import unit_rows

Rows = NDArray[np.float32]
CHUNK = 500  # rows at a time: at 5,000 points 10 MB instead of 100


def finite_unit_rows(z: NDArray[np.floating]) -> Rows:
    """Rows of `z` [n, d] of length one. A diverged run is drawn as well: a row that is no number lies at the origin."""
    with np.errstate(over="ignore"):  # a row too long for float32 is no direction either
        return np.nan_to_num(unit_rows(z.astype(np.float32)), nan=0)


def centred(points: Rows) -> Rows:
    """`points` [n, d] around their mean.

    Distances stay as they are, and can then be told apart where all points lie close together, as they do in an encoder
    that collapses: of 1 minus a cosine near 1, float32 keeps nothing.
    """
    around: Rows = points - points.mean(axis=0)
    return around


def squared_distances(points: Rows, rows: NDArray[np.int64]) -> Rows:
    """Of the chosen `rows` to all `points` [n, d]: [r, n]; to oneself below any other. `points` are best centred.

    Of unit rows it is twice the cosine distance, so that nearest neighbours by one are those by the other.
    """
    squares = (points**2).sum(axis=1)
    found: Rows = points[rows] @ points.T
    found *= -2
    found += squares
    found += squares[rows, None]
    np.maximum(found, 0, out=found)  # rounding
    found[np.arange(len(rows)), rows] = -1
    return found


def chunks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """`rows`, CHUNK at a time."""
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def smallest(distances: Rows, k: int) -> NDArray[np.int64]:
    """Where the `k` smallest of each row of `distances` [r, n] are, the smallest first: [r, k]."""
    found = np.argpartition(distances, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(distances, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
