"""Solarise: invert what is at or above a threshold. torchvision's `solarize`."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import SolarizeConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record
from playground.views.operations.pixels import ONE, compiled, each
from playground.views.random_numbers import Draws, where

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record(threshold=np.float32)  # pixels at or above are inverted; above 1 = none
NEVER = 2.0  # a threshold that no pixel reaches


def draw(config: SolarizeConfig, draws: Draws) -> dict[str, Array]:
    """From which brightness on."""
    return {"threshold": where(draws.happens(), config.threshold, NEVER)}


def used(drawn: Drawn) -> Drawn:
    """Whether there can be pixels that bright."""
    return drawn["threshold"] <= 1


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    return "solarised" if used(drawn) else ""


@compiled
def solarize(planes, spare, drawn):
    """Invert what is at or above the threshold."""
    pixels, threshold = planes.reshape(planes.size), drawn.threshold
    for i in range(pixels.size):
        pixels[i] = ONE - pixels[i] if pixels[i] >= threshold else pixels[i]


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """What is done on a GPU."""
    yield Step(solarize_batch, used(drawn), (drawn["threshold"],))


def solarize_batch(pixels: "Tensor", threshold: "Tensor") -> "Tensor":
    """The same of a whole batch."""
    return (1 - pixels).where(pixels >= each(threshold), pixels)


SOLARIZE = PixelOperation(
    name="solarize", stream=6, record=RECORD, draw=draw, words=words, used=used, fused=solarize, batch_steps=batch_steps
)
