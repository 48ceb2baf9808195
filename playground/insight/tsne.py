"""t-SNE maps. Imports sklearn when used."""

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import centred, finite_unit_rows
from playground.insight.flat import Map, to_unit_radius, turned
from playground.insight.pca import pca_map

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
