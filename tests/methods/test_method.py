"""What the methods share: the moving average, its momentum, networks closed to the optimizer."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from playground.methods.method import Method, ema_update, rising_momentum, without_gradient

Bits = NDArray[np.float32]


def _by_hand(slow: Bits, fast: Bits, momentum: float) -> Bits:
    """In float32, operation by operation: numpy rounds after each."""
    kept = slow * np.float32(momentum)
    added = fast * np.float32(1 - momentum)
    return np.asarray(kept + added, np.float32)


def _followed(slow: Bits, fast: Bits, momentum: float) -> Bits:
    target, online = (
        nn.ParameterList([torch.from_numpy(slow.copy())]),
        nn.ParameterList([torch.from_numpy(fast.copy())]),
    )
    ema_update(target, online, momentum)
    assert np.array_equal(online[0].detach().numpy().view(np.uint32), fast.view(np.uint32))  # the online one stays
    return np.asarray(target[0].detach().numpy())


def _numbers(size: int, seed: int) -> Bits:
    """Of all sizes, from 1e-8 to 1e8."""
    generator = np.random.default_rng(seed)
    return np.asarray(generator.standard_normal(size) * 10 ** generator.uniform(-8, 8, size), np.float32)


@settings(max_examples=100, deadline=None)
@given(
    momentum=st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 0.9, 0.99, 0.996, 0.999, 1.0])),
    size=st.one_of(st.integers(1, 70), st.just(70_000)),
    seed=st.integers(0, 1000),
)
def test_the_moving_average_is_exact_to_the_last_bit(momentum: float, size: int, seed: int) -> None:
    slow, fast = _numbers(size, seed), _numbers(size, seed + 1001)
    found, expected = _followed(slow, fast, momentum), _by_hand(slow, fast, momentum)
    assert np.array_equal(found.view(np.uint32), expected.view(np.uint32))


def test_rounding_once_would_give_other_bits() -> None:
    """So the test above can tell: a processor that multiplies and adds in one breath comes to another last bit."""
    slow, fast = _numbers(70_000, 0), _numbers(70_000, 1)
    once = np.float64(np.float32(0.99)) * slow + np.asarray(fast * np.float32(1 - 0.99), np.float64)
    assert (once.astype(np.float32) != _by_hand(slow, fast, 0.99)).sum() > 1000


@pytest.mark.parametrize("momentum", [0.0, 1.0])
def test_without_momentum_it_is_a_copy_and_with_all_of_it_nothing_moves(momentum: float) -> None:
    torch.manual_seed(0)
    slow, fast = nn.Linear(33, 17), nn.Linear(33, 17)
    expected = copy.deepcopy(fast if momentum == 0 else slow)
    ema_update(slow, fast, momentum)
    assert all(torch.equal(a, b) for a, b in zip(slow.parameters(), expected.parameters(), strict=True))


def test_weights_of_convolutions_follow_whatever_their_layout() -> None:
    torch.manual_seed(0)
    slow, fast = nn.Conv2d(5, 7, 3), nn.Conv2d(5, 7, 3).to(memory_format=torch.channels_last)
    old, new = slow.weight.detach().numpy().copy(), fast.weight.detach().numpy()
    ema_update(slow, fast, 0.9)
    assert np.array_equal(slow.weight.detach().numpy(), _by_hand(old, new, 0.9))


def test_statistics_of_batch_norm_do_not_follow() -> None:
    """Each network has those of the batches that it saw itself."""
    slow, fast = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    fast(torch.randn(8, 3, generator=torch.Generator().manual_seed(0)))
    assert fast.running_mean is not None and slow.running_mean is not None
    assert fast.running_mean.abs().min() > 0
    ema_update(slow, fast, 0.0)
    assert torch.equal(slow.running_mean, torch.zeros(3))


def test_networks_that_do_not_match_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        ema_update(nn.Linear(2, 2), nn.Linear(2, 2, bias=False), 0.5)


@pytest.mark.parametrize("start", [0.0, 0.9, 0.996, 1.0])
def test_the_momentum_rises_along_half_a_cosine(start: float) -> None:
    assert rising_momentum(start, 0.0) == pytest.approx(start, abs=1e-15)
    assert rising_momentum(start, 0.5) == pytest.approx((1 + start) / 2, abs=1e-15)
    assert rising_momentum(start, 1.0) == 1.0
    for k in range(101):
        assert rising_momentum(start, k / 100) == pytest.approx(
            1 - (1 - start) * math.cos(math.pi * k / 200) ** 2, abs=1e-12
        )


@given(start=st.floats(0, 1), progress=st.floats(0, 1), later=st.floats(0, 1))
def test_the_momentum_never_falls_and_never_leaves_its_range(start: float, progress: float, later: float) -> None:
    first, last = sorted((progress, later))
    assert start - 1e-12 <= rising_momentum(start, first) <= rising_momentum(start, last) + 1e-12 <= 1 + 2e-12


def test_a_closed_network_is_moved_by_hand_only() -> None:
    method = Method()
    method.encoder, method.projector = without_gradient(nn.Linear(2, 3)), nn.Linear(3, 2)  # type: ignore[assignment]
    assert [parameter.shape for parameter in method.trained_parameters()] == [(2, 3), (2,)]
    assert method.steady_parameters() == []
    assert method.learned_temperature() is None
