"""Grayscale: sets every channel to the luma, as torchvision's `rgb_to_grayscale` with three channels."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import GrayscaleConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record_dtype
from playground.views.operations.pixels import compiled, luma, luma_of_batch, plane_vector
from playground.views.random_numbers import Draws

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record_dtype(on=np.bool_)


def draw_fields(config: GrayscaleConfig, draws: Draws) -> dict[str, Array]:
    """Draws whether views lose all colour [n]."""
    return {"on": draws.happens()}


def used(drawn: Drawn) -> Drawn:
    """Whether views lose all colour."""
    return drawn["on"]


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page: "grey", or ""."""
    return "grey" if used(drawn) else ""


@compiled
def grayscale(planes, spare, drawn):
    """Sets every channel of `planes` [3, side, side] to the luma."""
    red, green, blue = plane_vector(planes, 0), plane_vector(planes, 1), plane_vector(planes, 2)
    for i in range(red.size):
        gray = luma(red[i], green[i], blue[i])
        red[i], green[i], blue[i] = gray, gray, gray


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor."""
    yield Step(grayscale_batch, used(drawn))


def grayscale_batch(pixels: "Tensor") -> "Tensor":
    """Sets every channel of `pixels` [m, side, side, 3] to the luma."""
    return luma_of_batch(pixels).expand_as(pixels).contiguous()


GRAYSCALE = PixelOperation(
    name="grayscale",
    stream=4,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    used=used,
    fused=grayscale,
    batch_steps=batch_steps,
)
