"""How far can a map be trusted? It is compared with the full space, by cosine. Numpy only."""

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centred, chunks, finite_unit_rows, smallest, squared_distances
from playground.insight.maps import Map

NEIGHBOURS = 15  # as many as UMAP looks at
SAMPLE = 1000  # points that are looked at, evenly spread, each against all others


def trustworthiness(z: NDArray[np.floating], xy: Map, *, neighbours: int = NEIGHBOURS, sample: int = SAMPLE) -> float:
    """Venna and Kaski, ICANN 2001: 1 where points that are near on the map are near in the full space, chance 0.5.

    `z` [n, d] and its map `xy` [n, 2]. Of each point's nearest on the map, those that are not among its nearest by
    cosine count by how far down they come: 1 - 2/(mk(2n-3k-1)) * sum of (rank - k), over m = min(n, sample) points
    evenly spread over the rows. `neighbours` k is less where n is below 2k + 2. Points that are equally near share
    the mean of their ranks. NaN for fewer than 4 points.
    """
    n = len(z)
    k = min(neighbours, (n - 1) // 2)
    if n < 4:
        return float("nan")
    full, flat = centred(finite_unit_rows(z)), centred(xy)
    rows = np.unique(np.linspace(0, n - 1, min(n, sample)).round().astype(np.int64))
    beyond = 0.0
    for part in chunks(rows):
        near = smallest(squared_distances(flat, part), k + 1)[:, 1:]  # the first is oneself
        ranks = _ranks(squared_distances(full, part), near)
        beyond += float(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * beyond / (len(rows) * k * (2 * n - 3 * k - 1))


def nearest(z: NDArray[np.floating], row: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` images most similar to image `row` in the full space [n, d], the nearest first: rows and cosines.

    Fewer where there are no more than `k` images; never the image itself.
    """
    unit = finite_unit_rows(z)
    rows = _nearest_rows(centred(unit), row, k)
    return rows, np.asarray(unit[rows] @ unit[row], dtype=np.float32)


def kept(z: NDArray[np.floating], xy: Map, row: int, k: int) -> int:
    """How many of the `k` nearest images of image `row` in the full space are among its `k` nearest on the map."""
    on_map = _nearest_rows(centred(xy), row, k)
    return len(np.intersect1d(_nearest_rows(centred(finite_unit_rows(z)), row, k), on_map))


def _nearest_rows(points: NDArray[np.float32], row: int, k: int) -> NDArray[np.int64]:
    apart = squared_distances(points, np.array([row]))
    return smallest(apart, min(k + 1, len(points)))[0, 1:]


def _ranks(distances: NDArray[np.float32], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """How near the `chosen` [r, k] columns of `distances` [r, n] come, the nearest but oneself 1."""
    theirs = np.take_along_axis(distances, chosen, axis=1)
    ranks = np.empty(chosen.shape)
    for column in range(chosen.shape[1]):
        limit = theirs[:, column, None]
        nearer, as_near = np.count_nonzero(distances < limit, axis=1), np.count_nonzero(distances <= limit, axis=1)
        ranks[:, column] = (nearer + as_near - 1) / 2  # oneself is among both: nearer - 1 come first
    return ranks
