"""Flat maps of embeddings. A map starts from the one before it, so that points move and do not jump."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import unit_rows

Map = NDArray[np.float32]  # [n, 2], centred, of radius about 1


def pca_map(z: NDArray[np.floating], previous: Map | None = None) -> Map:
    """The two directions of largest variance of the unit rows of `z` [n, d], turned to lie as `previous` did."""
    unit = _finite_unit_rows(z)
    centred = unit - unit.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ axes[:2].T
    if flat.shape[1] < 2:
        flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    return turned(to_unit_radius(flat), previous)


def umap_map(z: NDArray[np.floating], previous: Map | None, *, neighbours: int = 15, seed: int = 0) -> Map:
    """UMAP (arXiv:1802.03426) of the unit rows of `z` [n, d], by cosine distance.

    With a `previous` map the layout starts there and is only refined, which keeps points where they were as far as
    the data allows; without one it starts from PCA. Imports umap, which takes seconds the first time.
    """
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set

    unit = _finite_unit_rows(z)
    k = min(neighbours, len(unit) - 1)
    indices, distances = _nearest(unit, k)
    random_state = np.random.RandomState(seed)
    graph = fuzzy_simplicial_set(
        unit, k, random_state, "cosine", knn_indices=indices, knn_dists=distances, return_dists=False
    )[0]
    start = pca_map(z) if previous is None else previous
    epochs, alpha = (200, 1.0) if previous is None else (30, 0.2)
    return turned(to_unit_radius(_optimized(start, graph, epochs, alpha, find_ab_params(1.0, 0.1), seed)), previous)


def to_unit_radius(flat: NDArray[np.floating]) -> Map:
    """Centred, and scaled so that nine points in ten lie within 1 of the centre."""
    centred = flat - flat.mean(axis=0)
    radius = float(np.quantile(np.linalg.norm(centred, axis=1), 0.9))
    return np.asarray(centred / max(radius, 1e-9), dtype=np.float32)


def turned(flat: Map, previous: Map | None) -> Map:
    """`flat` turned and mirrored to lie as near to `previous` as it can (orthogonal Procrustes)."""
    if previous is None:
        return flat
    u, _, v = np.linalg.svd(flat.T @ previous)
    return np.asarray(flat @ (u @ v), dtype=np.float32)


def _finite_unit_rows(z: NDArray[np.floating]) -> NDArray[np.float32]:
    """A diverged run has a map as well: a row that is no number lies at the origin."""
    return np.nan_to_num(unit_rows(z.astype(np.float32)), nan=0)


def _nearest(unit: NDArray[np.float32], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Exact nearest neighbours by cosine distance, oneself first as UMAP expects: [n, k] and [n, k]."""
    distances = np.clip(1 - unit @ unit.T, 0, None)
    np.fill_diagonal(distances, -1)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1, kind="stable")
    nearest = np.take_along_axis(nearest, order, axis=1)
    found = np.take_along_axis(distances, nearest, axis=1)
    found[:, 0] = 0
    return nearest.astype(np.int32), found.astype(np.float32)


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
