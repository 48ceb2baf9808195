"""Embeddings on which every loss is tried, and how near it has to come to the paper's loops there.

Imported as `tests.losses.embeddings`.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from tests.losses.papers import Shaken, as_it_is

KINDS = ("random", "duplicate", "zero", "collapsed", "tiny", "huge")
TEMPERATURES = (1e-3, 0.01, 0.07, 0.5, 1.0, 10.0)
DTYPES = (torch.float64, torch.float32)
N, D, K = 6, 5, 9

UNIT = 2**-24  # what rounding to float32 may change in a number, relative to it
ROUNDINGS = 8  # that come together on the way to a number: in a norm, a division, a dot product, the temperature
TRIALS, SAFETY = 2, 4

Loss = Callable[..., Tensor]  # of the inputs
Paper = Callable[..., Tensor]  # of what shakes the rows, and the inputs


def embeddings(kind: str, n: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """[n, D]. What duplicates or collapses does so in all seeds alike."""
    z = _randn(n, seed)
    if kind == "duplicate":
        z = _randn(3, 99)[torch.randint(3, (n,), generator=torch.Generator().manual_seed(seed))]
    elif kind == "zero":
        z[seed % 2 :: 2] = 0
    elif kind == "collapsed":
        z = _randn(1, 99) + 1e-4 * z
    return (z * {"tiny": 1e-3, "huge": 1e4}.get(kind, 1)).to(dtype)


def with_gradients(loss: Loss, inputs: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """The loss and its gradient for every input."""
    leaves = [tensor.detach().clone().requires_grad_() for tensor in inputs]
    value = loss(*leaves)
    return value.detach(), list(torch.autograd.grad(value, leaves))


def assert_is_the_papers(
    loss: Loss, paper: Paper, inputs: Sequence[Tensor], steepness: float, *, at_an_edge: bool = False
) -> None:
    """The loss and all its gradients are finite, and those of the loops: for float64 inputs to 1e-9, for float32 to
    what rounding explains, see `_allowed_in_float32`.

    `steepness`: how fast the loss rises at most as a unit vector moves, about; 1 / temperature for softmax losses.
    `at_an_edge`: where the loss has no gradient, as the distance of equal points: then any will do that is no steeper.
    """
    value, gradients = with_gradients(loss, inputs)
    exact = [tensor.double() for tensor in inputs]
    expected, expected_gradients = with_gradients(partial(paper, as_it_is), exact)
    # A gradient in which nothing cancels: the steepness over the length of the row.
    whole = [steepness / lengths(tensor).clamp(min=1e-6) for tensor in exact]
    if inputs[0].dtype == torch.float64:
        value_off = 1e-9 * (1 + abs(expected.item()))
        off = [1e-9 * (lengths(g) + size) for g, size in zip(expected_gradients, whole, strict=True)]
    else:
        value_off, off = _allowed_in_float32(paper, exact, expected, expected_gradients)
        # What is left of a softmax when its logits, which are as large as the steepness, have been rounded.
        rounding = ROUNDINGS * UNIT * (1 + steepness)
        value_off, off = value_off + rounding, [far + rounding * size for far, size in zip(off, whole, strict=True)]
    assert value.dtype == inputs[0].dtype
    assert torch.isfinite(value)
    assert abs(value.item() - expected.item()) <= value_off, f"{value} for {expected}, allowed {value_off}"
    for place, found in enumerate(gradients):
        assert torch.isfinite(found).all()
        if at_an_edge:
            assert (lengths(found) <= 2 * whole[place]).all()
            continue
        difference = lengths(found.double() - expected_gradients[place])
        assert (difference <= off[place]).all(), f"input {place}: off {difference}, allowed {off[place]}"


def assert_bfloat16_is_exact(loss: Loss, inputs: Sequence[Tensor]) -> None:
    """Nothing is worked out in bfloat16: the loss is that of the same numbers in float32, bit for bit, and gradients
    are rounded once, on the way out."""
    low = [tensor.bfloat16() if tensor.ndim == 2 else tensor.float() for tensor in inputs]
    value, gradients = with_gradients(loss, low)
    expected, expected_gradients = with_gradients(loss, [tensor.float() for tensor in low])
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.equal(value, expected)
    for tensor, found, exact in zip(low, gradients, expected_gradients, strict=True):
        assert torch.isfinite(found).all()
        assert torch.equal(found, exact.to(tensor.dtype))


def assert_same(ours: Loss, theirs: Loss, inputs: Sequence[Tensor]) -> None:
    """Two losses of float64 inputs and their gradients are equal, up to rounding.

    Gradients of rows of zeros are left out: libraries take a length for 1e-12 or 1e-8 at least, we for 1e-6.
    """
    value, gradients = with_gradients(ours, inputs)
    expected, expected_gradients = with_gradients(theirs, inputs)
    torch.testing.assert_close(value, expected, rtol=1e-10, atol=1e-10)
    for tensor, found, other in zip(inputs, gradients, expected_gradients, strict=True):
        # As if all rows had length one.
        found, other = (gradient * lengths(tensor)[:, None] for gradient in (found, other))
        torch.testing.assert_close(found, other, rtol=1e-9, atol=1e-10)


def lengths(rows: Tensor) -> Tensor:
    """Of the rows [n, d]; the size of a single number."""
    return rows.norm(dim=1) if rows.ndim == 2 else rows.abs()


def _allowed_in_float32(
    paper: Paper, exact: Sequence[Tensor], value: Tensor, gradients: Sequence[Tensor]
) -> tuple[float, list[Tensor]]:
    """How far the loss, and each row of each gradient, may be off.

    A result may be as wrong as if all numbers of all unit vectors, and all logits, were so by `ROUNDINGS` * `UNIT`. How
    far that moves it (more at low temperatures, and where nearly equal numbers are taken from each other, as the
    debiased estimate does) the loops say themselves when they are shaken by as much. `SAFETY`: chance seldom finds the
    worst direction.
    """
    moved, gradients_moved = 0.0, [torch.zeros_like(lengths(gradient)) for gradient in gradients]
    for seed in range(TRIALS):
        other, others = with_gradients(partial(paper, _noise(seed)), exact)
        moved = max(moved, abs(other.item() - value.item()))
        differences = [lengths(a - b) for a, b in zip(others, gradients, strict=True)]
        gradients_moved = [torch.maximum(a, b) for a, b in zip(gradients_moved, differences, strict=True)]
    return SAFETY * moved + ROUNDINGS * UNIT * abs(value.item()), [SAFETY * far for far in gradients_moved]


def _noise(seed: int) -> Shaken:
    """Equal rows are shaken equally: so does rounding, and their distance stays 0. Equal logits are not: a dot product
    on its own and one of a matrix add up in different order."""
    running = random.Random(seed)

    def shaken(x: Tensor) -> Tensor:
        chance = running if x.ndim == 0 else random.Random(hash((seed, *x.tolist())))
        noise = [ROUNDINGS * UNIT * chance.uniform(-1, 1) for _ in range(x.numel())]
        return x * (1 + torch.tensor(noise, dtype=torch.float64).reshape(x.shape))

    return shaken


def _randn(n: int, seed: int) -> Tensor:
    return torch.randn(n, D, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
