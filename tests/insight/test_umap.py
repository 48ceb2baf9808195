"""UMAP maps: finite, the same again, true to clusters, and steady from one to the next."""

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.insight.maps import umap_map

Rows = NDArray[np.float32]
LABELS = np.repeat(np.arange(5), 40)


def _clusters(seed: int = 0) -> Rows:
    """Five clusters of 40 rows in 16 dimensions, well apart."""
    g = np.random.default_rng(seed)
    return (np.eye(16)[LABELS] * 4 + 0.5 * g.standard_normal((200, 16))).astype(np.float32)


def _purity(xy: Rows, k: int = 5) -> float:
    """The share of the k nearest points on the map that are of the point's own cluster."""
    apart = ((xy[:, None] - xy[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1)[:, :k]
    return float((LABELS[nearest] == LABELS[:, None]).mean())


@pytest.fixture(scope="module")
def first() -> Rows:
    return umap_map(_clusters(), None)


def test_clusters_that_are_apart_stay_apart(first: Rows) -> None:
    assert first.shape == (200, 2)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert _purity(first) > 0.98


def test_equal_seeds_give_equal_maps(first: Rows) -> None:
    assert np.array_equal(umap_map(_clusters(), None), first)
    assert not np.array_equal(umap_map(_clusters(), None, seed=1), first)


def test_the_next_map_starts_from_the_one_before(first: Rows) -> None:
    moved = _clusters() + 0.1 * np.random.default_rng(5).standard_normal((200, 16)).astype(np.float32)
    before = first.copy()
    second = umap_map(moved, first)
    assert np.array_equal(first, before)  # the map before is still on someone's page
    assert float(np.median(np.linalg.norm(second - first, axis=1))) < 0.15
    assert _purity(second) > 0.98
    fresh = umap_map(moved, None, seed=1)
    assert np.median(np.linalg.norm(second - first, axis=1)) < np.median(np.linalg.norm(fresh - first, axis=1))


def test_points_move_where_the_data_has_changed(first: Rows) -> None:
    """Ten points change their cluster: after a few maps they are found in the new one."""
    z = _clusters()
    z[:10] = _clusters(seed=1)[-10:]
    xy = first
    for _ in range(4):
        xy = umap_map(z, xy)
    to_new, to_old = (np.linalg.norm(xy[:10] - xy[label == LABELS][-30:].mean(axis=0), axis=1) for label in (4, 0))
    assert (to_new < to_old).mean() > 0.7


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("n", [3, 5, 40])
@pytest.mark.parametrize("kind", ["equal", "zero", "random", "not a number"])
def test_hardly_any_data_is_no_error(n: int, kind: str) -> None:
    value = {"equal": 1.0, "zero": 0.0, "random": 1.0, "not a number": np.nan}[kind]
    z = np.full((n, 6), value, np.float32)
    if kind == "random":
        z = np.random.default_rng(n).standard_normal((n, 6)).astype(np.float32)
    one = umap_map(z, None)
    assert one.shape == (n, 2)
    assert np.isfinite(one).all()
    assert np.isfinite(umap_map(z, one)).all()
