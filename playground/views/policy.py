"""Which view of which image: draws every parameter of the augmentations, and applies none of them.

Flow: `ViewsConfig` -> `draw` -> `Parameters` -> an executor (`fused.apply` on the CPU, `batched.apply` on a GPU).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.config.augmentations import ViewsConfig
from playground.views.operations import OPERATIONS
from playground.views.random_numbers import Draws, sample_keys

# What is done to each of n views: a record of `RECORD` each, `parameters["blur"]["sigma"]` is an array [n].
Parameters = NDArray[Any]
RECORD = np.dtype([(operation.name, operation.record) for operation in OPERATIONS], align=True)

SMALLEST_SIDE = 2  # of an image or a view: the blur mirrors one pixel at the border


def draw(config: ViewsConfig, *, seed: int, epoch: int, indices: NDArray[np.int64], view: int, side: int) -> Parameters:
    """Draw the parameters of one view of each image.

    `indices` [n] are the images' numbers in the data set, `view` is 0 or 1 (any number of views is allowed), `side` is
    that of the images, in pixels; that of their views is `view_side`. What is drawn for an image depends on (seed,
    epoch, index, view) alone. View 1 is the second view, in which some operations may be more or less frequent than in
    the first; views above 1 are drawn as the first is.
    """
    keys, smaller = sample_keys(seed, epoch, indices, view), view_side(config, side)
    table = np.empty(len(keys), RECORD)
    for operation in OPERATIONS:
        settings = getattr(config, operation.name)
        draws = Draws(keys, operation.stream, settings.probability_in(view), side, smaller)
        drawn, records = operation.draw(settings, draws), table[operation.name]
        for field in operation.record.names or ():
            records[field] = drawn[field]
    return table


def view_side(config: ViewsConfig, side: int) -> int:
    """How many pixels wide the views of images of that `side` are."""
    return max(SMALLEST_SIDE, round(config.crop.side * side))
