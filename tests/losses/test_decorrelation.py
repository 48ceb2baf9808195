"""Barlow Twins and VICReg against the papers' loops and against lightly."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightly.loss import BarlowTwinsLoss, VICRegLoss
from torch import Tensor

from playground.losses import barlow_twins, vicreg
from tests.losses import papers
from tests.losses.embeddings import (
    DTYPES,
    KINDS,
    Loss,
    N,
    Paper,
    assert_bfloat16_is_exact,
    assert_is_the_papers,
    assert_same,
    embeddings,
    with_gradients,
)

WEIGHTS = {
    "as published": (25.0, 25.0, 1.0),
    "invariance": (1.0, 0.0, 0.0),
    "variance": (0.0, 1.0, 0.0),
    "covariance": (0.0, 0.0, 1.0),
}


def _vicreg(weights: tuple[float, float, float]) -> Loss:
    invariance, variance, covariance = weights
    return lambda a, b: vicreg(
        a, b, invariance_weight=invariance, variance_weight=variance, covariance_weight=covariance
    )


def _barlow_twins(weight: float) -> tuple[Loss, Paper]:
    return (
        lambda a, b: barlow_twins(a, b, weight),
        lambda shaken, *given: papers.barlow_twins(shaken, weight, *given),
    )


def _vicreg_and_loop(weights: tuple[float, float, float]) -> tuple[Loss, Paper]:
    return _vicreg(weights), lambda shaken, *given: papers.vicreg(shaken, weights, *given)


LOSSES: dict[str, tuple[Loss, Paper]] = {
    **{f"barlow_twins {weight}": _barlow_twins(weight) for weight in (0.0, 0.005, 1.0)},
    **{f"vicreg {name}": _vicreg_and_loop(weights) for name, weights in WEIGHTS.items()},
}
every_kind = pytest.mark.parametrize("kind", KINDS)
every_loss = pytest.mark.parametrize("loss", LOSSES)


def _views(kind: str, dtype: torch.dtype = torch.float64, n: int = N) -> list[Tensor]:
    return [embeddings(kind, n, seed, dtype) for seed in range(2)]


@pytest.mark.parametrize("dtype", DTYPES)
@every_kind
@every_loss
def test_loss_and_gradients_are_the_papers(loss: str, kind: str, dtype: torch.dtype) -> None:
    assert_is_the_papers(*LOSSES[loss], _views(kind, dtype), steepness=10)


@pytest.mark.parametrize("n", [2, 3])
@every_kind
@every_loss
def test_so_they_are_with_two_or_three_images(loss: str, kind: str, n: int) -> None:
    assert_is_the_papers(*LOSSES[loss], _views(kind, n=n), steepness=10)


@every_kind
@every_loss
def test_bfloat16_is_exact(loss: str, kind: str) -> None:
    assert_bfloat16_is_exact(LOSSES[loss][0], _views(kind))


@every_loss
def test_gradients_are_those_of_finite_differences(loss: str) -> None:
    assert torch.autograd.gradcheck(LOSSES[loss][0], [tensor.requires_grad_() for tensor in _views("random")])


@every_kind
@pytest.mark.parametrize("weight", [0.005, 1.0])
def test_barlow_twins_is_lightlys(weight: float, kind: str) -> None:
    assert_same(_barlow_twins(weight)[0], BarlowTwinsLoss(lambda_param=weight), _views(kind))


@every_kind
@pytest.mark.parametrize("weights", WEIGHTS)
def test_vicreg_is_lightlys(weights: str, kind: str) -> None:
    assert_same(_vicreg(WEIGHTS[weights]), VICRegLoss(*WEIGHTS[weights]), _views(kind))


def _drawn(n: int, d: int, seed: int) -> tuple[Tensor, Tensor]:
    z = torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return z[0], z[1]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.integers(1, 7), st.sampled_from(list(LOSSES)), st.integers(0, 99))
def test_swapped_views_and_the_order_of_images_and_features_do_not_matter(n: int, d: int, loss: str, seed: int) -> None:
    (z_1, z_2), ours = _drawn(n, d, seed), LOSSES[loss][0]
    expected = pytest.approx(ours(z_1, z_2).item(), rel=1e-10, abs=1e-10)
    g = torch.Generator().manual_seed(seed)
    images, features = torch.randperm(n, generator=g), torch.randperm(d, generator=g)
    assert ours(z_2, z_1).item() == expected
    assert ours(z_1[images], z_2[images]).item() == expected
    assert ours(z_1[:, features], z_2[:, features]).item() == expected


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.integers(1, 7), st.sampled_from(list(LOSSES)), st.integers(0, 99))
def test_where_the_origin_is_does_not_matter(n: int, d: int, loss: str, seed: int) -> None:
    (z_1, z_2), shift = _drawn(n, d, seed), _drawn(1, d, seed)[0]
    expected = LOSSES[loss][0](z_1, z_2).item()
    assert LOSSES[loss][0](z_1 + shift, z_2 + shift).item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 9), st.integers(1, 7), st.integers(0, 99))
def test_barlow_twins_does_not_know_the_size_of_a_feature(n: int, d: int, seed: int) -> None:
    z_1, z_2 = _drawn(n, d, seed)
    large = 1e6 * torch.rand(d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 1e6
    # 1e-5 beside a variance of 1e12 is nothing; that beside the variances drawn is taken away by their size as well.
    found = barlow_twins(z_1 * large, z_2 * large + 7, 0.005).item()
    assert found == pytest.approx(barlow_twins(z_1 * 1e6, z_2 * 1e6, 0.005).item(), rel=1e-6, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.integers(1, 7), st.integers(0, 99))
def test_vicregs_invariance_does_not_know_rotations(n: int, d: int, seed: int) -> None:
    """Covariance and variance do: what they ask for is said of the axes."""
    z_1, z_2 = _drawn(n, d, seed)
    turn = torch.linalg.qr(_drawn(d, d, seed)[0])[0]
    ours = _vicreg(WEIGHTS["invariance"])
    assert ours(z_1 @ turn, z_2 @ turn).item() == pytest.approx(ours(z_1, z_2).item(), abs=1e-12)


def _uncorrelated(n: int, d: int, seed: int) -> Tensor:
    """[n, d] in float32: features that have nothing in common, in size from 1 to 100, away from the origin."""
    g = torch.Generator().manual_seed(seed)
    start = torch.randn(n, d, generator=g, dtype=torch.float64)
    basis = torch.linalg.qr(start - start.mean(dim=0))[0] * n**0.5
    sizes = 1 + 99 * torch.rand(d, generator=g, dtype=torch.float64)
    z: Tensor = (basis * sizes + 10).float()
    return z


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("d", [3, 16, 64])
def test_what_is_on_the_diagonal_does_not_leak_off_it(d: int, seed: int) -> None:
    """A sum of squares of the whole matrix less that of its diagonal would be rounding, and perhaps negative."""
    z = _uncorrelated(2 * d, d, seed)
    expected = papers.vicreg(papers.as_it_is, WEIGHTS["covariance"], z.double(), z.double()).item()
    found = _vicreg(WEIGHTS["covariance"])(z, z).item()
    # Products as large as 1e4 are right to 1e-3 in float32, and their squares to 1e-6 where the truth is near 0.
    assert 0 <= found <= 2 * expected + 1e-5
    assert 0 <= barlow_twins(z, z, 1.0).item() <= 1e-8 * d


def test_collapse_has_no_gradient_for_barlow_twins_and_one_that_is_finite_for_vicreg() -> None:
    same = torch.ones(N, 3)
    for ours, _ in LOSSES.values():
        value, gradients = with_gradients(ours, [same, same])
        assert torch.isfinite(value)
        assert all(torch.isfinite(gradient).all() for gradient in gradients)
