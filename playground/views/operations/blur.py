"""Gaussian blur with a kernel of a tenth of the view's side, the border mirrored. torchvision's `gaussian_blur`."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import BlurConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record
from playground.views.operations.pixels import ZERO, compiled, each
from playground.views.random_numbers import Draws, where

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record(sigma=np.float32)  # pixels; 0 = no blur


def draw(config: BlurConfig, draws: Draws) -> dict[str, Array]:
    """How strongly a view is blurred."""
    return {"sigma": where(draws.happens(), draws.between(1, config.sigma_min, config.sigma_max), 0.0)}


def used(drawn: Drawn) -> Drawn:
    """Whether a view is blurred."""
    return drawn["sigma"] > 0


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    return f"blur {drawn['sigma']:.1f} px" if used(drawn) else ""


def blur_kernel_size(side: int) -> int:
    """The odd number nearest to a tenth of the side (upwards from the middle), at least 3: SimCLR, appendix A."""
    return max(3, 2 * (side // 20) + 1)


kernel_size = compiled(blur_kernel_size)


@compiled
def blur(planes, spare, drawn):
    """Blur columns into `spare`, then rows back, with the border mirrored."""
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
    """A normalised Gaussian of `sigma` pixels on len(weights) pixels."""
    middle, total = weights.size // 2, 0.0
    for k in range(weights.size):
        weights[k] = math.exp(-0.5 * ((k - middle) / sigma) ** 2)
        total += weights[k]
    for k in range(weights.size):
        weights[k] /= np.float32(total)


@compiled
def mirrored(position, side):
    """The pixel that stands for one beyond the border, which is itself not repeated."""
    position = abs(position)
    return 2 * (side - 1) - position if position >= side else position


@compiled
def accumulate_rows(plane, y, weights, out):
    """out = the weighted sum of the rows about row y."""
    out[:] = ZERO
    for k in range(weights.size):
        row, weight = plane[mirrored(y + k - weights.size // 2, plane.shape[0])], weights[k]
        for x in range(out.size):
            out[x] += weight * row[x]


@compiled
def accumulate_shifts(line, weights, out):
    """out[x] = the weighted sum of line[x], line[x + 1], ..."""
    out[:] = ZERO
    for k in range(weights.size):
        part, weight = line[k : k + out.size], weights[k]
        for x in range(out.size):
            out[x] += weight * part[x]


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """What is done on a GPU."""
    yield Step(blur_batch, used(drawn), (drawn["sigma"],))


def blur_batch(pixels: "Tensor", sigma: "Tensor") -> "Tensor":
    """A normalised Gaussian of `sigma` pixels over rows, then over columns, with the border mirrored."""
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
            blurred.addcmul_(wider.narrow(dim, number, side), each(weights[:, number]))
        pixels = blurred
    return pixels


BLUR = PixelOperation(
    name="blur", stream=5, record=RECORD, draw=draw, words=words, used=used, fused=blur, batch_steps=batch_steps
)
