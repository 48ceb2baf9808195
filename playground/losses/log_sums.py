"""The part of a softmax loss that costs: every anchor against every key, loss and gradient in one pass."""

from typing import Any

import torch
from torch import Tensor

from playground.losses.chunks import rows_at_a_time

NOTHING = float("-inf")  # the logit of what does not count


def sum_of_log_sums(anchors: Tensor, keys: Tensor, *, without_own: bool = False) -> Tensor:
    """The sum over all anchors i of log(sum over all keys j of exp(anchor_i . key_j)): a scalar.

    `anchors` [n, d], over the temperature; `keys` [m, d]. `without_own` leaves out j = i, where the anchors are among
    the keys. The gradient is a softmax times the keys, so that it is made with the loss, some rows at a time: no
    [n, m] matrix is kept, and none is gone through twice.
    """
    # Also the gradient's products: near collapse it is a small difference of keys, of which bf16 would leave nothing.
    with torch.autocast(anchors.device.type, enabled=False):
        total: Tensor = _SumOfLogSums.apply(anchors, keys, without_own)
    return total


class _SumOfLogSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchors: Tensor, keys: Tensor, without_own: bool) -> Tensor:
        gradients = [torch.zeros_like(tensor) for tensor in (anchors, keys)] if any(ctx.needs_input_grad) else None
        total, start = anchors.new_zeros(()), 0
        for rows in torch.split(anchors, rows_at_a_time(len(keys))):
            logits = rows @ keys.T  # [r, m]
            if without_own:
                logits.diagonal(start).fill_(NOTHING)
            top = logits.amax(dim=1, keepdim=True)
            weights = logits.sub_(top).exp_()
            sums = weights.sum(dim=1, keepdim=True)
            total += (sums.log() + top).sum()
            if gradients:
                gradients[0][start : start + len(rows)] = (weights @ keys) / sums
                gradients[1].addmm_(weights.T, rows / sums)
            start += len(rows)
        ctx.gradients = gradients
        return total

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # as create_graph=True asks for; to autograd the kept gradients are constants
            raise RuntimeError("A loss whose gradient was made with it has no second derivative.")
        needed = zip(ctx.gradients, ctx.needs_input_grad, strict=False)
        return *(gradient * scale if need else None for gradient, need in needed), None
