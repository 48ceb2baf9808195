"""2x2 max pooling that can do with little memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

MOST_PIXELS = 2**15  # of an image in which a place is two bytes
_sparing: ContextVar[bool] = ContextVar("sparing", default=False)


@contextmanager
def sparing_memory() -> Iterator[None]:
    """Within, poolings keep as little as they can for the way back. It takes about a fortieth of a step's time."""
    before = _sparing.set(True)
    try:
        yield
    finally:
        _sparing.reset(before)


class MaxPool(nn.Module):
    """[n, c, h, w] -> [n, c, h // 2, w // 2]: `nn.MaxPool2d(2)`, to the bit, and its gradient.

    PyTorch keeps the whole input and eight bytes for the place of each maximum, together more than half of what a small
    encoder keeps of an image. Two bytes for the place are enough.
    """

    def forward(self, x: Tensor) -> Tensor:
        if _sparing.get() and x.requires_grad and x.device.type == "cpu" and x.shape[-2] * x.shape[-1] <= MOST_PIXELS:
            pooled: Tensor = _MaxPool.apply(x)
            return pooled
        return F.max_pool2d(x, 2)


class _MaxPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        pooled, places = F.max_pool2d(x, 2, return_indices=True)
        ctx.save_for_backward(places.to(torch.int16))
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
        found: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(gradient, like, *options, places.long())
        return found
