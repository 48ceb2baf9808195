"""Two-dimensional maps of embeddings: PCA, UMAP and t-SNE. A new kind is one function and one line in `MAPS`.

A map starts from the one before it, so that points move and do not jump. PCA needs numpy only; umap and sklearn are
imported when their map is first made, which takes seconds.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centred, chunks, finite_unit_rows, smallest, squared_distances

Map = NDArray[np.float32]  # [n, 2], centred, of radius about 1


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


FEWEST = 4  # points of which there is a map
PERPLEXITY = 30.0
NATURAL_RADIUS = 1.3  # of a layout that has settled, times sqrt(n): measured at 1,000 and 5,000 points
ANY_GRADIENT = 1e30  # no gradient is larger


def tsne_map(z: NDArray[np.floating], previous: Map | None, *, seed: int = 0) -> Map:
    """t-SNE (van der Maaten and Hinton, JMLR 9:2579, 2008) of the unit rows of `z` [n, d]; PCA of fewer than 4.

    With a `previous` map it starts there, at the size that t-SNE's own layouts have, and is only refined: points move
    and do not jump. Without one it starts from a PCA map that "early exaggeration" has drawn into groups. The
    perplexity is 30, or a third of the number of other points where there are fewer than 90.
    """
    if len(z) < FEWEST:
        return pca_map(z, previous)
    points = centred(finite_unit_rows(z))  # the mean changes no distance, but in a collapse it costs float32 digits
    if previous is None or not previous.any():  # points all in one place have no gradient that could part them
        grouped = to_unit_radius(_fitted(points, 1e-4 * pca_map(z), seed, max_iter=250))
        return to_unit_radius(_refined(points, grouped, seed))
    return turned(to_unit_radius(_refined(points, previous, seed)), previous)


def _refined(points: NDArray[np.float32], start: Map, seed: int) -> NDArray[np.float32]:
    """100 iterations on from `start`, with the learning rate of sklearn where nothing is exaggerated, max(n/4, 50).

    `max_iter` cannot be so small; but as no gradient is thought worth going on for, the phases of low and of high
    momentum both end at their first check, after 50.
    """
    settled = NATURAL_RADIUS * len(points) ** 0.5 * start
    return _fitted(points, settled, seed, early_exaggeration=1.0, min_grad_norm=ANY_GRADIENT)


def _fitted(points: NDArray[np.float32], start: Map, seed: int, **settings: float) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    model = TSNE(perplexity=perplexity, init=start.astype(np.float32), random_state=seed, **settings)
    return np.asarray(model.fit_transform(points))


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


__all__ = ["MAPS", "Map", "pca_map", "to_unit_radius", "tsne_map", "turned", "umap_map"]

# From embeddings [n, d] and the map before, or None, to a map.
MAPS: dict[str, Callable[[NDArray[np.floating], Map | None], Map]] = {
    "pca": pca_map,
    "umap": umap_map,
    "tsne": tsne_map,
}
