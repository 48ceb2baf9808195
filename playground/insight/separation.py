"""Cluster separation: the distance of classes relative to their width. Numpy only."""

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray
from playground.insight.collapse import unit_rows

FORMULA = "mean distance of two class centroids / mean distance of {a} to the centroid of its class"  # {a}: "an image"


def cluster_separation(h: AnyFloatArray, labels: NDArray[np.int64]) -> float:
    """Mean over pairs of classes of |c_a - c_b|, divided by the mean over images of |x_i - c_(class of i)|.

    x are the unit rows of `h` [n, d], c_a is the mean of those with `labels` [n] = a, distances are Euclidean. 0: all
    classes in one place; above 1: classes are further apart than wide. NaN below two classes, or where no image differs
    from its centroid.
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
    """The protocol of a separation, in words."""
    formula = FORMULA.format(a="an image")
    return f"{formula}; h, unit rows, Euclidean, {images:,} test images"
