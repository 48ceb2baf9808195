"""Logsumexp of all anchors against all keys, with the gradient in one pass: the costly part of softmax losses."""

from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement
from typing import Any

import torch
from torch import Tensor

from playground.losses.chunked import rows_per_chunk

EXCLUDED = float("-inf")  # the logit of a pair that is left out
LOWEST_TEMPERATURE = 0.025  # temperature for which exp(-2 / temperature) is a number that float32 can hold
# The upper half of a matrix of at most so many entries is kept, 144 MiB in float32; that of a larger one is made twice.
MOST_HELD_ENTRIES = 2**26
TILE_SIDE = 512  # rows and columns of a tile: as fast as 1,024, with less fragmentation of the memory

Tile = tuple[slice, slice, Tensor]  # rows and columns of a matrix, and its entries there


def sum_of_logsumexp(anchors: Tensor, keys: Tensor, *, without_own: bool = False) -> Tensor:
    """The sum over all anchors i of log(sum over all keys j of exp(anchor_i . key_j)): a scalar.

    `anchors` [n, d], divided by the temperature; `keys` [m, d]. `without_own` leaves out j = i, where the anchors are
    the first keys. The gradient is a softmax times the keys and is computed with the loss, some rows at a time: no
    [n, m] matrix is kept or computed twice. Backward with `create_graph=True` raises RuntimeError.
    """
    # Autocast is off for the gradient too: near collapse it is a small difference of keys, which bf16 would lose.
    with torch.autocast(anchors.device.type, enabled=False):
        total: Tensor = _SumOfLogsumexp.apply(anchors, keys, without_own)
    return total


class _SumOfLogsumexp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, anchors: Tensor, keys: Tensor, without_own: bool) -> Tensor:
        gradients = [torch.zeros_like(tensor) for tensor in (anchors, keys)] if any(ctx.needs_input_grad) else None
        total, start = anchors.new_zeros(()), 0
        for rows in torch.split(anchors, rows_per_chunk(len(keys))):
            logits = rows @ keys.T  # [r, m]
            if without_own:
                logits.diagonal(start).fill_(EXCLUDED)
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


def symmetric_sum_of_logsumexp(z: Tensor, temperature: float) -> Tensor:
    """The sum over all i of log(sum over all j != i of exp(z_i . z_j / temperature)), a scalar, for unit rows.

    The same as `sum_of_logsumexp(z / temperature, z, without_own=True)` in about half of the time. `z` [n, d];
    `temperature` at least `LOWEST_TEMPERATURE`. The matrix is symmetric, so that the tiles of its upper half suffice,
    and the gradient is one product: with s_i the inner sum, the gradient for z_i is the sum over j of
    exp(z_i . z_j / temperature) (1 / s_i + 1 / s_j) z_j / temperature. With autocast on and a large matrix, these
    products, and only they, are rounded to the type of autocast.
    """
    products = _product_dtype(z)
    with torch.autocast(z.device.type, enabled=False):  # it would round the logits
        total: Tensor = _SymmetricSum.apply(z, temperature, products)
    return total


def _product_dtype(z: Tensor) -> torch.dtype:
    """The type of autocast, or that of `z` where autocast is off or a single tile makes rounding pointless."""
    device = z.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) and len(z) > TILE_SIDE else z.dtype


class _SymmetricSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, temperature: float, products: torch.dtype) -> Tensor:
        sums, held = z.new_zeros(len(z)), []
        for rows, columns, weights in _upper_tiles(z, temperature):
            sums[rows] += weights.sum(dim=1)
            if columns != rows:
                sums[columns] += weights.sum(dim=0)
            if ctx.needs_input_grad[0] and len(z) ** 2 <= MOST_HELD_ENTRIES:
                held.append((rows, columns, weights.to(products)))
        if ctx.needs_input_grad[0]:
            upper_half = held or _upper_tiles(z, temperature)
            ctx.gradient = _symmetric_gradient(z, sums, upper_half, products) / temperature
        return (sums.log() + 1 / temperature).sum()

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor, None, None]:
        _refuse_second_derivative()
        return ctx.gradient * scale, None, None


def _upper_tiles(z: Tensor, temperature: float) -> Iterator[Tile]:
    """Tiles of the upper half of exp((z_i . z_j - 1) / temperature) [n, n], 0 where j = i.

    Tiles are square, as bf16 kernels are compiled anew for each other shape.
    """
    parts = [slice(start, start + TILE_SIDE) for start in range(0, len(z), TILE_SIDE)]
    for rows, columns in combinations_with_replacement(parts, 2):
        logits = torch.addmm(z.new_full((), -1 / temperature), z[rows], z[columns].T, alpha=1 / temperature)
        weights = logits.exp_()
        if columns == rows:
            weights.diagonal().zero_()
        yield rows, columns, weights


def _symmetric_gradient(z: Tensor, sums: Tensor, upper_half: Iterable[Tile], products: torch.dtype) -> Tensor:
    """Gradient [n, d] for `z`. The mean is subtracted before rounding: near collapse the rest is small beside it."""
    if products == z.dtype:
        return _accumulate_gradient(z, sums, upper_half)
    mean = z.mean(dim=0)
    keys = torch.cat([z - mean, torch.ones_like(z[:, :1])], dim=1)  # the last column sums the weights, for the mean
    found = _accumulate_gradient(keys.to(products), sums, upper_half)
    return found[:, :-1].addr(found[:, -1], mean)


def _accumulate_gradient(keys: Tensor, sums: Tensor, upper_half: Iterable[Tile]) -> Tensor:
    found, shares = sums.new_zeros(keys.shape), (1 / sums).to(keys.dtype)
    for rows, columns, tile in upper_half:
        weights = tile.to(keys.dtype).mul_(shares[rows, None] + shares[columns])
        found[rows] += weights @ keys[columns]
        if columns != rows:
            found[columns] += weights.T @ keys[rows]
    return found


def _refuse_second_derivative() -> None:
    if torch.is_grad_enabled():  # set by create_graph=True; for autograd the kept gradients are constants
        raise RuntimeError("A loss whose gradient was made with it has no second derivative.")
