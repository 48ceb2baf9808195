"""2x2 max pooling that can do with little memory."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from playground.models.sparing import spared

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
