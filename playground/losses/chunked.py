"""Sums a loss over chunks of rows, with its gradient, so that no large matrix is in memory."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

MOST_ENTRIES = 2**21  # of a matrix of similarities at a time: 8 MiB in float32, and losses hold a few of them

# (rows, *inputs) -> the sum of the loss over these rows.
RowsLoss = Callable[..., Tensor]


def rows_per_chunk(columns: int) -> int:
    """Rows of a matrix with `columns` columns that are in memory at a time."""
    return max(1, MOST_ENTRIES // columns)


def sum_in_chunks(rows_loss: RowsLoss, rows: int, columns: int, *inputs: Tensor) -> Tensor:
    """Sum over chunks of `rows_loss(slice, *inputs)`, a scalar, with the exact gradient for every input [*, *].

    Memory is that of one chunk of the [rows, columns] matrix instead of the whole; a small matrix is one chunk. The
    gradient is computed in the forward pass and kept in place of the graph: it is only as large as the inputs. There is
    no second derivative: backward with `create_graph=True` raises RuntimeError.
    """
    size = rows_per_chunk(columns)
    if rows <= size:
        return rows_loss(slice(0, rows), *inputs)
    if not torch.is_grad_enabled():
        inputs = tuple(tensor.detach() for tensor in inputs)  # else gradients would be computed all the same
    # Backward is computed within as well, and autocast would round its products; `dot_products` guards the forward.
    with torch.autocast(inputs[0].device.type, enabled=False):
        loss: Tensor = _InChunks.apply(rows_loss, rows, size, *inputs)
    return loss


class _InChunks(torch.autograd.Function):
    """Computes the gradient in the forward pass, and scales it in the backward pass."""

    @staticmethod
    def forward(ctx: Any, rows_loss: RowsLoss, rows: int, size: int, *inputs: Tensor) -> Tensor:
        needed = ctx.needs_input_grad[3:]
        gradients = [torch.zeros_like(tensor) if need else None for tensor, need in zip(inputs, needed, strict=True)]
        total = inputs[0].new_zeros(())
        for start in range(0, rows, size):
            total += _add_chunk(rows_loss, slice(start, min(start + size, rows)), inputs, gradients)
        ctx.gradients = gradients
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # set by create_graph=True; for autograd the kept gradients are constants
            raise RuntimeError("A loss that was worked out in chunks has no second derivative.")
        return (None, None, None, *(None if gradient is None else gradient * scale for gradient in ctx.gradients))


def _add_chunk(rows_loss: RowsLoss, part: slice, inputs: tuple[Tensor, ...], gradients: list[Tensor | None]) -> Tensor:
    """The loss of the rows `part`, a scalar; adds its gradients to `gradients`."""
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
