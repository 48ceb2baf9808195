"""Cutout: a grey square at a random place of the view. arXiv:1708.04552."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import CutoutConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, check_box_within, record_dtype
from playground.views.operations.pixels import HALF, compiled
from playground.views.random_numbers import Draws

if TYPE_CHECKING:
    from torch import Tensor

# The box in whole pixels of the view, cut off at its border; height 0 = none.
RECORD = record_dtype(top=np.int32, left=np.int32, height=np.int32, width=np.int32)


def draw_fields(config: CutoutConfig, draws: Draws) -> dict[str, Array]:
    """Draws boxes [n] whose centre may be any pixel, so part of it may lie outside: arXiv:1708.04552, section 3.2."""
    side, happens = draws.side, draws.happens()
    size = max(1, round(config.size * side))
    found = dict[str, Array]()
    for slot, (start, extent) in enumerate((("top", "height"), ("left", "width")), start=1):
        first = draws.below(slot, side) - size // 2
        found[start] = np.maximum(first, 0).astype(np.int32)
        found[extent] = np.where(happens, np.minimum(first + size, side) - found[start], 0).astype(np.int32)
    return found


def used(drawn: Drawn) -> Drawn:
    """Whether views get a box."""
    return drawn["height"] > 0


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page: "cutout", or "" where the view has no box."""
    return "cutout" if used(drawn) else ""


def check(drawn: Drawn, whole: int, side: int) -> None:
    """Raises ValueError for a box [n] that reaches beyond its view."""
    check_box_within("cutout", drawn, side)


@compiled
def cutout(planes, spare, drawn):
    """Fills a box of `planes` [3, side, side] with grey."""
    for c in range(3):
        for y in range(drawn.top, drawn.top + drawn.height):
            for x in range(drawn.left, drawn.left + drawn.width):
                planes[c, y, x] = HALF


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor."""
    yield Step(cutout_batch, used(drawn), (drawn["top"], drawn["left"], drawn["height"], drawn["width"]))


def cutout_batch(pixels: "Tensor", top: "Tensor", left: "Tensor", height: "Tensor", width: "Tensor") -> "Tensor":
    """Fills a box [m] of each of `pixels` [m, side, side, 3] with grey."""
    import torch

    places = torch.arange(pixels.shape[1], device=pixels.device)
    rows, columns = (
        (places >= start[:, None]) & (places < (start + size)[:, None])
        for start, size in ((top, height), (left, width))
    )
    return pixels.masked_fill((rows[:, :, None] & columns[:, None, :])[..., None], 0.5)


CUTOUT = PixelOperation(
    name="cutout",
    stream=8,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    check=check,
    used=used,
    fused=cutout,
    batch_steps=batch_steps,
)
