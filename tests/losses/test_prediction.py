"""BYOL's and SimSiam's losses against the papers' loops and against lightly."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightly.loss import NegativeCosineSimilarity
from torch import Tensor

from playground.losses import negative_cosine, prediction_error
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
)

LOSSES: dict[str, tuple[Loss, Paper]] = {
    "prediction_error": (prediction_error, papers.prediction_error),
    "negative_cosine": (negative_cosine, papers.negative_cosine),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
every_loss = pytest.mark.parametrize("loss", LOSSES)


def _pair(kind: str, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [embeddings(kind, N, seed, dtype) for seed in range(2)]


@pytest.mark.parametrize("dtype", DTYPES)
@every_kind
@every_loss
def test_loss_and_gradients_are_the_papers(loss: str, kind: str, dtype: torch.dtype) -> None:
    assert_is_the_papers(*LOSSES[loss], _pair(kind, dtype), steepness=2)


@every_kind
@every_loss
def test_bfloat16_is_exact(loss: str, kind: str) -> None:
    assert_bfloat16_is_exact(LOSSES[loss][0], _pair(kind))


@every_loss
def test_gradients_are_those_of_finite_differences(loss: str) -> None:
    assert torch.autograd.gradcheck(LOSSES[loss][0], [tensor.requires_grad_() for tensor in _pair("random")])


@every_kind
def test_negative_cosine_is_lightlys(kind: str) -> None:
    assert_same(negative_cosine, NegativeCosineSimilarity(), _pair(kind))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "zero"])
def test_prediction_error_is_the_squared_distance(kind: str) -> None:
    """Equation 2 of arXiv:2006.07733 left of its second sign, which holds where no row is zero."""
    prediction, target = _pair(kind)
    distances = [papers.distance(papers.unit(p), papers.unit(t)) for p, t in zip(prediction, target, strict=True)]
    expected = sum(d.item() ** 2 for d in distances) / N
    assert prediction_error(prediction, target).item() == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 7), st.sampled_from(list(LOSSES)), st.integers(0, 99))
def test_sides_length_rotation_and_order_do_not_matter(n: int, d: int, loss: str, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    prediction, target = torch.randn(2, n, d, generator=g, dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64))[0]
    long = 0.1 + torch.rand(n, 1, generator=g, dtype=torch.float64)
    order = torch.randperm(n, generator=g)
    ours, expected = LOSSES[loss][0], pytest.approx(LOSSES[loss][0](prediction, target).item(), abs=1e-12)
    assert ours(target, prediction).item() == expected
    assert ours(prediction @ turn * long, target @ turn / long).item() == expected
    assert ours(prediction[order], target[order]).item() == expected


def test_ends_of_the_scale() -> None:
    p, right_angle = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    assert [prediction_error(p, other).item() for other in (2 * p, right_angle, -p)] == [0, 2, 4]
    assert [negative_cosine(p, other).item() for other in (2 * p, right_angle, -p)] == [-1, 0, 1]
