"""Rotation about the centre, bilinear, with black outside of the image, as torchvision's `rotate`."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import RotationConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record_dtype
from playground.views.operations.pixels import HALF, ONE, ZERO, compiled
from playground.views.random_numbers import Draws, value_or_neutral

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record_dtype(angle=np.float32)  # degrees, counter-clockwise; 0 = none


def draw_fields(config: RotationConfig, draws: Draws) -> dict[str, Array]:
    """Draws angles [n] in degrees, up to the given number to either side."""
    return {"angle": value_or_neutral(draws.happens(), draws.between(1, -config.degrees, config.degrees), 0.0)}


def used(drawn: Drawn) -> Drawn:
    """Whether views are rotated."""
    return drawn["angle"] != 0


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page, such as "turned +12°"; "" where the view is not rotated."""
    return f"turned {drawn['angle']:+.0f}°" if used(drawn) else ""


@compiled
def rotate(planes, spare, drawn):
    """Rotates `planes` [3, side, side] counter-clockwise about the centre, bilinearly, with black outside.

    At the border torchvision multiplies the zero-padded image by the equally interpolated mask of the inside.
    """
    side = planes.shape[1]
    cosine, sine = np.float32(math.cos(math.radians(drawn.angle))), np.float32(math.sin(math.radians(drawn.angle)))
    middle = np.float32(side - 1) * HALF
    copy_planes(planes, spare)
    for y in range(side):
        for x in range(side):
            dx, dy = np.float32(x) - middle, np.float32(y) - middle
            bilinear(spare, cosine * dx - sine * dy + middle, sine * dx + cosine * dy + middle, planes, y, x)


@compiled
def copy_planes(planes, out):
    """Copies `planes` to `out` as vectors: numba does not vectorise an assignment of whole arrays."""
    pixels, copied = planes.reshape(planes.size), out.reshape(out.size)
    for i in range(pixels.size):
        copied[i] = pixels[i]


@compiled
def bilinear(planes, px, py, out, y, x):
    """Sets out[:, y, x] to `planes` at (py, px), times the weight of those of the four neighbours that are inside."""
    side = planes.shape[1]
    column, row = math.floor(px), math.floor(py)  # numba's floor gives an integer
    left, right = inside_shares(column, px - np.float32(column), side)
    upper, lower = inside_shares(row, py - np.float32(row), side)
    inside = (left + right) * (upper + lower)
    x0, x1, y0, y1 = (
        nearest_inside(column, side),
        nearest_inside(column + 1, side),
        nearest_inside(row, side),
        nearest_inside(row + 1, side),
    )
    for c in range(3):
        above = left * planes[c, y0, x0] + right * planes[c, y0, x1]
        below = left * planes[c, y1, x0] + right * planes[c, y1, x1]
        out[c, y, x] = inside * (upper * above + lower * below)


@compiled
def inside_shares(position, weight, side):
    """The interpolation weights of a pixel and of the next one, 0 for those outside."""
    return ONE - weight if 0 <= position < side else ZERO, weight if -1 <= position < side - 1 else ZERO


@compiled
def nearest_inside(position, side):
    """Index of the nearest pixel inside."""
    return min(max(position, 0), side - 1)


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor."""
    yield Step(rotate_batch, used(drawn), (drawn["angle"],))


def rotate_batch(pixels: "Tensor", angle: "Tensor") -> "Tensor":
    """Rotates `pixels` [m, side, side, 3] by `angle` [m] degrees, as `rotate`."""
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
    """The two pixels of a line around each place, and their weights, [m, side, side] each.

    A pixel outside has weight 0 and is replaced by the nearest one inside.
    """
    low = place.floor()
    share = place - low
    inside = [(pixel >= 0) & (pixel <= side - 1) for pixel in (low, low + 1)]
    pixels = [pixel.clamp(0, side - 1).long() for pixel in (low, low + 1)]
    return (pixels[0], pixels[1]), ((1 - share) * inside[0], share * inside[1])


ROTATION = PixelOperation(
    name="rotation",
    stream=2,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    used=used,
    fused=rotate,
    batch_steps=batch_steps,
)
