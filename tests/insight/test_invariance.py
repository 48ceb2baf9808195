"""Whitened similarity: a network that keeps an image's place among the others, and not one that keeps nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.covariance import oas
from sklearn.metrics.pairwise import cosine_similarity

from playground.insight.collapse import unit_rows
from playground.insight.invariance import Whitening, _shrink_variances

N, M, D = 1000, 200, 32

Rows = NDArray[np.float32]


def _random(n: int, d: int = D, seed: int = 0) -> Rows:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def _uneven(n: int, d: int = D, seed: int = 0) -> Rows:
    """Embeddings as networks have them: in one corner of the space, a few directions much wider than the others."""
    turn = np.linalg.qr(np.random.default_rng(9).standard_normal((d, d)))[0]
    rows: Rows = (_random(n, d, seed) * np.geomspace(1, 0.03, d) @ turn + 5 * turn[0]).astype(np.float32)
    return rows


def whitened_similarity(plain: Rows, changed: Rows, reference: Rows) -> float:
    return Whitening.of(reference).similarity(plain, changed)


def _cosines(a: Rows, b: Rows) -> float:
    return float(np.mean([cosine_similarity(x[None], y[None])[0, 0] for x, y in zip(a, b, strict=True)]))


@pytest.mark.parametrize(("n", "d"), [(N, D), (60, D), (20, D), (N, 2)])
def test_embeddings_are_whitened_by_the_shrunk_covariance(n: int, d: int) -> None:
    """Of scikit-learn; by another square root of its inverse, since a turn changes no cosine."""
    reference, changed = _uneven(n, d), _uneven(n, d, seed=1)
    root = np.linalg.cholesky(np.linalg.inv(oas(reference.astype(np.float64))[0]))
    plain, moved = ((z - reference.mean(axis=0)) @ root for z in (reference[:20], changed[:20]))
    expected = _cosines(plain, moved)
    assert whitened_similarity(reference[:20], changed[:20], reference) == pytest.approx(expected, abs=1e-5)


def test_what_is_not_changed_is_wholly_similar_and_what_has_nothing_in_common_is_not() -> None:
    reference = _uneven(N)
    assert whitened_similarity(reference[:M], reference[:M], reference) == pytest.approx(1)
    assert whitened_similarity(reference[:M], _uneven(M, seed=1), reference) == pytest.approx(0, abs=0.05)
    assert whitened_similarity(reference[:M], 2 * reference.mean(axis=0) - reference[:M], reference) == pytest.approx(
        -1
    )


def test_the_more_is_changed_the_less_is_similar() -> None:
    reference, other = _uneven(N), _uneven(M, seed=1)
    found = [
        whitened_similarity(reference[:M], (1 - share) * reference[:M] + share * other, reference)
        for share in (0, 0.2, 0.4, 0.6, 0.8, 1)
    ]
    assert (np.diff(found) < -0.02).all()


def test_untrained_encoders_do_not_look_invariant() -> None:
    """Their embeddings all have nearly one direction: without whitening they seem to mind nothing."""
    reference = (10 + _random(N)).astype(np.float32)
    other = (10 + _random(M, seed=1)).astype(np.float32)
    assert _cosines(reference[:M], other) > 0.98
    assert whitened_similarity(reference[:M], other, reference) == pytest.approx(0, abs=0.05)


def test_a_wide_direction_does_not_outweigh_all_others() -> None:
    """One direction that stays and 31 that change: without whitening, the wide one is all there is to see."""
    reference, other = _random(N), _random(M, seed=1)
    reference[:, 0] *= 30
    other[:, 0] = reference[:M, 0]
    assert _cosines(reference[:M], other) > 0.8
    assert whitened_similarity(reference[:M], other, reference) < 0.1


@pytest.mark.parametrize("noise", [1e-1, 1e-3, 1e-5])
def test_a_network_that_gives_the_same_but_for_noise_is_at_chance(noise: float) -> None:
    constant = 3 * _random(1)
    reference, plain, changed = ((constant + noise * _random(n, seed=n)).astype(np.float32) for n in (N, M, M + 1))
    assert _cosines(plain, changed[:M]) > 0.95
    assert whitened_similarity(plain, changed[:M], reference) == pytest.approx(0, abs=0.05)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e6])
@pytest.mark.parametrize(("n", "d"), [(N, D), (3, D), (1, 4)])
def test_a_network_that_gives_the_same_for_all_images_is_at_zero(value: float, n: int, d: int) -> None:
    z = np.full((n, d), value, np.float32)
    assert whitened_similarity(z, z, z) == 0
    assert whitened_similarity(z, np.nextafter(z, np.float32(np.inf)), z) == 0


def test_directions_that_no_image_uses_change_nothing() -> None:
    """A network of rank 8 with rounding in the other directions is as invariant as its 8 directions are."""
    reference, changed = _random(N, 8), _random(N, 8)[:M] + 0.5 * _random(M, 8, seed=1)
    within = whitened_similarity(reference[:M], changed, reference)
    turn = np.linalg.qr(_random(D))[0][:8]
    wide = [
        (z @ turn + 1e-6 * _random(len(z), seed=seed)).astype(np.float32)
        for seed, z in enumerate((reference[:M], changed), 2)
    ]
    assert 0.8 < within < 0.95
    found = whitened_similarity(wide[0], wide[1], (reference @ turn).astype(np.float32))
    assert found == pytest.approx(within, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-3, 1e3), st.integers(0, 99))
def test_scale_turn_and_place_do_not_matter(scale: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    turn, shift = np.linalg.qr(random.standard_normal((D, D)))[0], random.standard_normal(D)
    parts = [_uneven(N).astype(np.float64), _uneven(M).astype(np.float64) + 0.1 * _random(M, seed=1)]
    moved = [scale * (z @ turn + shift) for z in parts]
    expected = whitened_similarity(parts[0][:M], parts[1], parts[0])
    assert whitened_similarity(moved[0][:M], moved[1], moved[0]) == pytest.approx(expected, abs=1e-6)


def test_different_images_are_not_similar_on_average() -> None:
    units = Whitening.of(_uneven(N)).units(_uneven(N))
    cosines = units @ units.T
    assert cosines[~np.eye(N, dtype=bool)].mean() == pytest.approx(0, abs=0.01)


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_has_no_similarity() -> None:
    z, broken = _random(M), _random(M)
    broken[3, 3] = np.nan
    for plain, changed in ((broken, z), (z, broken)):
        assert np.isnan(whitened_similarity(plain, changed, z))


@pytest.mark.parametrize(("n", "d"), [(5, 40), (40, 5), (30, 30), (2, 9), (1, 4)])
def test_whitening_is_that_of_the_whole_covariance(n: int, d: int) -> None:
    """However many dimensions there are: the shrunk covariance, inverted as a whole, is the reference."""
    chance = np.random.default_rng(n + d)
    z, other = chance.standard_normal((n, d)) * np.arange(1, d + 1), chance.standard_normal((7, d))
    centred = z - z.mean(axis=0)
    covariance = centred.T @ centred / n
    variances, axes = np.linalg.eigh(covariance)
    if not variances.sum() > 1e-12:
        assert not Whitening.of(z).units(other).any()
        return
    expected = unit_rows((other - z.mean(axis=0)) @ (axes / np.sqrt(_shrink_variances(variances, n))))
    found = Whitening.of(z).units(other)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-6)
