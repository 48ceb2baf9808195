"""t-SNE maps: finite, the same again, true to clusters, and steady from one to the next."""

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.insight.maps import pca_map, tsne_map

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


def _moved(a: Rows, b: Rows) -> float:
    return float(np.median(np.linalg.norm(a - b, axis=1)))


@pytest.fixture(scope="module")
def first() -> Rows:
    return tsne_map(_clusters(), None)


def test_clusters_that_are_apart_stay_apart(first: Rows) -> None:
    assert first.shape == (200, 2)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert _purity(first) > 0.98
    np.testing.assert_allclose(np.quantile(np.linalg.norm(first, axis=1), 0.9), 1, rtol=1e-4)


def test_equal_data_gives_equal_maps(first: Rows) -> None:
    assert np.array_equal(tsne_map(_clusters(), None), first)
    assert np.array_equal(tsne_map(_clusters(1), first), tsne_map(_clusters(1), first))


def test_lengths_of_rows_do_not_count(first: Rows) -> None:
    lengths = np.random.default_rng(3).uniform(0.5, 2, (200, 1)).astype(np.float32)
    assert _moved(tsne_map(_clusters() * lengths, first), tsne_map(_clusters(), first)) < 0.01


def test_the_next_map_starts_from_the_one_before(first: Rows) -> None:
    moved = _clusters() + 0.1 * np.random.default_rng(5).standard_normal((200, 16)).astype(np.float32)
    before = first.copy()
    second = tsne_map(moved, first)
    assert np.array_equal(first, before)  # the map before is still on someone's page
    assert _moved(second, first) < 0.15
    assert _purity(second) > 0.98
    mirrored = first * np.array([-1, 1], np.float32)
    assert _moved(tsne_map(moved, mirrored), mirrored) < 0.15  # wherever that lies


def test_maps_settle_and_do_not_grow_or_shrink(first: Rows) -> None:
    maps = [first]
    for _ in range(6):
        maps.append(tsne_map(_clusters(), maps[-1]))
    assert _moved(maps[-1], maps[-2]) < 0.02
    assert _purity(maps[-1]) > 0.98


def test_points_move_where_the_data_has_changed(first: Rows) -> None:
    """Ten points change their cluster: after a few maps they are found in the new one."""
    z = _clusters()
    z[:10] = _clusters(seed=1)[-10:]
    xy = first
    for _ in range(4):
        xy = tsne_map(z, xy)
    to_new, to_old = (np.linalg.norm(xy[:10] - xy[label == LABELS][-30:].mean(axis=0), axis=1) for label in (4, 0))
    assert (to_new < to_old).mean() > 0.7


def test_a_map_that_was_all_in_one_place_is_left() -> None:
    nothing = tsne_map(np.ones((200, 16), np.float32), None)
    assert _purity(tsne_map(_clusters(), nothing)) > 0.98


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 40])
@pytest.mark.parametrize("kind", ["equal", "zero", "random", "nearly equal", "not a number"])
def test_hardly_any_data_is_no_error(n: int, kind: str) -> None:
    value = {"zero": 0.0, "not a number": np.nan}.get(kind, 1.0)
    z = np.full((n, 6), value, np.float32)
    if kind in ("random", "nearly equal"):
        z = np.random.default_rng(n).standard_normal((n, 6)).astype(np.float32)
    if kind == "nearly equal":
        z = 1 + 1e-3 * z
    one = tsne_map(z, None)
    assert one.shape == (n, 2)
    assert np.isfinite(one).all()
    assert np.isfinite(tsne_map(z, one)).all()


def test_fewer_than_four_points_are_drawn_as_pca_has_them() -> None:
    z = np.random.default_rng(0).standard_normal((3, 6)).astype(np.float32)
    assert np.array_equal(tsne_map(z, None), pca_map(z))
