"""Trustworthiness of a map, compared with the full space by cosine. Numpy only."""

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centre, finite_unit_rows, iterate_chunks, smallest_columns, squared_distances
from playground.insight.maps import Map

MAP_NEIGHBOURS = 15  # as in UMAP
SAMPLE_POINTS = 1000  # evenly spread, each compared with all others


def trustworthiness(
    z: NDArray[np.floating], xy: Map, *, neighbours: int = MAP_NEIGHBOURS, sample: int = SAMPLE_POINTS
) -> float:
    """Trustworthiness, Venna and Kaski, ICANN 2001: 1 where neighbours on the map are neighbours in the full space.

    `z` [n, d] and its map `xy` [n, 2]; chance is 0.5. 1 - 2/(mk(2n-3k-1)) * sum of (rank - k) over the k nearest points
    on the map that are not among the k nearest by cosine, for m = min(n, sample) points evenly spread over the rows.
    k is smaller than `neighbours` where n is below 2k + 2. Ties share the mean of their ranks. NaN below 4 points.
    """
    n = len(z)
    k = min(neighbours, (n - 1) // 2)
    if n < 4:
        return float("nan")
    full, flat = centre(finite_unit_rows(z)), centre(xy)
    rows = np.unique(np.linspace(0, n - 1, min(n, sample)).round().astype(np.int64))
    beyond = 0.0
    for part in iterate_chunks(rows):
        near = smallest_columns(squared_distances(flat, part), k + 1)[:, 1:]  # the first is the point itself
        ranks = _column_ranks(squared_distances(full, part), near)
        beyond += float(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * beyond / (len(rows) * k * (2 * n - 3 * k - 1))


def nearest_images(z: NDArray[np.floating], row: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows [k] and cosines [k] of the `k` images most similar to image `row` of `z` [n, d], the nearest first.

    Without the image itself, so fewer where there are at most `k` images.
    """
    unit = finite_unit_rows(z)
    rows = _nearest_rows(centre(unit), row, k)
    return rows, np.asarray(unit[rows] @ unit[row], dtype=np.float32)


def count_kept_neighbours(z: NDArray[np.floating], xy: Map, row: int, k: int) -> int:
    """Number of the `k` nearest images of image `row` of `z` [n, d] that are among its `k` nearest on `xy` [n, 2]."""
    on_map = _nearest_rows(centre(xy), row, k)
    return len(np.intersect1d(_nearest_rows(centre(finite_unit_rows(z)), row, k), on_map))


def _nearest_rows(points: NDArray[np.float32], row: int, k: int) -> NDArray[np.int64]:
    apart = squared_distances(points, np.array([row]))
    return smallest_columns(apart, min(k + 1, len(points)))[0, 1:]


def _column_ranks(distances: NDArray[np.float32], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ranks [r, k], from 1, of the `chosen` [r, k] columns in their rows of `distances` [r, n], without itself."""
    theirs = np.take_along_axis(distances, chosen, axis=1)
    ranks = np.empty(chosen.shape)
    for column in range(chosen.shape[1]):
        limit = theirs[:, column, None]
        nearer, as_near = np.count_nonzero(distances < limit, axis=1), np.count_nonzero(distances <= limit, axis=1)
        ranks[:, column] = (nearer + as_near - 1) / 2  # the row itself is counted in both: nearer - 1 come first
    return ranks
