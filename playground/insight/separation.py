"""Cluster separation: how far apart are the classes, measured by how wide they are? Numpy only."""

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array, unit_rows

FORMULA = "mean distance of two class centroids / mean distance of {a} to the centroid of its class"  # {a}: "an image"


def cluster_separation(h: Array, labels: NDArray[np.int64]) -> float:
    """mean over pairs of classes of |c_a - c_b|, over the mean over images of |x_i - c_(class of i)|.

    x are the unit rows of `h` [n, d], c_a is the mean of those with `labels` [n] = a, distances are Euclidean. 0: all
    classes in one place; above 1: classes lie further apart than they are wide. NaN with fewer than two classes, or
    where no image differs from its centroid.
    """
    unit = unit_rows(h.astype(np.float64))
    classes, own = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        return float("nan")
    centroids = np.stack([unit[own == number].mean(axis=0) for number in range(len(classes))])
    within = np.linalg.norm(unit - centroids[own], axis=1).mean()
    first, second = np.triu_indices(len(classes), k=1)
    between = np.linalg.norm(centroids[first] - centroids[second], axis=1).mean()
    return float(between / within) if within > 0 else float("nan")


def separation_protocol(*, images: int) -> str:
    """What a separation was measured on, in words."""
    formula = FORMULA.format(a="an image")
    return f"{formula}; h, unit rows, Euclidean, {images:,} test images"
