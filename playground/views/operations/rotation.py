"""Rotation about the centre, bilinear; corners that come from outside are black. torchvision's `rotate`."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import RotationConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record
from playground.views.operations.pixels import HALF, ONE, ZERO, compiled
from playground.views.random_numbers import Draws, where

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record(angle=np.float32)  # degrees, counter-clockwise; 0 = none


def draw(config: RotationConfig, draws: Draws) -> dict[str, Array]:
    """An angle of up to so many degrees to either side."""
    return {"angle": where(draws.happens(), draws.between(1, -config.degrees, config.degrees), 0.0)}


def used(drawn: Drawn) -> Drawn:
    """Whether a view is turned."""
    return drawn["angle"] != 0


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    return f"turned {drawn['angle']:+.0f}°" if used(drawn) else ""


@compiled
def rotate(planes, spare, drawn):
    """Turn counter-clockwise about the centre, bilinear; what comes from outside is black.

    At the border torchvision multiplies the zero-padded image by the equally interpolated mask of the inside.
    """
    side = planes.shape[1]
    cosine, sine = np.float32(math.cos(math.radians(drawn.angle))), np.float32(math.sin(math.radians(drawn.angle)))
    middle = np.float32(side - 1) * HALF
    copy(planes, spare)
    for y in range(side):
        for x in range(side):
            dx, dy = np.float32(x) - middle, np.float32(y) - middle
            bilinear(spare, cosine * dx - sine * dy + middle, sine * dx + cosine * dy + middle, planes, y, x)


@compiled
def copy(planes, out):
    """As vectors: an assignment of whole arrays is not compiled into one."""
    pixels, copied = planes.reshape(planes.size), out.reshape(out.size)
    for i in range(pixels.size):
        copied[i] = pixels[i]


@compiled
def bilinear(planes, px, py, out, y, x):
    """out[:, y, x] = planes at the place (py, px), times the share of the four neighbours that is inside."""
    side = planes.shape[1]
    column, row = math.floor(px), math.floor(py)  # numba's floor gives an integer
    left, right = shares(column, px - np.float32(column), side)
    upper, lower = shares(row, py - np.float32(row), side)
    inside = (left + right) * (upper + lower)
    x0, x1, y0, y1 = within(column, side), within(column + 1, side), within(row, side), within(row + 1, side)
    for c in range(3):
        above = left * planes[c, y0, x0] + right * planes[c, y0, x1]
        below = left * planes[c, y1, x0] + right * planes[c, y1, x1]
        out[c, y, x] = inside * (upper * above + lower * below)


@compiled
def shares(position, weight, side):
    """The shares of a pixel and of the next one, 0 for those outside."""
    return ONE - weight if 0 <= position < side else ZERO, weight if -1 <= position < side - 1 else ZERO


@compiled
def within(position, side):
    """The nearest pixel that exists."""
    return min(max(position, 0), side - 1)


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """What is done on a GPU."""
    yield Step(rotate_batch, used(drawn), (drawn["angle"],))


def rotate_batch(pixels: "Tensor", angle: "Tensor") -> "Tensor":
    """The same of a whole batch."""
    import torch

    side, radians = pixels.shape[1], torch.deg2rad(angle)[:, None, None]
    middle = (side - 1) / 2
    offset = torch.arange(side, device=pixels.device) - middle
    cosine, sine, dx, dy = radians.cos(), radians.sin(), offset[None, None, :], offset[None, :, None]
    columns, across = _neighbours(cosine * dx - sine * dy + middle, side)
    rows, down = _neighbours(sine * dx + cosine * dy + middle, side)
    samples, turned = torch.arange(len(pixels), device=pixels.device)[:, None, None], torch.zeros_like(pixels)
    for row, vertical in zip(rows, down, strict=True):
        for column, horizontal in zip(columns, across, strict=True):
            turned.addcmul_(pixels[samples, row, column], (vertical * horizontal)[..., None])
    return turned * ((across[0] + across[1]) * (down[0] + down[1]))[..., None]


def _neighbours(place: "Tensor", side: int) -> "tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]":
    """The two pixels of a line about each place, and their shares: 0 for a pixel outside, in whose stead one inside is
    named."""
    low = place.floor()
    share = place - low
    inside = [(pixel >= 0) & (pixel <= side - 1) for pixel in (low, low + 1)]
    pixels = [pixel.clamp(0, side - 1).long() for pixel in (low, low + 1)]
    return (pixels[0], pixels[1]), ((1 - share) * inside[0], share * inside[1])


ROTATION = PixelOperation(
    name="rotation", stream=2, record=RECORD, draw=draw, words=words, used=used, fused=rotate, batch_steps=batch_steps
)
