"""Gaussian blur with a kernel of a tenth of the view's side and a mirrored border, as torchvision's `gaussian_blur`."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import BlurConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record_dtype
from playground.views.operations.pixels import ZERO, compiled, per_sample
from playground.views.random_numbers import Draws, value_or_neutral

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record_dtype(sigma=np.float32)  # pixels; 0 = no blur


def draw_fields(config: BlurConfig, draws: Draws) -> dict[str, Array]:
    """Draws the standard deviation of the blur [n], in pixels."""
    return {"sigma": value_or_neutral(draws.happens(), draws.between(1, config.sigma_min, config.sigma_max), 0.0)}


def used(drawn: Drawn) -> Drawn:
    """Whether views are blurred."""
    return drawn["sigma"] > 0


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page, such as "blur 1.2 px"; "" where the view is not blurred."""
    return f"blur {drawn['sigma']:.1f} px" if used(drawn) else ""


def blur_kernel_size(side: int) -> int:
    """Size of the kernel in pixels: the odd number nearest to a tenth of `side`, at least 3. SimCLR, appendix A."""
    return max(3, 2 * (side // 20) + 1)


kernel_size = compiled(blur_kernel_size)


@compiled
def blur(planes, spare, drawn):
    """Blurs columns from `planes` [3, side, side] into `spare`, then rows back, with a mirrored border."""
    side = planes.shape[1]
    weights = np.empty(kernel_size(side), np.float32)
    gaussian_weights(drawn.sigma, weights)
    middle = weights.size // 2
    line = np.empty(side + 2 * middle, np.float32)
    for c in range(3):
        for y in range(side):
            accumulate_rows(planes[c], y, weights, spare[c, y])
        for y in range(side):
            for x in range(-middle, side + middle):
                line[x + middle] = spare[c, y, mirrored(x, side)]
            accumulate_shifts(line, weights, planes[c, y])


@compiled
def gaussian_weights(sigma, weights):
    """Fills `weights` [k] with a normalised Gaussian with a standard deviation of `sigma` pixels."""
    middle, total = weights.size // 2, 0.0
    for k in range(weights.size):
        weights[k] = math.exp(-0.5 * ((k - middle) / sigma) ** 2)
        total += weights[k]
    for k in range(weights.size):
        weights[k] /= np.float32(total)


@compiled
def mirrored(position, side):
    """Index of the pixel that `position` mirrors to at the border; the border pixel itself is not repeated."""
    position = abs(position)
    return 2 * (side - 1) - position if position >= side else position


@compiled
def accumulate_rows(plane, y, weights, out):
    """Sets `out` [side] to the weighted sum of the rows around row `y` of `plane` [side, side]."""
    out[:] = ZERO
    for k in range(weights.size):
        row, weight = plane[mirrored(y + k - weights.size // 2, plane.shape[0])], weights[k]
        for x in range(out.size):
            out[x] += weight * row[x]


@compiled
def accumulate_shifts(line, weights, out):
    """Sets out[x] to the weighted sum of line[x], line[x + 1], ..., line[x + k - 1]."""
    out[:] = ZERO
    for k in range(weights.size):
        part, weight = line[k : k + out.size], weights[k]
        for x in range(out.size):
            out[x] += weight * part[x]


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor."""
    yield Step(blur_batch, used(drawn), (drawn["sigma"],))


def blur_batch(pixels: "Tensor", sigma: "Tensor") -> "Tensor":
    """Blurs `pixels` [m, side, side, 3] by `sigma` [m] over rows, then over columns, with a mirrored border."""
    import torch

    side = pixels.shape[1]
    reach = blur_kernel_size(side) // 2
    offsets = torch.arange(-reach, reach + 1, device=pixels.device)
    weights = torch.softmax(-0.5 * (offsets / sigma[:, None]).square(), dim=1)
    places = torch.arange(-reach, side + reach, device=pixels.device).abs()
    reflected = side - 1 - (side - 1 - places).abs()
    for dim in (1, 2):
        wider, blurred = pixels.index_select(dim, reflected), torch.zeros_like(pixels)
        for number in range(2 * reach + 1):
            blurred.addcmul_(wider.narrow(dim, number, side), per_sample(weights[:, number]))
        pixels = blurred
    return pixels


BLUR = PixelOperation(
    name="blur",
    stream=5,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    used=used,
    fused=blur,
    batch_steps=batch_steps,
)
