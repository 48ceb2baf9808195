"""Draws the parameters of the augmentations for each view of each image.

Flow: `ViewsConfig` -> `draw_parameters` -> `Parameters` -> an executor: `fused.augment_images` on the CPU,
`batched.augment_batch` on a GPU.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.config.augmentations import ViewsConfig
from playground.views.operations import OPERATIONS
from playground.views.random_numbers import Draws, sample_keys

# Parameters of n views: [n] of `PARAMETERS_DTYPE`; `parameters["blur"]["sigma"]` is an array [n].
Parameters = NDArray[Any]
PARAMETERS_DTYPE = np.dtype([(operation.name, operation.record) for operation in OPERATIONS], align=True)

SMALLEST_SIDE = 2  # of an image or a view: the blur mirrors one pixel at the border


def draw_parameters(
    config: ViewsConfig, *, seed: int, epoch: int, indices: NDArray[np.int64], view: int, side: int
) -> Parameters:
    """Draws the parameters [n] of one view of each image.

    `indices` int64 [n] are the images' numbers in the data set; `view` is 0, 1 or above; `side` is that of the images
    in pixels, that of their views is `view_side`. The parameters of an image depend on (seed, epoch, index, view) only.
    Some operations may be more or less frequent in view 1 than in view 0; views above 1 are drawn like view 0.
    """
    keys, smaller = sample_keys(seed, epoch, indices, view), view_side(config, side)
    table = np.empty(len(keys), PARAMETERS_DTYPE)
    for operation in OPERATIONS:
        settings = getattr(config, operation.name)
        draws = Draws(keys, operation.stream, settings.probability_in(view), side, smaller)
        drawn, records = operation.draw_fields(settings, draws), table[operation.name]
        for field in operation.record.names or ():
            records[field] = drawn[field]
    return table


def view_side(config: ViewsConfig, side: int) -> int:
    """Side in pixels of the views of images of `side` pixels."""
    return max(SMALLEST_SIDE, round(config.crop.side * side))
