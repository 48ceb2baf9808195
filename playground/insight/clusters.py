"""Clusters that k-means finds without labels, and how well they agree with the labels. Imports sklearn when used."""

import warnings

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import finite_unit_rows

Labels = NDArray[np.int64]  # [n]


def k_means(z: NDArray[np.floating], k: int, *, previous: Labels | None = None, seed: int = 0) -> Labels:
    """The cluster, 0 to k-1, of each of the unit rows of `z` [n, d].

    Clusters are numbered so that they share the most images with those of the `previous` labels of the same images,
    which keeps their colours; without any, by size, the largest first. With fewer than `k` different rows some numbers
    are not used.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    unit = finite_unit_rows(z)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than clusters
        found = KMeans(min(k, len(unit)), n_init=4, random_state=seed).fit_predict(unit).astype(np.int64)
    return _by_size(found, k) if previous is None else renamed(found, previous, k)


def renamed(labels: Labels, previous: Labels, k: int) -> Labels:
    """`labels` [n], below `k`, renamed among themselves so that as many images as can keep their `previous` number."""
    from scipy.optimize import linear_sum_assignment

    shared = np.zeros((k, k), np.int64)
    known = previous < k  # there may have been more clusters before
    np.add.at(shared, (labels[known], previous[known]), 1)
    _, names = linear_sum_assignment(shared, maximize=True)
    return np.asarray(names, dtype=np.int64)[labels]


def purity(clusters: Labels, classes: Labels) -> float:
    """The share of images that are of the class which is most frequent in their cluster: 1 is full agreement.

    Manning, Raghavan and Schuetze, Introduction to Information Retrieval, 16.3. It grows with the number of clusters.
    """
    shared = np.zeros((int(clusters.max()) + 1, int(classes.max()) + 1), np.int64)
    np.add.at(shared, (clusters, classes), 1)
    return float(shared.max(axis=1).sum() / len(clusters))


def _by_size(labels: Labels, k: int) -> Labels:
    names = np.empty(k, np.int64)
    names[np.argsort(-np.bincount(labels, minlength=k), kind="stable")] = np.arange(k)
    return names[labels]
