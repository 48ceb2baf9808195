"""Solarisation: inverts pixels at or above a threshold, as torchvision's `solarize`."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import SolarizeConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record_dtype
from playground.views.operations.pixels import ONE, compiled, per_sample
from playground.views.random_numbers import Draws, value_or_neutral

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record_dtype(threshold=np.float32)  # pixels at or above are inverted; above 1 = none
UNREACHABLE = 2.0  # a threshold that no pixel reaches


def draw_fields(config: SolarizeConfig, draws: Draws) -> dict[str, Array]:
    """Draws thresholds [n], in [0, 1], or `UNREACHABLE`."""
    return {"threshold": value_or_neutral(draws.happens(), config.threshold, UNREACHABLE)}


def used(drawn: Drawn) -> Drawn:
    """Whether pixels of views can be inverted."""
    return drawn["threshold"] <= 1


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page: "solarised", or ""."""
    return "solarised" if used(drawn) else ""


@compiled
def solarize(planes, spare, drawn):
    """Inverts pixels of `planes` [3, side, side] at or above the threshold."""
    pixels, threshold = planes.reshape(planes.size), drawn.threshold
    for i in range(pixels.size):
        pixels[i] = ONE - pixels[i] if pixels[i] >= threshold else pixels[i]


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor."""
    yield Step(solarize_batch, used(drawn), (drawn["threshold"],))


def solarize_batch(pixels: "Tensor", threshold: "Tensor") -> "Tensor":
    """Inverts `pixels` [m, side, side, 3] at or above `threshold` [m]."""
    return (1 - pixels).where(pixels >= per_sample(threshold), pixels)


SOLARIZE = PixelOperation(
    name="solarize",
    stream=6,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    used=used,
    fused=solarize,
    batch_steps=batch_steps,
)
