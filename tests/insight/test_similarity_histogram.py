"""Histograms of cosines against numpy's own, from all pairs in one matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.insight.similarity_histogram import BINS, EDGES, MOST_ROWS, Similarities, mean_similarity, similarities

D = 7


def _rows(n: int, seed: int = 0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).standard_normal((n, D)) + 0.3).astype(np.float32)


def _cosine(z_1: NDArray[np.float32], z_2: NDArray[np.float32]) -> NDArray[np.float64]:
    one, two = (z.astype(np.float64) / np.linalg.norm(z, axis=1, keepdims=True) for z in (z_1, z_2))
    return np.asarray(one @ two.T)


def _check(found: Similarities, cosines: NDArray[np.float64]) -> None:
    assert found.pairs == len(cosines)
    assert found.mean == pytest.approx(cosines.mean(), abs=1e-5)
    # A cosine at an edge may fall to either side of it, for float32.
    cumulated = np.cumsum(found.density) * (2 / BINS)
    below = [np.mean(cosines < edge - 1e-6) for edge in np.linspace(-1, 1, BINS + 1)[1:]]
    above = [np.mean(cosines < edge + 1e-6) for edge in np.linspace(-1, 1, BINS + 1)[1:]]
    assert (cumulated >= np.array(below) - 1e-5).all() and (cumulated <= np.array(above) + 1e-5).all()
    assert found.density.dtype == np.float32 and found.density.shape == (BINS,)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 60), st.integers(0, 99), st.integers(1, 6))
def test_densities_and_means_are_those_of_all_pairs(n: int, seed: int, classes: int) -> None:
    z, view = _rows(n, seed), _rows(n, seed + 1)
    labels = np.random.default_rng(seed).integers(0, classes, n)
    found: dict[str, Similarities] = {each.kind: each for each in similarities(z, view, labels)}
    cosine, pairs = _cosine(z, z), np.triu(np.ones((n, n), np.bool_), 1)
    same = labels[:, None] == labels
    _check(found.pop("positives"), np.diag(_cosine(z, view)))
    for kind, mask in (("same class", pairs & same), ("other classes", pairs & ~same)):
        assert (kind in found) == mask.any()
        if mask.any():
            _check(found.pop(kind), cosine[mask])
    assert not found


def test_without_labels_all_different_images_are_one_kind() -> None:
    z = _rows(300)
    (found,) = similarities(z)
    assert (found.kind, found.words(), found.words("texts")) == ("different", "different images", "different texts")
    _check(found, _cosine(z, z)[np.triu_indices(300, 1)])


def test_a_density_is_one_in_all() -> None:
    for found in similarities(_rows(50), _rows(50, 1), np.arange(50) % 3):
        assert found.density.sum() * (EDGES[1] - EDGES[0]) == pytest.approx(1, abs=1e-4)


def test_of_many_rows_some_are_taken_from_everywhere() -> None:
    n = 3 * MOST_ROWS
    z = np.zeros((n, 2), np.float32)
    z[: n // 2, 0], z[n // 2 :, 1] = 1, 1  # two directions, stored one after the other
    positives, same, other = similarities(z, z, (np.arange(n) >= n // 2).astype(np.int64))
    assert positives.pairs == MOST_ROWS
    assert same.pairs + other.pairs == MOST_ROWS * (MOST_ROWS - 1) // 2
    assert other.pairs == pytest.approx(MOST_ROWS**2 / 4, rel=0.01)
    assert (positives.mean, same.mean, other.mean) == (1, 1, 0)


def test_the_ends_of_the_scale_are_in_the_outer_bins() -> None:
    z = np.array([[1, 0], [1, 0], [-1, 0]], np.float32)
    (found,) = similarities(z)
    assert np.flatnonzero(found.density).tolist() == [0, BINS - 1]
    assert found.mean == pytest.approx(-1 / 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("n", "kinds"), [(0, []), (1, ["positives"]), (2, ["positives", "same class"])])
def test_kinds_of_which_there_are_no_pairs_are_left_out(n: int, kinds: list[str]) -> None:
    z = _rows(n)
    assert [found.kind for found in similarities(z, z, np.zeros(n, np.int64))] == kinds


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_rows_that_are_no_direction_have_a_cosine_of_zero(bad: float) -> None:
    z = np.full((5, D), bad, np.float32)
    for found in similarities(z, z, np.arange(5) % 2):
        assert found.mean == 0
        assert np.flatnonzero(found.density).tolist() == [BINS // 2]


@given(n=st.integers(2, 30), seed=st.integers(0, 99))
def test_the_mean_similarity_is_that_of_all_pairs(n: int, seed: int) -> None:
    z = _rows(n, seed)
    cosines = _cosine(z, z)[~np.eye(n, dtype=bool)]
    assert mean_similarity(z) == pytest.approx(cosines.mean(), abs=1e-6)


def test_fewer_than_two_images_have_no_mean_similarity() -> None:
    assert np.isnan(mean_similarity(np.ones((1, 3), np.float32)))
    assert mean_similarity(np.ones((2, 3), np.float32)) == pytest.approx(1.0)
