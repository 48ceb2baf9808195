"""Random resized crop, the first operation: it reads the view from its image, mirrored where the flip asks for it.

torchvision.transforms.v2.RandomResizedCrop with `resized_crop`, but drawn per sample; Inception, arXiv:1409.4842.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import CropConfig
from playground.views.operations.operation import Array, Drawn, Operation, box_within, record
from playground.views.operations.pixels import HALF, ZERO, compiled
from playground.views.random_numbers import Draws

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record(top=np.int32, left=np.int32, height=np.int32, width=np.int32)  # whole pixels of the image
BYTE = np.float32(1 / 255)
TRIES = 10  # of torchvision's RandomResizedCrop


def draw(config: CropConfig, draws: Draws) -> dict[str, Array]:
    """The box, as torchvision's RandomResizedCrop.get_params draws it; the whole image where there is no crop.

    The ten tries are drawn at once and the first that fits is taken. Where none fits, torchvision falls back to the
    central crop of an allowed ratio: that of a square image is the whole image.
    """
    side, uniforms = draws.whole, draws.many_uniform(range(3, 3 + 2 * TRIES))  # [20, n]
    area = side * side * (config.scale_min + (config.scale_max - config.scale_min) * uniforms[:TRIES])
    ratio = np.exp(math.log(config.ratio_max) * (2 * uniforms[TRIES:] - 1))
    widths, heights = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
    fits = (widths > 0) & (widths <= side) & (heights > 0) & (heights <= side)
    first, n = fits.argmax(axis=0), np.arange(fits.shape[1])
    cropped = fits[first, n] & draws.happens()
    height = np.where(cropped, heights[first, n], side).astype(np.int32)
    width = np.where(cropped, widths[first, n], side).astype(np.int32)
    top, left = draws.below(1, side - height + 1), draws.below(2, side - width + 1)
    return {"top": top, "left": left, "height": height, "width": width}


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    share = int(drawn["height"]) * int(drawn["width"]) / whole**2
    return f"crop {share:.0%}".replace("%", " %") if share < 1 else ""


@compiled
def read(image, box, mirrored, planes, strip):
    """Cut out a box, mirror it if asked, scale it to the view's side: bilinear, pixel centres at halves.

    Columns first, then rows. A box that is larger than the view is scaled down without antialiasing.
    """
    side, height = planes.shape[1], box.height
    if image.shape[0] == side and height == side and box.width == side:
        copy(image, mirrored, planes)
        return
    step = np.float32(box.width) / np.float32(side)
    for x in range(side):
        low, high, weight = source(x, step, box.width)
        low, high = low + box.left, high + box.left
        column = side - 1 - x if mirrored else x
        for y in range(height):
            for c in range(3):
                left, right = np.float32(image[box.top + y, low, c]), np.float32(image[box.top + y, high, c])
                strip[c, y, column] = BYTE * (left + weight * (right - left))
    step = np.float32(height) / np.float32(side)
    for y in range(side):
        low, high, weight = source(y, step, height)
        for c in range(3):
            upper, lower, row = strip[c, low], strip[c, high], planes[c, y]
            for x in range(side):
                row[x] = upper[x] + weight * (lower[x] - upper[x])


@compiled
def source(position, step, size):
    """The two pixels of a line of `size` between which a pixel of the view lies, and the share of the second."""
    place = max((np.float32(position) + HALF) * step - HALF, ZERO)
    low = int(place)
    return low, min(low + 1, size - 1), place - np.float32(low)


@compiled
def copy(image, mirrored, planes):
    """Bytes to [0, 1], mirrored if asked."""
    side = planes.shape[1]
    for y in range(side):
        for x in range(side):
            column = side - 1 - x if mirrored else x
            for c in range(3):
                planes[c, y, column] = np.float32(image[y, x, c]) * BYTE


def read_batch(
    images: "Tensor",
    side: int,
    indices: "Tensor",
    mirrored: "Tensor",
    top: "Tensor",
    left: "Tensor",
    height: "Tensor",
    width: "Tensor",
) -> "Tensor":
    """Cut out a box, mirror it if asked, scale it to the view's side: bilinear, pixel centres at halves."""
    import torch

    places = torch.arange(side, device=images.device).expand(len(indices), side)
    upper, lower, down = _between(places, top, height)
    first, second, across = _between(torch.where(mirrored[:, None], side - 1 - places, places), left, width)
    rows, columns = torch.cat([upper, lower], dim=1), torch.cat([first, second], dim=1)
    corners = images[indices[:, None, None], rows[:, :, None], columns[:, None, :]].float()  # [n, 2 side, 2 side, 3]
    one, other = corners.chunk(2, dim=2)
    one, other = torch.lerp(one, other, across[:, None, :, None]).chunk(2, dim=1)
    return torch.lerp(one, other, down[:, :, None, None]) / 255


def _between(places: "Tensor", start: "Tensor", size: "Tensor") -> "tuple[Tensor, Tensor, Tensor]":
    """The two pixels of the image between which each pixel of the view lies, and the share of the second: [n, side]."""
    start, size, side = start[:, None], size[:, None], places.shape[1]
    place = ((places + 0.5) * (size / side) - 0.5).clamp(min=0)
    low = place.long()
    return start + low, start + (low + 1).minimum(size - 1), place - low


def check(drawn: Drawn, whole: int, side: int) -> None:
    """Raise ValueError for a box beyond the image."""
    box_within("crop", drawn, whole)


CROP = Operation(name="crop", stream=0, record=RECORD, draw=draw, words=words, check=check)
