"""Random resized crop, the first operation: reads the view from its image, and mirrors it for the flip.

torchvision.transforms.v2.RandomResizedCrop with `resized_crop`, but drawn per sample; Inception, arXiv:1409.4842.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import CropConfig
from playground.views.operations.operation import Array, Drawn, Operation, check_box_within, record_dtype
from playground.views.operations.pixels import HALF, ZERO, compiled
from playground.views.random_numbers import Draws

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record_dtype(top=np.int32, left=np.int32, height=np.int32, width=np.int32)  # whole pixels of the image
BYTE = np.float32(1 / 255)  # scales uint8 to [0, 1]
CROP_TRIES = 10  # as in torchvision's RandomResizedCrop


def draw_fields(config: CropConfig, draws: Draws) -> dict[str, Array]:
    """Draws boxes [n] like torchvision's RandomResizedCrop.get_params; the whole image where there is no crop.

    The ten tries are drawn at once and the first that fits is taken. Where none fits, torchvision falls back to the
    central crop of an allowed ratio, which for a square image is the whole image.
    """
    side, uniforms = draws.whole, draws.many_uniform(range(3, 3 + 2 * CROP_TRIES))  # [20, n]
    area = side * side * (config.scale_min + (config.scale_max - config.scale_min) * uniforms[:CROP_TRIES])
    ratio = np.exp(math.log(config.ratio_max) * (2 * uniforms[CROP_TRIES:] - 1))
    widths, heights = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
    fits = (widths > 0) & (widths <= side) & (heights > 0) & (heights <= side)
    first, n = fits.argmax(axis=0), np.arange(fits.shape[1])
    cropped = fits[first, n] & draws.happens()
    height = np.where(cropped, heights[first, n], side).astype(np.int32)
    width = np.where(cropped, widths[first, n], side).astype(np.int32)
    top, left = draws.below(1, side - height + 1), draws.below(2, side - width + 1)
    return {"top": top, "left": left, "height": height, "width": width}


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page, such as "crop 40 %", the share of the image's area; "" for the whole image."""
    share = int(drawn["height"]) * int(drawn["width"]) / whole**2
    return f"crop {share:.0%}".replace("%", " %") if share < 1 else ""


@compiled
def read_crop(image, box, mirrored, planes, strip):
    """Reads a box of `image` [whole, whole, 3] into `planes` [3, side, side], mirrored if asked, scaled bilinearly.

    Pixel centres are at halves. Columns are scaled first, into `strip` [3, whole, side], then rows. A box that is
    larger than the view is scaled down without antialiasing.
    """
    side, height = planes.shape[1], box.height
    if image.shape[0] == side and height == side and box.width == side:
        copy_image(image, mirrored, planes)
        return
    step = np.float32(box.width) / np.float32(side)
    for x in range(side):
        low, high, weight = source_pixels(x, step, box.width)
        low, high = low + box.left, high + box.left
        column = side - 1 - x if mirrored else x
        for y in range(height):
            for c in range(3):
                left, right = np.float32(image[box.top + y, low, c]), np.float32(image[box.top + y, high, c])
                strip[c, y, column] = BYTE * (left + weight * (right - left))
    step = np.float32(height) / np.float32(side)
    for y in range(side):
        low, high, weight = source_pixels(y, step, height)
        for c in range(3):
            upper, lower, row = strip[c, low], strip[c, high], planes[c, y]
            for x in range(side):
                row[x] = upper[x] + weight * (lower[x] - upper[x])


@compiled
def source_pixels(position, step, size):
    """The two pixels of a line of `size` that a pixel of the view lies between, and the weight of the second."""
    place = max((np.float32(position) + HALF) * step - HALF, ZERO)
    low = int(place)
    return low, min(low + 1, size - 1), place - np.float32(low)


@compiled
def copy_image(image, mirrored, planes):
    """Writes bytes [side, side, 3] as planes [3, side, side] in [0, 1], mirrored if asked."""
    side = planes.shape[1]
    for y in range(side):
        for x in range(side):
            column = side - 1 - x if mirrored else x
            for c in range(3):
                planes[c, y, column] = np.float32(image[y, x, c]) * BYTE


def read_crops(
    images: "Tensor",
    side: int,
    indices: "Tensor",
    mirrored: "Tensor",
    top: "Tensor",
    left: "Tensor",
    height: "Tensor",
    width: "Tensor",
) -> "Tensor":
    """Reads a box of each selected image, mirrored if asked, scaled bilinearly with pixel centres at halves.

    `images` uint8 [N, whole, whole, 3]; `indices`, `mirrored` and the boxes [n] each. Returns float32
    [n, side, side, 3] in [0, 1].
    """
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
    """The two pixels of the image that each pixel of the view lies between, and the weight of the second: [n, side].

    `places` [n, side] are the pixels of the view, `start` and `size` [n] the boxes along one axis.
    """
    start, size, side = start[:, None], size[:, None], places.shape[1]
    place = ((places + 0.5) * (size / side) - 0.5).clamp(min=0)
    low = place.long()
    return start + low, start + (low + 1).minimum(size - 1), place - low


def check(drawn: Drawn, whole: int, side: int) -> None:
    """Raises ValueError for a box [n] that reaches beyond its image."""
    check_box_within("crop", drawn, whole)


CROP = Operation(name="crop", stream=0, record=RECORD, draw_fields=draw_fields, describe=describe, check=check)
