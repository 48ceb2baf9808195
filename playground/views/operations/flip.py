"""Horizontal flip. It has no pixel operation of its own: `crop` mirrors while it reads pixels."""

import numpy as np

from playground.config.augmentations import FlipConfig
from playground.views.operations.operation import Array, Drawn, Operation, record_dtype
from playground.views.random_numbers import Draws

RECORD = record_dtype(mirrored=np.bool_)


def draw_fields(config: FlipConfig, draws: Draws) -> dict[str, Array]:
    """Draws whether views are mirrored left to right [n]."""
    return {"mirrored": draws.happens()}


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page: "flipped", or ""."""
    return "flipped" if drawn["mirrored"] else ""


FLIP = Operation(name="flip", stream=1, record=RECORD, draw_fields=draw_fields, describe=describe)
