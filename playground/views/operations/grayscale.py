"""Grayscale: every channel becomes the luma. torchvision's `rgb_to_grayscale` with three channels."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import GrayscaleConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record
from playground.views.operations.pixels import compiled, flat, luma, luma_of_batch
from playground.views.random_numbers import Draws

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record(on=np.bool_)


def draw(config: GrayscaleConfig, draws: Draws) -> dict[str, Array]:
    """Whether a view loses all colour."""
    return {"on": draws.happens()}


def used(drawn: Drawn) -> Drawn:
    """Whether it does."""
    return drawn["on"]


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    return "grey" if used(drawn) else ""


@compiled
def grayscale(planes, spare, drawn):
    """Every channel becomes the luma."""
    red, green, blue = flat(planes, 0), flat(planes, 1), flat(planes, 2)
    for i in range(red.size):
        gray = luma(red[i], green[i], blue[i])
        red[i], green[i], blue[i] = gray, gray, gray


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """What is done on a GPU."""
    yield Step(grayscale_batch, used(drawn))


def grayscale_batch(pixels: "Tensor") -> "Tensor":
    """The same of a whole batch."""
    return luma_of_batch(pixels).expand_as(pixels).contiguous()


GRAYSCALE = PixelOperation(
    name="grayscale",
    stream=4,
    record=RECORD,
    draw=draw,
    words=words,
    used=used,
    fused=grayscale,
    batch_steps=batch_steps,
)
