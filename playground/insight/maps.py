"""Two-dimensional maps of embeddings: PCA, UMAP and t-SNE. A new kind is one function and one line in `MAP_MAKERS`.

A map starts from the previous one, so that points move continuously. PCA needs numpy only; umap and sklearn are
imported when their first map is made, which takes seconds.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centre, finite_unit_rows, iterate_chunks, smallest_columns, squared_distances

FEWEST_POINTS = 4  # of a t-SNE map
PERPLEXITY = 30.0
NATURAL_RADIUS = 1.3  # of a converged t-SNE layout, times sqrt(n): measured at 1,000 and 5,000 points
ANY_GRADIENT = 1e30  # larger than any gradient

Map = NDArray[np.float32]  # [n, 2], centred, of radius about 1


def scale_to_unit_radius(flat: NDArray[np.floating]) -> Map:
    """`flat` [n, 2], centred and scaled so that nine points in ten lie within 1 of the centre."""
    centred = flat - flat.mean(axis=0)
    radius = float(np.quantile(np.linalg.norm(centred, axis=1), 0.9))
    return np.asarray(centred / max(radius, 1e-9), dtype=np.float32)


def align_map(flat: Map, previous: Map | None) -> Map:
    """`flat` [n, 2], rotated and mirrored to be as near to `previous` [n, 2] as possible (orthogonal Procrustes)."""
    if previous is None:
        return flat
    u, _, v = np.linalg.svd(flat.T @ previous)
    return np.asarray(flat @ (u @ v), dtype=np.float32)


def umap_map(z: NDArray[np.floating], previous: Map | None, *, neighbours: int = 15, seed: int = 0) -> Map:
    """UMAP (arXiv:1802.03426) of the unit rows of `z` [n, d], by cosine distance: [n, 2].

    With a `previous` map [n, 2] the layout starts there and is only refined, which keeps points near their place;
    without one it starts from PCA.
    """
    from umap.umap_ import find_ab_params, fuzzy_simplicial_set

    unit = finite_unit_rows(z)
    k = min(neighbours, len(unit) - 1)
    indices, distances = _nearest_neighbours(unit, k)
    random_state = np.random.RandomState(seed)
    graph = fuzzy_simplicial_set(
        unit, k, random_state, "cosine", knn_indices=indices, knn_dists=distances, return_dists=False
    )[0]
    start = pca_map(z) if previous is None else previous
    epochs, alpha = (200, 1.0) if previous is None else (30, 0.2)
    return align_map(
        scale_to_unit_radius(_optimise_layout(start, graph, epochs, alpha, find_ab_params(1.0, 0.1), seed)), previous
    )


def _nearest_neighbours(unit: NDArray[np.float32], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Indices and cosine distances [n, k] of the exact nearest neighbours, each point itself first, as UMAP expects."""
    points = centre(unit)
    indices, distances = np.empty((len(unit), k), np.int32), np.empty((len(unit), k), np.float32)
    for part in iterate_chunks(np.arange(len(unit))):
        apart = squared_distances(points, part)
        indices[part] = found = smallest_columns(apart, k)
        distances[part] = np.take_along_axis(apart, found, axis=1) / 2
    distances[:, 0] = 0
    return indices, distances


def _optimise_layout(start: Map, graph: Any, epochs: int, alpha: float, ab: tuple[float, float], seed: int) -> Map:
    """UMAP's own layout optimisation from `start` [n, 2]; its scale is about ten units across."""
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


def tsne_map(z: NDArray[np.floating], previous: Map | None, *, seed: int = 0) -> Map:
    """t-SNE (van der Maaten and Hinton, JMLR 9:2579, 2008) of the unit rows of `z` [n, d]: [n, 2]; PCA below 4 rows.

    With a `previous` map [n, 2] it starts there, at the natural size of t-SNE layouts, and is only refined. Without one
    it starts from PCA with early exaggeration. The perplexity is 30, or a third of the number of other points where
    there are fewer than 90.
    """
    if len(z) < FEWEST_POINTS:
        return pca_map(z, previous)
    points = centre(finite_unit_rows(z))  # a large mean would cost float32 digits in a collapse
    if previous is None or not previous.any():  # points in one place have no gradient that could separate them
        grouped = scale_to_unit_radius(_fit_tsne(points, 1e-4 * pca_map(z), seed, max_iter=250))
        return scale_to_unit_radius(_refine_layout(points, grouped, seed))
    return align_map(scale_to_unit_radius(_refine_layout(points, previous, seed)), previous)


def _refine_layout(points: NDArray[np.float32], start: Map, seed: int) -> NDArray[np.float32]:
    """100 iterations from `start` [n, 2], with sklearn's learning rate without exaggeration, max(n/4, 50).

    sklearn requires a larger `max_iter`; but with this `min_grad_norm` the phases of low and of high momentum both end
    at their first check, after 50 iterations.
    """
    settled = NATURAL_RADIUS * len(points) ** 0.5 * start
    return _fit_tsne(points, settled, seed, early_exaggeration=1.0, min_grad_norm=ANY_GRADIENT)


def _fit_tsne(points: NDArray[np.float32], start: Map, seed: int, **settings: float) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    model = TSNE(perplexity=perplexity, init=start.astype(np.float32), random_state=seed, **settings)
    return np.asarray(model.fit_transform(points))


def pca_map(z: NDArray[np.floating], previous: Map | None = None) -> Map:
    """The two principal components of the unit rows of `z` [n, d], aligned to `previous`: [n, 2]."""
    points = centre(finite_unit_rows(z))
    flat = points @ _leading_axes(points)
    if flat.shape[1] < 2:
        flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    return align_map(scale_to_unit_radius(flat), previous)


def _leading_axes(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The two leading principal axes [d, 2] of centred `points` [n, d]; [d, 1] where d or n is 1."""
    n, d = points.shape
    if n <= d:
        return np.asarray(np.linalg.svd(points, full_matrices=False)[2][:2].T)
    _, axes = np.linalg.eigh(points.T @ points)  # for 5,000 x 512 a tenth of the time of a full decomposition
    return np.asarray(axes[:, ::-1][:, :2])


# (embeddings [n, d], previous map [n, 2] or None) -> map [n, 2].
MAP_MAKERS: dict[str, Callable[[NDArray[np.floating], Map | None], Map]] = {
    "pca": pca_map,
    "umap": umap_map,
    "tsne": tsne_map,
}
