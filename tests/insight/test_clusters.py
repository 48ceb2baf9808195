"""k-means clusters: found, numbered so that colours stay put, and compared with labels."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from playground.insight.clusters import k_means, match_labels, purity

SIZES = (70, 50, 40, 30, 10)
TRUE = np.repeat(np.arange(5), SIZES)


def _clusters(seed: int = 0) -> NDArray[np.float32]:
    g = np.random.default_rng(seed)
    directions = np.eye(16)[TRUE] * 4 + 0.5 * g.standard_normal((200, 16))
    return (directions * g.uniform(0.1, 5, (200, 1))).astype(np.float32)  # lengths do not count


def test_clusters_are_found_and_numbered_by_size() -> None:
    found = k_means(_clusters(), 5)
    assert found.dtype == np.int64
    assert np.array_equal(found, TRUE)


def test_equal_seeds_give_equal_clusters() -> None:
    z = np.random.default_rng(0).standard_normal((200, 16)).astype(np.float32)
    assert np.array_equal(k_means(z, 7, seed=3), k_means(z, 7, seed=3))
    assert adjusted_rand_score(k_means(z, 7, seed=3), k_means(z, 7, seed=4)) < 1


def test_numbers_stay_with_the_images() -> None:
    before = np.array([3, 0, 4, 1, 2])[TRUE]
    before[:5] = 2  # an image or two may have been elsewhere
    assert np.array_equal(k_means(_clusters(1), 5, previous=before), np.array([3, 0, 4, 1, 2])[TRUE])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 99))
def test_no_other_numbering_keeps_more_images(k: int, seed: int) -> None:
    g = np.random.default_rng(seed)
    labels, previous = g.integers(0, k, 30), g.integers(0, k, 30)
    found = match_labels(labels, previous, k)
    best = max(int((np.array(names)[labels] == previous).sum()) for names in itertools.permutations(range(k)))
    assert int((found == previous).sum()) == best
    assert adjusted_rand_score(found, labels) == 1
    assert found.max() < k


@pytest.mark.parametrize("before", [2, 9])
def test_another_number_of_clusters_before(before: int) -> None:
    previous = np.minimum(TRUE, before - 1) if before < 5 else TRUE + 4
    found = k_means(_clusters(), 5, previous=previous)
    assert adjusted_rand_score(found, TRUE) == 1
    assert sorted(set(found.tolist())) == [0, 1, 2, 3, 4]
    if before < 5:
        assert (found[TRUE == 0] == 0).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1.0, np.nan])
@pytest.mark.parametrize("n", [1, 3, 50])
def test_hardly_any_data_is_no_error(n: int, value: float) -> None:
    found = k_means(np.full((n, 4), value, np.float32), 8)
    assert found.shape == (n,)
    assert found.min() >= 0
    assert found.max() < 8
    assert k_means(np.full((n, 4), value, np.float32), 8, previous=found).shape == (n,)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_purity_is_the_share_of_each_clusters_majority(k: int, c: int, seed: int) -> None:
    g = np.random.default_rng(seed)
    clusters, classes = g.integers(0, k, 40), g.integers(0, c, 40)
    majority = sum(
        max(sum(1 for a, b in zip(clusters, classes, strict=True) if (a, b) == (i, j)) for j in range(c))
        for i in range(k)
    )
    assert purity(clusters, classes) == pytest.approx(majority / 40)


def test_purity_of_full_agreement_is_one_and_of_one_cluster_the_largest_class() -> None:
    assert purity(TRUE, 4 - TRUE) == 1
    assert purity(np.zeros(200, np.int64), TRUE) == pytest.approx(70 / 200)
