"""What costs in a softmax loss, against the whole matrix."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from playground.losses import logsumexp
from playground.losses.logsumexp import LOWEST_TEMPERATURE, sum_of_logsumexp, symmetric_sum_of_logsumexp


def by_matrix(z: Tensor, temperature: float) -> Tensor:
    logits = (z @ z.T / temperature).masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return torch.logsumexp(logits, dim=1).sum()


def by_rows(z: Tensor, temperature: float) -> Tensor:
    return sum_of_logsumexp(z / temperature, z, without_own=True)


def unit(n: int, d: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return F.normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)).to(dtype)


def loss_and_gradient(function: Callable[[Tensor, float], Tensor], z: Tensor, temperature: float) -> tuple[Tensor, ...]:
    z = z.clone().requires_grad_()
    loss = function(z, temperature)
    (gradient,) = torch.autograd.grad(3 * loss, z)
    return loss.detach(), gradient


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(1, 9), st.floats(LOWEST_TEMPERATURE, 20), st.integers(1, 40), st.booleans())
def test_half_of_the_matrix_gives_the_loss_and_the_gradient_of_all_of_it(
    n: int, d: int, temperature: float, side: int, hold: bool
) -> None:
    z = unit(n, d, seed=n * d)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logsumexp, "TILE_SIDE", side)
        patch.setattr(logsumexp, "MOST_HELD_ENTRIES", n * n if hold else n * n - 1)
        found = loss_and_gradient(symmetric_sum_of_logsumexp, z, temperature)
    for each, expected in zip(found, loss_and_gradient(by_matrix, z, temperature), strict=True):
        torch.testing.assert_close(each, expected, rtol=1e-9, atol=1e-9 / temperature)


@pytest.mark.parametrize("hold", [True, False])
def test_each_tile_of_a_matrix_that_is_not_held_is_made_twice(hold: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logsumexp, "TILE_SIDE", 8)
    monkeypatch.setattr(logsumexp, "MOST_HELD_ENTRIES", 400 if hold else 399)
    made: list[tuple[int, int]] = []
    plain = logsumexp._upper_tiles

    def counted(*args: Any) -> Iterator[logsumexp.Tile]:
        for tile in plain(*args):
            made.append((tile[0].start, tile[1].start))
            yield tile

    monkeypatch.setattr(logsumexp, "_upper_tiles", counted)
    upper_half = [(0, 0), (0, 8), (0, 16), (8, 8), (8, 16), (16, 16)]
    loss_and_gradient(symmetric_sum_of_logsumexp, unit(20, 4), 0.2)
    assert made == upper_half * (1 if hold else 2)
    made.clear()
    symmetric_sum_of_logsumexp(unit(20, 4), 0.2)
    assert made == upper_half  # without a gradient


@pytest.mark.parametrize("temperature", [LOWEST_TEMPERATURE, 0.2, 20.0])
@pytest.mark.parametrize("spread", [0.0, 1e-6, 1e-3, 1.0])
def test_float32_near_collapse_too(spread: float, temperature: float) -> None:
    centre = unit(1, 32)
    z = F.normalize(centre + spread * torch.randn(300, 32, generator=torch.Generator().manual_seed(1)).double())
    loss, gradient = loss_and_gradient(symmetric_sum_of_logsumexp, z.float(), temperature)
    expected, expected_gradient = loss_and_gradient(by_matrix, z.float().double(), temperature)
    assert loss.item() == pytest.approx(expected.item(), rel=2e-6)
    assert (gradient - expected_gradient).abs().max() <= 2e-5 / temperature


def test_the_coldest_are_no_further_apart_than_numbers_can_say() -> None:
    """Each vector and its opposite, and nothing between."""
    z = torch.stack([unit(1, 8)[0], -unit(1, 8)[0]]).float()
    loss, gradient = loss_and_gradient(symmetric_sum_of_logsumexp, z, LOWEST_TEMPERATURE)
    expected, expected_gradient = loss_and_gradient(by_matrix, z, LOWEST_TEMPERATURE)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient, expected_gradient)


def in_bf16(function: Callable[[Tensor, float], Tensor], z: Tensor, temperature: float) -> tuple[Tensor, ...]:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return loss_and_gradient(function, z, temperature)


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("temperature", [LOWEST_TEMPERATURE, 0.2])
@pytest.mark.parametrize("spread", [1e-3, 1e-2, 1.0])
def test_autocast_rounds_only_what_tells_keys_apart(
    spread: float, temperature: float, hold: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many tiles: the loss is the same, and also near collapse the gradient across each vector is a good one.

    Along the vector there is nothing to learn: `normalize` takes that part away.
    """
    monkeypatch.setattr(logsumexp, "TILE_SIDE", 64)
    monkeypatch.setattr(logsumexp, "MOST_HELD_ENTRIES", 300**2 if hold else 0)
    centre = unit(1, 32)
    noise = torch.randn(300, 32, generator=torch.Generator().manual_seed(1)).double()
    z = F.normalize(centre + spread / 32**0.5 * noise).float()
    loss, gradient = in_bf16(symmetric_sum_of_logsumexp, z, temperature)
    expected, expected_gradient = loss_and_gradient(symmetric_sum_of_logsumexp, z, temperature)
    assert torch.equal(loss, expected)
    assert not torch.equal(gradient, expected_gradient)
    across, expected_across = (each - (each * z).sum(1, keepdim=True) * z for each in (gradient, expected_gradient))
    assert (across - expected_across).norm() <= 0.01 * expected_across.norm()


@pytest.mark.parametrize("function", [by_rows, symmetric_sum_of_logsumexp])
def test_autocast_rounds_nothing_of_a_small_matrix(function: Callable[[Tensor, float], Tensor]) -> None:
    z = unit(64, 16, dtype=torch.float32)
    expected = loss_and_gradient(function, z, 0.1)
    found = in_bf16(function, z, 0.1)
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))


@pytest.mark.parametrize("function", [by_rows, symmetric_sum_of_logsumexp])
def test_a_second_derivative_is_refused(function: Callable[[Tensor, float], Tensor]) -> None:
    z = unit(6, 4).requires_grad_()
    with pytest.raises(RuntimeError, match="no second derivative"):
        torch.autograd.grad(function(z, 0.1), z, create_graph=True)
