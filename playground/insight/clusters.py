"""k-means clusters of embeddings, and their agreement with labels. Imports sklearn when used."""

import warnings

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import finite_unit_rows
from playground.records import Labels


def k_means(z: NDArray[np.floating], k: int, *, previous: Labels | None = None, seed: int = 0) -> Labels:
    """k-means clusters [n], 0 to k-1, of the unit rows of `z` [n, d].

    They are numbered to match the `previous` labels [n] of the same images as well as possible, which keeps their
    colours; without these by size, the largest first. With fewer than `k` different rows some numbers are unused.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    unit = finite_unit_rows(z)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than clusters
        found = KMeans(min(k, len(unit)), n_init=4, random_state=seed).fit_predict(unit).astype(np.int64)
    return _number_by_size(found, k) if previous is None else match_labels(found, previous, k)


def match_labels(labels: Labels, previous: Labels, k: int) -> Labels:
    """`labels` [n], below `k`, permuted so that as many images as possible keep their `previous` [n] number."""
    from scipy.optimize import linear_sum_assignment

    shared = np.zeros((k, k), np.int64)
    known = previous < k  # there may have been more clusters before
    np.add.at(shared, (labels[known], previous[known]), 1)
    _, names = linear_sum_assignment(shared, maximize=True)
    return np.asarray(names, dtype=np.int64)[labels]


def purity(clusters: Labels, classes: Labels) -> float:
    """Purity of `clusters` [n]: the share of images in the most frequent of `classes` [n] of their cluster, 0 to 1.

    Manning, Raghavan and Schuetze, Introduction to Information Retrieval, 16.3. It grows with the number of clusters.
    """
    shared = np.zeros((int(clusters.max()) + 1, int(classes.max()) + 1), np.int64)
    np.add.at(shared, (clusters, classes), 1)
    return float(shared.max(axis=1).sum() / len(clusters))


def _number_by_size(labels: Labels, k: int) -> Labels:
    names = np.empty(k, np.int64)
    names[np.argsort(-np.bincount(labels, minlength=k), kind="stable")] = np.arange(k)
    return names[labels]
