"""The hardest negatives against a loop over all pairs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.insight.negatives import hardest_negatives

N, D = 12, 5


def _rows(n: int = N, d: int = D, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def _cosine(z: NDArray[np.float32]) -> NDArray[np.float64]:
    unit = z.astype(np.float64) / np.linalg.norm(z, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


def _naive_weights(cosine: NDArray[np.float64], anchor: int, temperature: float) -> dict[int, float]:
    """Share of each other row in the softmax over all other rows."""
    others = [j for j in range(len(cosine)) if j != anchor]
    top = max(cosine[anchor, j] for j in others)
    raised = {j: math.exp((cosine[anchor, j] - top) / temperature) for j in others}
    return {j: value / sum(raised.values()) for j, value in raised.items()}


@settings(max_examples=25, deadline=None)
@given(
    st.integers(2, N), st.integers(1, 15), st.integers(1, 15), st.integers(0, 99), st.sampled_from((0.01, 0.1, 10.0))
)
def test_each_anchor_has_its_most_similar_rows_in_order(
    n: int, anchors: int, negatives: int, seed: int, temperature: float
) -> None:
    z = _rows(n, seed=seed)
    cosine = _cosine(z)
    found = hardest_negatives(z, temperature=temperature, anchors=anchors, negatives=negatives)
    k = min(negatives, n - 1)
    assert found.anchors.shape == (min(anchors, n),)
    assert found.negatives.shape == found.similarities.shape == found.weights.shape == (min(anchors, n), k)
    for anchor, rows, similarities, weights in zip(
        found.anchors, found.negatives, found.similarities, found.weights, strict=True
    ):
        assert anchor not in rows
        hardest = sorted((cosine[anchor, j] for j in range(n) if j != anchor), reverse=True)[:k]
        np.testing.assert_allclose(similarities, hardest, atol=1e-6)
        np.testing.assert_allclose(cosine[anchor, rows], similarities, atol=1e-6)
        expected = _naive_weights(cosine, int(anchor), temperature)
        np.testing.assert_allclose(weights, [expected[int(j)] for j in rows], rtol=2e-4, atol=1e-6)
    hardness = found.similarities[:, 0]
    assert (np.diff(hardness) <= 1e-6).all()


@pytest.mark.parametrize("temperature", [1e-3, 0.1, 10.0])
def test_weights_of_all_negatives_are_one_together(temperature: float) -> None:
    found = hardest_negatives(_rows(), temperature=temperature, anchors=N, negatives=N - 1)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)
    assert np.isfinite(found.weights).all()
    assert (found.weights >= 0).all()
    assert (np.diff(found.weights, axis=1) <= 1e-7).all()


def test_a_low_temperature_sees_the_hardest_alone() -> None:
    found = hardest_negatives(_rows(), temperature=1e-3, anchors=1, negatives=3)
    assert found.weights[0, 0] > 0.99
    even = hardest_negatives(_rows(), temperature=10.0, anchors=1, negatives=3)
    np.testing.assert_allclose(even.weights, 1 / (N - 1), rtol=0.2)


def test_without_labels_the_hardest_come_first() -> None:
    z = _rows()
    cosine = _cosine(z)
    np.fill_diagonal(cosine, -2)
    found = hardest_negatives(z, temperature=0.1, anchors=5, negatives=1)
    np.testing.assert_allclose(cosine.max(axis=1)[found.anchors], np.sort(cosine.max(axis=1))[::-1][:5], atol=1e-6)


@pytest.mark.parametrize("anchors", [1, 3, 4, 7, N])
def test_one_anchor_a_class_as_long_as_there_are_classes(anchors: int) -> None:
    z, labels = _rows(), np.arange(N, dtype=np.int64) % 4
    cosine = _cosine(z)
    np.fill_diagonal(cosine, -2)
    hardness = cosine.max(axis=1)
    found = hardest_negatives(z, temperature=0.1, anchors=anchors, negatives=2, labels=labels)
    leading, rest = found.anchors[:4], found.anchors[4:]
    assert len(set(labels[leading])) == len(leading) == min(anchors, 4)
    for anchor in leading:
        assert hardness[anchor] == pytest.approx(hardness[labels == labels[anchor]].max(), abs=1e-6)
    for part in (leading, rest):
        assert (np.diff(hardness[part]) <= 1e-6).all()
    assert len(set(found.anchors.tolist())) == anchors


def test_a_planted_pair_is_found() -> None:
    z = np.eye(8, dtype=np.float32)
    z[5] = z[2] + 0.1 * z[5]
    found = hardest_negatives(z, temperature=0.1, anchors=2, negatives=1)
    assert {tuple(pair) for pair in zip(found.anchors.tolist(), found.negatives[:, 0].tolist(), strict=True)} == {
        (2, 5),
        (5, 2),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1])
def test_where_there_are_no_others_there_is_nothing_to_see(n: int) -> None:
    found = hardest_negatives(_rows(n), temperature=0.1, anchors=4, negatives=6)
    assert found.negatives.shape == found.similarities.shape == found.weights.shape == (len(found.anchors), 0)
    assert len(found.anchors) == 0
    with_labels = hardest_negatives(_rows(n), temperature=0.1, anchors=4, negatives=6, labels=np.zeros(n, np.int64))
    assert len(with_labels.anchors) == 0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_equal_embeddings_weigh_all_alike(value: float) -> None:
    found = hardest_negatives(np.full((N, D), value, np.float32), temperature=1e-3, anchors=3, negatives=N - 1)
    np.testing.assert_allclose(found.weights, 1 / (N - 1), rtol=1e-3)


def test_what_is_no_number_is_no_error() -> None:
    found = hardest_negatives(np.full((N, D), np.nan, np.float32), temperature=0.1, anchors=3, negatives=2)
    assert found.negatives.shape == (3, 2)
