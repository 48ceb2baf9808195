"""The losses against loops in float64 that read like the papers, at the edges and under autocast."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from playground.config.method import BYOLConfig, MoCoConfig, SimCLRConfig
from playground.losses import cosines, info_nce, normalize, nt_xent, prediction_error

Rows = NDArray[np.float64]

TEMPERATURES = (1e-3, 0.01, 0.07, 0.5, 1.0, 10.0)
KINDS = ("random", "duplicate", "zero", "collapsed", "tiny", "huge")
N, D, K = 6, 5, 9


def _embeddings(kind: str, n: int, dtype: torch.dtype = torch.float32) -> Tensor:
    z = torch.randn(n, D, generator=torch.Generator().manual_seed(n + 100 * KINDS.index(kind)))
    if kind == "duplicate":
        z[n // 2 :] = z[: n - n // 2].clone()
    elif kind == "zero":
        z[::2] = 0
    elif kind == "collapsed":
        z = z[:1] + 1e-4 * z
    return (z * {"tiny": 1e-3, "huge": 1e4}.get(kind, 1)).to(dtype)


def _unit(row: Rows) -> Rows:
    return np.asarray(row / max(float(np.sqrt((row * row).sum())), 1e-6))


def _negative_log_share(positive: float, others: list[float]) -> float:
    """-log(exp(positive) / sum of exp(others)), without overflow."""
    top = max(others)
    return -(positive - top - math.log(sum(math.exp(other - top) for other in others)))


def naive_nt_xent(z_1: Rows, z_2: Rows, temperature: float) -> float:
    """Algorithm 1 of arXiv:2002.05709: z_{2k-1} and z_{2k} are the views of image k."""
    z = [_unit(row) for pair in zip(z_1, z_2, strict=True) for row in pair]
    total = 0.0
    for i in range(len(z)):
        j = i + 1 if i % 2 == 0 else i - 1
        others = [float(z[i] @ z[k]) / temperature for k in range(len(z)) if k != i]
        total += _negative_log_share(float(z[i] @ z[j]) / temperature, others)
    return total / len(z)


def naive_info_nce(query: Rows, key: Rows, negatives: Rows, temperature: float) -> float:
    """Equation 1 of arXiv:1911.05722, once per query."""
    total = 0.0
    for q, k in zip(query, key, strict=True):
        positive = float(_unit(q) @ _unit(k)) / temperature
        others = [positive, *(float(_unit(q) @ _unit(row)) / temperature for row in negatives)]
        total += _negative_log_share(positive, others)
    return total / len(query)


def naive_prediction_error(prediction: Rows, target: Rows) -> float:
    """Equation 2 of arXiv:2006.07733 as the squared distance, where no row is zero."""
    pairs = zip(prediction, target, strict=True)
    return float(np.mean([((_unit(p) - _unit(t)) ** 2).sum() for p, t in pairs]))


def _tolerance(temperature: float) -> float:
    """Cosines in float32 are right to about 1e-7; dividing by the temperature raises that."""
    return 5e-6 + 1e-6 / temperature


def _float64(*tensors: Tensor) -> list[Rows]:
    return [tensor.detach().double().numpy() for tensor in tensors]


CASES = list(itertools.product(KINDS, TEMPERATURES, (torch.float32, torch.bfloat16)))


@pytest.mark.parametrize(("kind", "temperature", "dtype"), CASES)
def test_nt_xent_is_the_papers_algorithm(kind: str, temperature: float, dtype: torch.dtype) -> None:
    z_1, z_2 = _embeddings(kind, N, dtype), _embeddings(kind, N + 1, dtype)[1:]
    loss = nt_xent(z_1, z_2, temperature)
    assert loss.dtype == torch.float32
    left, right = _float64(z_1, z_2)
    expected = naive_nt_xent(left, right, temperature)
    assert loss.item() == pytest.approx(expected, rel=1e-5, abs=_tolerance(temperature))


@pytest.mark.parametrize(("kind", "temperature", "dtype"), CASES)
def test_info_nce_is_the_papers_equation(kind: str, temperature: float, dtype: torch.dtype) -> None:
    query, key, negatives = (_embeddings(kind, n, dtype) for n in (N, N, K))
    loss = info_nce(query, key, negatives, temperature)
    assert loss.dtype == torch.float32
    q, k, others = _float64(query, key, negatives)
    expected = naive_info_nce(q, k, others, temperature)
    assert loss.item() == pytest.approx(expected, rel=1e-5, abs=_tolerance(temperature))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "zero"])
def test_prediction_error_is_the_squared_distance(kind: str, dtype: torch.dtype) -> None:
    prediction, target = _embeddings(kind, N, dtype), _embeddings(kind, N + 1, dtype)[1:]
    expected = naive_prediction_error(*_float64(prediction, target))
    assert prediction_error(prediction, target).item() == pytest.approx(expected, abs=2e-6)


def _losses(temperature: float, other: Tensor) -> dict[str, Callable[[Tensor], Tensor]]:
    """Each loss as a function of its first argument."""
    negatives = _embeddings("random", K)
    return {
        "nt_xent": lambda z: nt_xent(z, other, temperature),
        "info_nce": lambda z: info_nce(z, other, negatives, temperature),
        "prediction_error": lambda z: prediction_error(z, other),
    }


def _gradient(loss: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    at = at.clone().requires_grad_()
    loss(at).backward()  # type: ignore[no-untyped-call]
    assert at.grad is not None
    return at.grad


@pytest.mark.parametrize("name", ["nt_xent", "info_nce", "prediction_error"])
@pytest.mark.parametrize(("kind", "temperature", "dtype"), CASES)
def test_loss_and_gradient_are_finite(name: str, kind: str, temperature: float, dtype: torch.dtype) -> None:
    z = _embeddings(kind, N, dtype)
    loss = _losses(temperature, _embeddings(kind, N + 1, dtype)[1:])[name]
    assert torch.isfinite(loss(z))
    assert torch.isfinite(_gradient(loss, z)).all()


@pytest.mark.parametrize("temperature", [0.05, 0.5, 5.0])
@pytest.mark.parametrize("name", ["nt_xent", "info_nce", "prediction_error"])
def test_gradient_is_that_of_finite_differences(name: str, temperature: float) -> None:
    z, other = _embeddings("random", N), _embeddings("random", N + 1)[1:]
    (right, negatives) = _float64(other, _embeddings("random", K))
    naive: dict[str, Callable[[Rows], float]] = {
        "nt_xent": lambda left: naive_nt_xent(left, right, temperature),
        "info_nce": lambda left: naive_info_nce(left, right, negatives, temperature),
        "prediction_error": lambda left: naive_prediction_error(left, right),
    }
    expected = np.zeros((N, D))
    for place in itertools.product(range(N), range(D)):
        nudge = np.zeros((N, D))
        nudge[place] = 1e-5
        at = z.double().numpy()
        expected[place] = (naive[name](at + nudge) - naive[name](at - nudge)) / 2e-5
    found = _gradient(_losses(temperature, other)[name], z).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-5 * max(1.0, float(np.abs(expected).max())))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 7), st.sampled_from(TEMPERATURES), st.integers(0, 99))
def test_views_may_be_swapped(n: int, d: int, temperature: float, seed: int) -> None:
    z_1, z_2 = torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed))
    tolerance = _tolerance(temperature)
    assert nt_xent(z_1, z_2, temperature).item() == pytest.approx(
        nt_xent(z_2, z_1, temperature).item(), rel=1e-5, abs=tolerance
    )
    assert prediction_error(z_1, z_2).item() == pytest.approx(prediction_error(z_2, z_1).item(), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 9), st.integers(2, 7), st.sampled_from((0.07, 0.5, 10.0)), st.integers(0, 99))
def test_length_and_rotation_of_embeddings_do_not_matter(n: int, d: int, temperature: float, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    z_1, z_2 = torch.randn(2, n, d, generator=g)
    turn, lengths = torch.linalg.qr(torch.randn(d, d, generator=g))[0], 0.1 + torch.rand(n, 1, generator=g)
    same = nt_xent(z_1 @ turn * lengths, z_2 @ turn, temperature)
    assert nt_xent(z_1, z_2, temperature).item() == pytest.approx(same.item(), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("n", [2, 7, 64])
def test_equal_embeddings_give_the_loss_of_chance(n: int, temperature: float) -> None:
    same = torch.ones(n, D)
    chance = SimCLRConfig(temperature=temperature).chance_loss(n)
    assert nt_xent(same, same, temperature).item() == pytest.approx(chance, abs=_tolerance(temperature))
    chance = MoCoConfig(temperature=temperature, queue_size=33).chance_loss(n)
    loss = info_nce(same, same, torch.ones(33, D), temperature)
    assert loss.item() == pytest.approx(chance, abs=_tolerance(temperature))


def test_chance_and_floor_of_byol() -> None:
    config, (p, t) = BYOLConfig(), (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]]))
    assert 2 * prediction_error(p, t).item() == pytest.approx(config.chance_loss(1), abs=1e-6)
    assert 2 * prediction_error(p, 2 * p).item() == pytest.approx(config.floor_loss(1), abs=1e-6)
    assert prediction_error(p, -p).item() == pytest.approx(4)


@pytest.mark.parametrize("temperature", [0.01, 0.1, 0.2, 0.5, 1.0, 10.0])
@pytest.mark.parametrize("n", [2, 3, 17, 64])
def test_the_corners_of_a_simplex_reach_the_floor(n: int, temperature: float) -> None:
    corners = torch.eye(n) - 1 / n
    floor = SimCLRConfig(temperature=temperature).floor_loss(n)
    assert nt_xent(corners, corners, temperature).item() == pytest.approx(floor, rel=1e-4, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 12), st.integers(1, 12), st.floats(0.01, 10), st.floats(0, 1), st.integers(0, 99))
def test_no_embedding_is_below_the_floor(n: int, d: int, temperature: float, apart: float, seed: int) -> None:
    z, noise = torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed))
    loss = nt_xent(z, z + apart * noise, temperature).item()
    assert loss >= SimCLRConfig(temperature=temperature).floor_loss(n) - _tolerance(temperature)


@pytest.mark.parametrize(
    ("n", "temperature", "floor"),
    [(256, 0.1, 0.022), (256, 0.2, 1.475), (256, 0.5, 4.241), (256, 1.0, 5.236), (64, 0.2, 0.579), (64, 0.5, 2.863)],
)
def test_floors_known_in_advance(n: int, temperature: float, floor: float) -> None:
    assert SimCLRConfig(temperature=temperature).floor_loss(n) == pytest.approx(floor, abs=6e-4)


def test_a_single_image_has_no_negatives() -> None:
    assert nt_xent(torch.ones(1, D), -torch.ones(1, D), 0.1).item() == 0


@pytest.mark.parametrize("name", ["nt_xent", "info_nce", "prediction_error"])
def test_autocast_does_not_change_a_loss(name: str) -> None:
    """In bf16 cosines near 1 would be right to 0.004: collapse would be invisible, and low temperatures all noise."""
    z, other = _embeddings("collapsed", N), _embeddings("collapsed", N + 1)[1:]
    loss = _losses(0.01, other)[name]
    value, gradient = loss(z), _gradient(loss, z)
    at = z.clone().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = loss(at)
    found.backward()  # type: ignore[no-untyped-call]
    assert found.item() == value.item()
    assert at.grad is not None
    assert torch.equal(at.grad, gradient)


def test_cosines_are_those_of_all_pairs_in_float32() -> None:
    a, b = _embeddings("random", 3, torch.bfloat16), _embeddings("random", K)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = cosines(a, b)
    assert found.dtype == torch.float32
    left, right = _float64(a, b)
    expected: Any = [[_unit(p) @ _unit(q) for q in right] for p in left]
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)


def test_rows_get_length_one_and_zero_rows_stay_zero() -> None:
    z = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-3, 0.0]], dtype=torch.bfloat16)
    assert normalize(z).norm(dim=1).tolist() == pytest.approx([1, 0, 1], abs=1e-6)
    z = torch.zeros(1, 2, requires_grad=True)
    normalize(z).sum().backward()  # type: ignore[no-untyped-call]
    assert z.grad is not None
    assert z.grad.abs().max() <= 1.001e6
