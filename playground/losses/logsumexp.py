"""The part of a softmax loss that costs: every anchor against every key, loss and gradient in one pass."""

from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement
from typing import Any

import torch
from torch import Tensor

from playground.losses.chunked import rows_at_a_time

NOTHING = float("-inf")  # the logit of what does not count
COLDEST = 0.025  # temperature for which exp(-2 / temperature) is a number that float32 can hold
MOST_HELD = (
    2**26
)  # entries of a matrix of which the upper half is held, 144 MiB in float32; of a larger one each is made twice
SIDE = 512  # rows and columns of a tile: as fast as 1,024, and it fits into gaps of the memory


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
        _refuse_second_derivative()
        needed = zip(ctx.gradients, ctx.needs_input_grad, strict=False)
        return *(gradient * scale if need else None for gradient, need in needed), None


def sum_of_log_sums_among(z: Tensor, temperature: float) -> Tensor:
    """The sum over all i of log(sum over all j other than i of exp(z_i . z_j / temperature)), a scalar, for rows of
    length 1: `sum_of_log_sums(z / temperature, z, without_own=True)` in about half of the time.

    `z` [n, d]; `temperature` at least `COLDEST`. The matrix is symmetric, so that the tiles of its upper half are
    enough, and what rows and columns give for the gradient is one product: with s_i the inner sum, the gradient for z_i
    is the sum over j of exp(z_i . z_j / temperature) (1 / s_i + 1 / s_j) z_j / temperature. Where autocast is on and
    the matrix is a large one, these products, and only they, are rounded to its type.
    """
    products = _type_of_products(z)
    with torch.autocast(z.device.type, enabled=False):  # else it would round the logits
        total: Tensor = _Among.apply(z, temperature, products)
    return total


def _type_of_products(z: Tensor) -> torch.dtype:
    """Those of a single tile cost next to nothing."""
    device = z.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) and len(z) > SIDE else z.dtype


class _Among(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, temperature: float, products: torch.dtype) -> Tensor:
        sums, held = z.new_zeros(len(z)), []
        for rows, columns, weights in _upper_half(z, temperature):
            sums[rows] += weights.sum(dim=1)
            if columns != rows:
                sums[columns] += weights.sum(dim=0)
            if ctx.needs_input_grad[0] and len(z) ** 2 <= MOST_HELD:
                held.append((rows, columns, weights.to(products)))
        if ctx.needs_input_grad[0]:
            upper_half = held or _upper_half(z, temperature)
            ctx.gradient = _gradient_among(z, sums, upper_half, products) / temperature
        return (sums.log() + 1 / temperature).sum()

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor, None, None]:
        _refuse_second_derivative()
        return ctx.gradient * scale, None, None


Tile = tuple[slice, slice, Tensor]  # of a matrix: rows, columns, and what is there


def _upper_half(z: Tensor, temperature: float) -> Iterator[Tile]:
    """Of exp((z_i . z_j - 1) / temperature), 0 where j = i. Squares: of bf16 each other shape is compiled anew."""
    parts = [slice(start, start + SIDE) for start in range(0, len(z), SIDE)]
    for rows, columns in combinations_with_replacement(parts, 2):
        logits = torch.addmm(z.new_full((), -1 / temperature), z[rows], z[columns].T, alpha=1 / temperature)
        weights = logits.exp_()
        if columns == rows:
            weights.diagonal().zero_()
        yield rows, columns, weights


def _gradient_among(z: Tensor, sums: Tensor, upper_half: Iterable[Tile], products: torch.dtype) -> Tensor:
    """What is rounded has lost its mean before, and gets it back: near collapse the rest is small beside it."""
    if products == z.dtype:
        return _weighed(z, sums, upper_half)
    mean = z.mean(dim=0)
    keys = torch.cat([z - mean, torch.ones_like(z[:, :1])], dim=1)  # the last column adds up the weights
    found = _weighed(keys.to(products), sums, upper_half)
    return found[:, :-1].addr(found[:, -1], mean)


def _weighed(keys: Tensor, sums: Tensor, upper_half: Iterable[Tile]) -> Tensor:
    found, shares = sums.new_zeros(keys.shape), (1 / sums).to(keys.dtype)
    for rows, columns, tile in upper_half:
        weights = tile.to(keys.dtype).mul_(shares[rows, None] + shares[columns])
        found[rows] += weights @ keys[columns]
        if columns != rows:
            found[columns] += weights.T @ keys[rows]
    return found


def _refuse_second_derivative() -> None:
    if torch.is_grad_enabled():  # as create_graph=True asks for; to autograd the kept gradients are constants
        raise RuntimeError("A loss whose gradient was made with it has no second derivative.")
