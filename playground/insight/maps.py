"""Flat maps of embeddings. A map starts from the one before it, so that points move and do not jump.

A new kind of map is one file and one line in `MAPS`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from playground.insight.flat import Map, to_unit_radius, turned
from playground.insight.pca import pca_map
from playground.insight.tsne import tsne_map
from playground.insight.umap import umap_map

__all__ = ["MAPS", "Map", "pca_map", "to_unit_radius", "tsne_map", "turned", "umap_map"]

# From embeddings [n, d] and the map before, or None, to a map.
MAPS: dict[str, Callable[[NDArray[np.floating], Map | None], Map]] = {
    "pca": pca_map,
    "umap": umap_map,
    "tsne": tsne_map,
}
