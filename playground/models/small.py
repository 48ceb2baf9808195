"""The small encoder, which learns within a minute on two CPU cores, and its max pooling, which saves little memory."""

from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from playground.config.encoder import SmallConfig
from playground.models.encoder import Encoder
from playground.models.recompute import is_saving_memory, norm_relu
from playground.models.whitening import whiten_filters

WIDEST_IMAGE = 2**8 - 2  # pixels: the largest offset within 2x2 pixels, a row and one more, fits into one byte


class MaxPool(nn.Module):
    """[n, c, h, w] -> [n, c, h // 2, w // 2], bit for bit as `nn.MaxPool2d(2)`, with its gradient.

    PyTorch saves the whole input and eight bytes for the index of each maximum, together more than half of what the
    small encoder saves of an image. While saving memory, one byte for the offset among the four pixels replaces both.
    """

    def forward(self, x: Tensor) -> Tensor:
        if is_saving_memory() and x.requires_grad and x.device.type == "cpu" and x.shape[-1] <= WIDEST_IMAGE:
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
        # Only shape, type and layout of the input are used, so it is never filled.
        like = torch.empty(ctx.shape, dtype=gradient.dtype, memory_format=ctx.layout)
        options = [2, 2], [2, 2], [0, 0], [1, 1], False  # kernel, stride, padding, dilation, whether to round up
        at = places + _corners(ctx.shape)
        found: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(gradient, like, *options, at)
        return found


def _corners(shape: torch.Size) -> Tensor:
    """Index [h // 2, w // 2] of the first of every four pixels in a flattened image [h, w]."""
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
        # The first convolution halves larger images, so that they cost little more than 32 pixels.
        stride = 1 if side <= 32 else 2
        self.blocks = nn.Sequential(
            _conv_block(3, w, stride=stride),
            _conv_block(w, 2 * w),
            _conv_block(2 * w, 4 * w),
            _conv_block(4 * w, 8 * w, pool=False),
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
        """Computes the filters of a whitening first layer from `images` [n, side, side, 3]."""
        if self.whitened:
            whiten_filters(self.first, images)

    def features(self, x: Tensor) -> Tensor:
        """Images [n, 3, side, side] -> h [n, 8w]."""
        features: Tensor = self.blocks(x).mean(dim=(2, 3))
        return features


class ConvBlock(nn.Sequential):
    """Convolution, optional pooling, batch norm and ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, side, side] -> [n, outputs, side, side], or half the side with pooling."""
        *before, norm, _relu = self
        for layer in before:
            x = layer(x)
        return norm_relu(norm, x)


def _conv_block(inputs: int, outputs: int, *, stride: int = 1, pool: bool = True) -> ConvBlock:
    # No bias: batch norm would subtract it again.
    convolution = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
    pooling = [MaxPool()] if pool else []
    return ConvBlock(convolution, *pooling, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
