"""The small encoder: learns something worth seeing within a minute on two CPU cores.

2x2 max pooling that can do with little memory.
"""

from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from playground.config.encoder import SmallConfig
from playground.models.encoder import Encoder
from playground.models.recompute import norm_relu, spared
from playground.models.whitening import whiten

WIDEST = 2**8 - 2  # image in which a place within its 2x2 pixels is one byte: at most a row and one further


class MaxPool(nn.Module):
    """[n, c, h, w] -> [n, c, h // 2, w // 2]: `nn.MaxPool2d(2)`, to the bit, and its gradient.

    PyTorch keeps the whole input and eight bytes for the place of each maximum, together more than half of what a small
    encoder keeps of an image. One byte for the place among its four pixels is enough.
    """

    def forward(self, x: Tensor) -> Tensor:
        if spared() and x.requires_grad and x.device.type == "cpu" and x.shape[-1] <= WIDEST:
            pooled: Tensor = _MaxPool.apply(x)
            return pooled
        return F.max_pool2d(x, 2)


class _MaxPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        pooled, places = F.max_pool2d(x, 2, return_indices=True)
        ctx.save_for_backward((places - _corners(x.shape)).to(torch.uint8))
        last = x.is_contiguous(memory_format=torch.channels_last)
        ctx.shape, ctx.layout = x.shape, torch.channels_last if last else torch.contiguous_format
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (places,) = ctx.saved_tensors
        # Of the input only shape, type and layout are asked for: this one is never filled.
        like = torch.empty(ctx.shape, dtype=gradient.dtype, memory_format=ctx.layout)
        options = [2, 2], [2, 2], [0, 0], [1, 1], False  # kernel, stride, padding, dilation, whether to round up
        at = places + _corners(ctx.shape)
        found: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(gradient, like, *options, at)
        return found


def _corners(shape: torch.Size) -> Tensor:
    """[h // 2, w // 2]: where in an image, row after row, the first of every four pixels is."""
    height, width = shape[-2:]
    rows = torch.arange(height // 2)[:, None] * 2 * width
    return rows + torch.arange(width // 2) * 2


class SmallEncoder(Encoder):
    """Four 3x3 convolutions, widths w, 2w, 4w, 8w; `feature_dim` = 8w.

    Pooling comes *before* batch norm and ReLU: the same parameters on a quarter of the pixels, a third faster.
    """

    def __init__(self, config: SmallConfig, side: int) -> None:
        super().__init__()
        w = config.width
        # Larger images are halved by the first convolution, which keeps their cost near that of 32 pixels.
        stride = 1 if side <= 32 else 2
        self.blocks = nn.Sequential(
            _block(3, w, stride=stride), _block(w, 2 * w), _block(2 * w, 4 * w), _block(4 * w, 8 * w, pool=False)
        )
        self.feature_dim = 8 * w
        self.whitened = config.first_layer == "whitening"
        if self.whitened:
            self.first.requires_grad_(False)

    @property
    def first(self) -> nn.Conv2d:
        """The first convolution."""
        return cast(nn.Conv2d, self.get_submodule("blocks.0.0"))

    def prepare(self, images: NDArray[np.uint8]) -> None:
        """A first layer that is not learned is made from `images`."""
        if self.whitened:
            whiten(self.first, images)

    def features(self, x: Tensor) -> Tensor:
        """[n, 3, side, side] -> h [n, 8w]."""
        features: Tensor = self.blocks(x).mean(dim=(2, 3))
        return features


class Block(nn.Sequential):
    """A convolution, pooling where there is any, batch norm and ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, side, side] -> the block's channels, half the side with pooling."""
        *before, norm, _relu = self
        for layer in before:
            x = layer(x)
        return norm_relu(norm, x)


def _block(inputs: int, outputs: int, *, stride: int = 1, pool: bool = True) -> Block:
    # No bias: batch norm would subtract it again.
    convolution = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
    pooling = [MaxPool()] if pool else []
    return Block(convolution, *pooling, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
