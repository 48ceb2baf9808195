"""Flat maps: what PCA means, how a map is laid on the one before it, and embeddings that are hardly any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from playground.insight.maps import Map, align_map, pca_map, scale_to_unit_radius

Rows = NDArray[np.float32]


def _rows(n: int = 300, d: int = 16, seed: int = 0) -> Rows:
    """Unequal spreads, so that the leading directions are well defined."""
    return (np.random.default_rng(seed).standard_normal((n, d)) * np.linspace(3, 0.3, d)).astype(np.float32)


def _turn(angle: float, mirrored: bool) -> Rows:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=np.float32)
    return turn @ np.diag([1, -1 if mirrored else 1]).astype(np.float32)


def _distance(a: Map, b: Map) -> float:
    return float(np.linalg.norm(a - b, axis=1).max())


@pytest.mark.parametrize(("n", "d"), [(300, 16), (20, 40), (8, 2)])
def test_pca_map_is_scikit_learns_of_unit_rows(n: int, d: int) -> None:
    z = _rows(n, d)
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    expected = scale_to_unit_radius(PCA(2, svd_solver="full").fit_transform(unit))
    found = pca_map(z)
    assert found.dtype == np.float32
    assert _distance(align_map(found, expected), expected) < 1e-3
    signs = np.sign((found * expected).sum(axis=0))
    assert _distance(found * signs, expected) < 1e-3  # not even turned, but for the signs of the axes


def test_a_map_is_centred_and_nine_in_ten_points_lie_within_one() -> None:
    flat = scale_to_unit_radius(5 * _rows(1000, 2) + 7)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-5)
    radii = np.linalg.norm(flat, axis=1)
    assert (radii <= 1).mean() == pytest.approx(0.9, abs=0.002)


@settings(max_examples=25, deadline=None)
@given(st.floats(-7, 7), st.booleans(), st.integers(0, 9))
def test_a_turned_or_mirrored_copy_is_laid_back(angle: float, mirrored: bool, seed: int) -> None:
    flat = scale_to_unit_radius(_rows(50, 2, seed))
    assert _distance(align_map(flat @ _turn(angle, mirrored), flat), flat) < 1e-4


def test_turning_keeps_distances_and_brings_the_map_nearer() -> None:
    flat, previous = scale_to_unit_radius(_rows(50, 2)), scale_to_unit_radius(_rows(50, 2, seed=1))
    found = align_map(flat, previous)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.linalg.norm(flat, axis=1), atol=1e-5)
    best = min(
        float(((flat @ _turn(angle, mirrored) - previous) ** 2).sum())
        for angle in np.linspace(0, 2 * np.pi, 360)
        for mirrored in (False, True)
    )
    assert ((found - previous) ** 2).sum() <= best + 1e-4


def test_without_a_previous_map_nothing_is_turned() -> None:
    flat = scale_to_unit_radius(_rows(50, 2))
    assert align_map(flat, None) is flat


def test_the_next_pca_map_lies_as_the_one_before() -> None:
    z = _rows()
    first = pca_map(z)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((16, 16)))[0].astype(np.float32)
    assert _distance(pca_map(-z @ turn, first), first) < 1e-3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, np.inf])
@pytest.mark.parametrize("shape", [(300, 16), (5, 3), (2, 2), (1, 4), (4, 1)])
def test_equal_rows_and_no_numbers_give_finite_points(shape: tuple[int, int], value: float) -> None:
    z = np.full(shape, value, np.float32)
    first = pca_map(z)
    assert first.shape == (shape[0], 2)
    assert np.isfinite(first).all()
    assert np.abs(first).max() <= 1
    assert np.isfinite(pca_map(z, first)).all()


@pytest.mark.filterwarnings("error")
def test_one_broken_row_does_not_spoil_the_others() -> None:
    z = _rows()
    z[7] = np.nan
    assert np.isfinite(pca_map(z)).all()
    others = np.delete(np.arange(300), 7)
    expected = pca_map(z[others])
    assert _distance(align_map(pca_map(z)[others], expected), expected) < 0.05
