"""UMAP maps. Imports umap when used, which takes seconds the first time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centred, chunks, finite_unit_rows, smallest, squared_distances
from playground.insight.flat import Map, to_unit_radius, turned
from playground.insight.pca import pca_map


def umap_map(z: NDArray[np.floating], previous: Map | None, *, neighbours: int = 15, seed: int = 0) -> Map:
    """UMAP (arXiv:1802.03426) of the unit rows of `z` [n, d], by cosine distance.

    With a `previous` map the layout starts there and is only refined, which keeps points where they were as far as
    the data allows; without one it starts from PCA.
    """
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set

    unit = finite_unit_rows(z)
    k = min(neighbours, len(unit) - 1)
    indices, distances = _nearest(unit, k)
    random_state = np.random.RandomState(seed)
    graph = fuzzy_simplicial_set(
        unit, k, random_state, "cosine", knn_indices=indices, knn_dists=distances, return_dists=False
    )[0]
    start = pca_map(z) if previous is None else previous
    epochs, alpha = (200, 1.0) if previous is None else (30, 0.2)
    return turned(to_unit_radius(_optimized(start, graph, epochs, alpha, find_ab_params(1.0, 0.1), seed)), previous)


def _nearest(unit: NDArray[np.float32], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Exact nearest neighbours by cosine distance, oneself first as UMAP expects: [n, k] and [n, k]."""
    points = centred(unit)
    indices, distances = np.empty((len(unit), k), np.int32), np.empty((len(unit), k), np.float32)
    for part in chunks(np.arange(len(unit))):
        apart = squared_distances(points, part)
        indices[part] = found = smallest(apart, k)
        distances[part] = np.take_along_axis(apart, found, axis=1) / 2
    distances[:, 0] = 0
    return indices, distances


def _optimized(start: Map, graph: Any, epochs: int, alpha: float, ab: tuple[float, float], seed: int) -> Map:
    """UMAP's own layout optimisation from `start`; its scale is about ten units across."""
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import make_epochs_per_sample

    edges = graph.tocoo()
    edges.sum_duplicates()
    kept = edges.data >= edges.data.max() / epochs
    head, tail, weight = edges.row[kept].astype(np.int32), edges.col[kept].astype(np.int32), edges.data[kept]
    layout = np.ascontiguousarray(start * 5, dtype=np.float32)
    state = np.random.RandomState(seed).randint(-(2**31) + 1, 2**31 - 1, 3).astype(np.int64)
    result = optimize_layout_euclidean(
        layout, layout, head, tail, epochs, len(layout), make_epochs_per_sample(weight, epochs), *ab, state,
        initial_alpha=alpha, negative_sample_rate=5.0, parallel=False, move_other=True,
    )  # fmt: skip
    return np.asarray(result, dtype=np.float32)
