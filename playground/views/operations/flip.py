"""Horizontal flip. It has no pixel work of its own: `crop` mirrors while it reads."""

import numpy as np

from playground.config.augmentations import FlipConfig
from playground.views.operations.operation import Array, Drawn, Operation, record
from playground.views.random_numbers import Draws

RECORD = record(mirrored=np.bool_)


def draw(config: FlipConfig, draws: Draws) -> dict[str, Array]:
    """Whether a view is mirrored left to right."""
    return {"mirrored": draws.happens()}


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    return "flipped" if drawn["mirrored"] else ""


FLIP = Operation(name="flip", stream=1, record=RECORD, draw=draw, words=words)
