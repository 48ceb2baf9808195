"""Losses over many rows without a large matrix: part after part, loss and gradient in one pass."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

MOST_ENTRIES = 2**21  # of a matrix of similarities at a time: 8 MiB in float32, and losses hold a few of them

# (rows, *inputs) -> the sum of the loss over these rows.
RowsLoss = Callable[..., Tensor]


def rows_at_a_time(columns: int) -> int:
    """How many rows of a matrix of so many columns are in memory together."""
    return max(1, MOST_ENTRIES // columns)


def in_chunks(rows_loss: RowsLoss, rows: int, columns: int, *inputs: Tensor) -> Tensor:
    """The sum over chunks of `rows_loss(slice, *inputs)`, with the exact gradient for every input.

    Memory is that of one chunk of the [rows, columns] matrix instead of all of it. Small matrices take the plain way.
    Losses of a batch depend on the embeddings alone, so their gradient can be kept in place of the graph: it is as
    large as the inputs.
    """
    size = rows_at_a_time(columns)
    if rows <= size:
        return rows_loss(slice(0, rows), *inputs)
    if not torch.is_grad_enabled():
        inputs = tuple(tensor.detach() for tensor in inputs)  # else gradients would be worked out all the same
    # The way back is taken within, too, and autocast would round its products: `dots` guards those on the way forward.
    with torch.autocast(inputs[0].device.type, enabled=False):
        loss: Tensor = _InChunks.apply(rows_loss, rows, size, *inputs)
    return loss


class _InChunks(torch.autograd.Function):
    """Works out the gradient on the way forward, and scales it on the way back."""

    @staticmethod
    def forward(ctx: Any, rows_loss: RowsLoss, rows: int, size: int, *inputs: Tensor) -> Tensor:
        needed = ctx.needs_input_grad[3:]
        gradients = [torch.zeros_like(tensor) if need else None for tensor, need in zip(inputs, needed, strict=True)]
        total = inputs[0].new_zeros(())
        for start in range(0, rows, size):
            total += _one_chunk(rows_loss, slice(start, min(start + size, rows)), inputs, gradients)
        ctx.gradients = gradients
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # as create_graph=True asks for; to autograd the kept gradients are constants
            raise RuntimeError("A loss that was worked out in chunks has no second derivative.")
        return (None, None, None, *(None if gradient is None else gradient * scale for gradient in ctx.gradients))


def _one_chunk(rows_loss: RowsLoss, part: slice, inputs: tuple[Tensor, ...], gradients: list[Tensor | None]) -> Tensor:
    """The loss of one chunk; its gradients are added to `gradients`."""
    leaves = [
        tensor.detach().requires_grad_(gradient is not None) for tensor, gradient in zip(inputs, gradients, strict=True)
    ]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    with torch.enable_grad():
        loss = rows_loss(part, *leaves)
    if wanted:
        found = iter(torch.autograd.grad(loss, wanted))
        for gradient in gradients:
            if gradient is not None:
                gradient += next(found)
    return loss.detach()
