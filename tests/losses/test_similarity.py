"""Lengths and cosines: float32 whatever comes in, finite at zero, and means that are those of all pairs."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from playground.losses import mean_cosine, mean_cosine_of_others, normalize, paired_cosine
from playground.losses.similarity import at_least_float32, dot_products
from tests.losses import papers
from tests.losses.embeddings import KINDS, UNIT, K, N, embeddings, lengths, with_gradients

every_kind = pytest.mark.parametrize("kind", KINDS)


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """As the softmax losses have them: [n, m]."""
    return dot_products(normalize(a), normalize(b))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_at_least_float32(given: torch.dtype, kept: torch.dtype) -> None:
    z = torch.ones(2, 2, dtype=given)
    for found in (at_least_float32(z), normalize(z), cosines(z, z), paired_cosine(z, z), mean_cosine(z, z)):
        assert found.dtype == kept


def test_rows_get_length_one_and_zero_rows_stay_zero() -> None:
    z = torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-3, 0.0], [1e18, 0.0]], dtype=torch.bfloat16)
    assert lengths(normalize(z)).tolist() == pytest.approx([1, 0, 1, 1], abs=1e-6)


def test_the_gradient_of_a_zero_row_is_bounded() -> None:
    z = torch.tensor([[0.0, 0.0], [1e-9, 0.0]])
    _, (gradient,) = with_gradients(lambda z: normalize(z).sum(), [z])
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() <= 1.001e6


@every_kind
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_cosines_are_those_of_all_pairs(kind: str, dtype: torch.dtype) -> None:
    a, b = embeddings(kind, N, 0, dtype), embeddings(kind, K, 1, dtype)
    rows = [[papers.unit(p) @ papers.unit(q) for q in b.double()] for p in a.double()]
    expected = torch.tensor(rows, dtype=torch.float64)
    # Two norms, two divisions and a sum of five products in float32.
    off = 1e-14 if dtype == torch.float64 else 12 * UNIT
    torch.testing.assert_close(cosines(a, b).double(), expected, rtol=0, atol=off)
    torch.testing.assert_close(paired_cosine(a, b[:N]).double(), expected[:, :N].diagonal(), rtol=0, atol=off)
    torch.testing.assert_close(mean_cosine(a, b).double(), expected.mean(), rtol=0, atol=off)
    others = expected[:, :N][~torch.eye(N, dtype=torch.bool)]
    torch.testing.assert_close(mean_cosine_of_others(a, b[:N]).double(), others.mean(), rtol=0, atol=2 * off)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.integers(1, 7), st.integers(0, 99))
def test_cosines_are_within_bounds_and_do_not_know_lengths(n: int, d: int, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, n, d, generator=g, dtype=torch.float64)
    found = cosines(a, b)
    assert found.abs().max() <= 1 + 1e-14
    long = 0.1 + torch.rand(n, 1, generator=g, dtype=torch.float64)
    torch.testing.assert_close(cosines(a * long, b / long), found, rtol=0, atol=1e-14)
    torch.testing.assert_close(cosines(b, a), found.T, rtol=0, atol=1e-14)
    torch.testing.assert_close(cosines(a, a).diagonal(), torch.ones(n, dtype=torch.float64), rtol=0, atol=1e-14)


def test_autocast_does_not_round_dot_products() -> None:
    a, b = embeddings("collapsed", N, 0, torch.float32), embeddings("collapsed", K, 1, torch.float32)
    expected = [
        dot_products(a, b),
        cosines(a, b),
        paired_cosine(a, b[:N]),
        mean_cosine(a, b),
        mean_cosine_of_others(a, b[:N]),
    ]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (a @ b.T).dtype == torch.bfloat16
        found = [
            dot_products(a, b),
            cosines(a, b),
            paired_cosine(a, b[:N]),
            mean_cosine(a, b),
            mean_cosine_of_others(a, b[:N]),
        ]
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
