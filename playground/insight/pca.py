"""PCA maps: the quickest, made as soon as the embeddings are there. Numpy only."""

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centred, finite_unit_rows
from playground.insight.flat import Map, to_unit_radius, turned


def pca_map(z: NDArray[np.floating], previous: Map | None = None) -> Map:
    """The two directions of largest variance of the unit rows of `z` [n, d], turned to lie as `previous` did."""
    points = centred(finite_unit_rows(z))
    flat = points @ _leading_axes(points)
    if flat.shape[1] < 2:
        flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    return turned(to_unit_radius(flat), previous)


def _leading_axes(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """[d, 2] of centred `points` [n, d], the direction of largest variance first; [d, 1] where there is but one."""
    n, d = points.shape
    if n <= d:
        return np.asarray(np.linalg.svd(points, full_matrices=False)[2][:2].T)
    _, axes = np.linalg.eigh(points.T @ points)  # of 5,000 x 512 a tenth of the time of a full decomposition
    return np.asarray(axes[:, ::-1][:, :2])
