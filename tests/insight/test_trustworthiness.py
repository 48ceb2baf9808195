"""How far a map can be trusted: equal to scikit-learn's figure, and to naive loops over neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness as reference
from sklearn.neighbors import NearestNeighbors

from playground.insight.trustworthiness import count_kept_neighbours, nearest_images, trustworthiness

Rows = NDArray[np.float32]


def _data(n: int, d: int = 8, seed: int = 0) -> tuple[Rows, Rows]:
    """Embeddings, and a map that keeps something of them: two of their coordinates."""
    z = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return z, z[:, :2]


@settings(max_examples=25, deadline=None)
@given(n=st.integers(40, 300), d=st.integers(2, 40), k=st.integers(1, 15), seed=st.integers(0, 99))
def test_trustworthiness_is_scikit_learns_by_cosine(n: int, d: int, k: int, seed: int) -> None:
    z, xy = _data(n, d, seed)
    found = trustworthiness(z, xy, neighbours=k, sample=n)
    assert found == pytest.approx(reference(z.astype(np.float64), xy, n_neighbors=k, metric="cosine"), abs=1e-4)


def test_more_points_than_are_looked_at_at_a_time() -> None:
    z, xy = _data(1234)
    expected = reference(z.astype(np.float64), xy, n_neighbors=15, metric="cosine")
    assert trustworthiness(z, xy, sample=1234) == pytest.approx(expected, abs=1e-5)


def test_a_sample_is_near_the_whole_and_takes_from_everywhere() -> None:
    z, xy = _data(1000)
    xy = xy.copy()
    xy[500:] = np.random.default_rng(1).standard_normal((500, 2))  # half the map is worthless
    whole = trustworthiness(z, xy, sample=1000)
    assert trustworthiness(z, xy, sample=200) == pytest.approx(whole, abs=0.02)
    assert trustworthiness(z, xy, sample=200) != whole


def test_a_true_map_is_trusted_and_a_random_one_is_not() -> None:
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 300)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert trustworthiness(circle, circle) > 0.999
    shuffled = np.random.default_rng(1).permutation(circle)
    assert trustworthiness(circle, shuffled) == pytest.approx(0.5, abs=0.05)


def test_rows_that_lie_close_together_are_told_apart() -> None:
    """Of an encoder that collapses: cosines differ in the sixth digit, and in float32 there are hardly more."""
    noise, xy = _data(300)
    z = 1 + 1e-3 * noise
    expected = reference(z.astype(np.float64), xy, n_neighbors=15, metric="cosine")
    assert trustworthiness(z, xy) == pytest.approx(expected, abs=2e-3)
    cosine = _cosines(z)
    assert set(nearest_images(z, 7, 5)[0].tolist()) == set(np.argsort(-cosine[7])[1:6].tolist())


def test_a_map_of_equal_rows_is_worth_no_more_than_chance() -> None:
    xy = _data(300)[1]
    assert trustworthiness(np.ones((300, 8), np.float32), xy) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("n", [4, 5, 7, 12, 31])
def test_few_points_have_fewer_neighbours(n: int) -> None:
    z, xy = _data(n)
    k = max(k for k in range(1, 16) if k < n / 2)
    expected = reference(z.astype(np.float64), xy, n_neighbors=k, metric="cosine")
    assert trustworthiness(z, xy) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hardly_any_points_have_none(n: int) -> None:
    assert np.isnan(trustworthiness(*_data(n)))


def _cosines(z: Rows) -> NDArray[np.float64]:
    unit = z.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine: NDArray[np.float64] = unit @ unit.T
    return cosine


@pytest.mark.parametrize(("row", "k"), [(0, 1), (7, 5), (59, 20)])
def test_nearest_are_those_of_the_largest_cosine_in_order(row: int, k: int) -> None:
    z, _ = _data(60)
    rows, cosines = nearest_images(z, row, k)
    expected = _cosines(z)[row]
    expected[row] = -2
    order = np.argsort(-expected)[:k]
    assert rows.tolist() == order.tolist()
    np.testing.assert_allclose(cosines, expected[order], atol=1e-6)


def test_an_image_is_never_its_own_neighbour() -> None:
    z, xy = np.ones((6, 3), np.float32), np.zeros((6, 2), np.float32)
    for row in range(6):
        assert row not in nearest_images(z, row, 5)[0]
        assert count_kept_neighbours(z, xy, row, 5) == 5


def test_there_are_no_more_neighbours_than_other_images() -> None:
    z, xy = _data(4)
    assert len(nearest_images(z, 2, 9)[0]) == 3
    assert count_kept_neighbours(z, xy, 2, 9) == 3
    assert len(nearest_images(z[:1], 0, 9)[0]) == count_kept_neighbours(z[:1], xy[:1], 0, 9) == 0


@pytest.mark.parametrize("row", [0, 11, 59])
def test_kept_counts_neighbours_that_both_have(row: int) -> None:
    z, xy = _data(60)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    spaces = (NearestNeighbors(n_neighbors=11).fit(points) for points in (unit, xy))
    full, flat = (set(found.kneighbors(return_distance=False)[row, :10].tolist()) for found in spaces)
    assert count_kept_neighbours(z, xy, row, 10) == len(full & flat)
    assert 0 < count_kept_neighbours(z, xy, row, 10) < 10


def test_a_row_that_is_no_number_spoils_nothing() -> None:
    z, xy = _data(60)
    z[3] = np.nan
    assert 0 < trustworthiness(z, xy) < 1
    assert np.isfinite(nearest_images(z, 3, 5)[1]).all()
