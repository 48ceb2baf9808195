"""Figures of collapse on controls, against naive formulas, and on embeddings that are hardly any."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.insight.collapse import (
    LAYERS,
    SETTLED_STEPS,
    THRESHOLDS,
    Layer,
    Thresholds,
    Verdict,
    VerdictChange,
    alignment,
    effective_rank,
    feature_std,
    judge,
    layer_geometry,
    measure_geometry,
    settled_step,
    singular_values,
    spectrum,
    uniformity,
    unit_rows,
    verdict_changes,
    verdict_if_settled,
)
from tests.runs.records import geometry as some_geometry
from tests.runs.records import insight

Rows = NDArray[np.floating]


def control(name: str, n: int, d: int) -> Rows:
    """[n, d]: embeddings of which it is known what is wrong with them."""
    g = np.random.default_rng(0)
    noise = g.standard_normal((n, d))
    few = np.zeros((n, d))
    few[:, :8] = g.standard_normal((n, 8))
    few += 1e-3 * noise
    made: dict[str, Rows] = {
        "isotropic": noise,
        "constant plus noise": g.standard_normal(d) + 1e-3 * noise,
        "subspace": few,
        "subspace, rotated": few @ np.linalg.qr(g.standard_normal((d, d)))[0],
        "clusters": g.standard_normal((10, d))[g.integers(0, 10, n)] + 0.23 * noise,
        "cone": 2 * np.ones(d) + noise,
    }
    return made[name]


# sqrt(d) std, uniformity, RankMe, rank of the centred rows, at n=2000, d=128
KNOWN = {
    "isotropic": (1.00, -3.94, 127, 127),
    "constant plus noise": (0.001, 0.0, 1.1, 126),
    "subspace": (0.25, -3.08, 9.0, 9.1),
    "subspace, rotated": (0.97, -3.08, 9.0, 9.1),
    "clusters": (0.92, -2.30, 56, 58),
    "cone": (0.45, -0.80, 92, 127),
}
VERDICTS: dict[str, tuple[Verdict, ...]] = {
    "isotropic": ("healthy",),
    "constant plus noise": ("complete",),
    "subspace": ("dimensional",),
    "subspace, rotated": ("dimensional",),
    "clusters": ("healthy",),
    "cone": ("healthy", "unclear"),
}


def _verdict(z: Rows) -> Verdict:
    return judge(feature_std(z), effective_rank(z), min(z.shape), uniformity(z))


@pytest.mark.parametrize("name", KNOWN)
def test_figures_of_the_controls(name: str) -> None:
    z, (std, uniform, rank, centred) = control(name, 2000, 128), KNOWN[name]
    assert feature_std(z) == pytest.approx(std, rel=0.05, abs=0.006)
    assert uniformity(z) == pytest.approx(uniform, rel=0.02, abs=0.01)
    assert effective_rank(z) == pytest.approx(rank, rel=0.04)
    assert effective_rank(z - z.mean(axis=0)) == pytest.approx(centred, rel=0.04)  # why it is not centred: blind here


@pytest.mark.parametrize(("n", "d"), [(1000, 128), (300, 256), (300, 1024)])
@pytest.mark.parametrize("name", KNOWN)
def test_the_verdict_tells_the_controls_apart(name: str, n: int, d: int) -> None:
    assert _verdict(control(name, n, d)) in VERDICTS[name]


@pytest.mark.parametrize("name", ["isotropic", "constant plus noise", "clusters", "cone"])
@pytest.mark.parametrize(("n", "d"), [(16, 128), (300, 8), (300, 2), (64, 32)])
def test_the_verdict_holds_for_few_images_and_few_dimensions(name: str, n: int, d: int) -> None:
    z = control(name, n, 16)[:, :d] if d < 16 else control(name, n, d)
    assert _verdict(z.astype(np.float32)) in VERDICTS[name]


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(KNOWN)), st.floats(1e-3, 1e3), st.integers(0, 9))
def test_size_and_order_do_not_matter(name: str, scale: float, seed: int) -> None:
    z = control(name, 200, 16)
    other = scale * z[np.random.default_rng(seed).permutation(200)]
    for figure in (feature_std, effective_rank, uniformity):
        assert figure(other) == pytest.approx(figure(z), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", KNOWN)
def test_a_rotation_does_not_change_rank_uniformity_and_verdict(name: str) -> None:
    z = control(name, 400, 128)
    turned = z @ np.linalg.qr(np.random.default_rng(3).standard_normal((128, 128)))[0]
    for figure in (effective_rank, uniformity):
        assert figure(turned) == pytest.approx(figure(z), rel=1e-6, abs=1e-6)
    assert _verdict(turned) in VERDICTS[name]


@pytest.mark.parametrize(("n", "d"), [(2, 2), (7, 3), (5, 12), (40, 9)])
def test_rank_is_the_papers_formula(n: int, d: int) -> None:
    z = np.random.default_rng(n).standard_normal((n, d)) * np.arange(1, d + 1) + 0.5
    singular = np.sqrt(np.clip(np.linalg.eigvalsh(z.T @ z if d < n else z @ z.T), 0, None))
    shares = [value / sum(singular) + 1e-7 for value in singular]
    expected = math.exp(-sum(share * math.log(share) for share in shares))
    assert effective_rank(z) == pytest.approx(expected, rel=1e-6)
    assert 1 <= effective_rank(z) <= min(n, d) + 1e-3


def test_rank_of_known_spectra() -> None:
    assert effective_rank(np.eye(6)) == pytest.approx(6, rel=1e-4)
    assert effective_rank(np.ones((6, 3))) == pytest.approx(1, abs=1e-4)
    assert effective_rank(np.diag([3.0, 1.0])) == pytest.approx(4 / 3**0.75, rel=1e-4)


@pytest.mark.parametrize(("n", "d"), [(2, 3), (6, 2), (9, 5)])
def test_uniformity_and_alignment_are_means_over_pairs(n: int, d: int) -> None:
    z, other = np.random.default_rng(n).standard_normal((2, n, d)).astype(np.float32)
    unit, unit_other = ([row / np.linalg.norm(row) for row in rows.astype(np.float64)] for rows in (z, other))
    spread = [math.exp(-2 * float(((x - y) ** 2).sum())) for x, y in itertools.combinations(unit, 2)]
    assert uniformity(z) == pytest.approx(math.log(sum(spread) / len(spread)), abs=1e-6)
    apart = [float(((x - y) ** 2).sum()) for x, y in zip(unit, unit_other, strict=True)]
    assert alignment(z, other) == pytest.approx(sum(apart) / n, abs=1e-6)


def test_alignment_is_between_0_and_4() -> None:
    z = np.random.default_rng(0).standard_normal((9, 4))
    assert alignment(z, 7 * z) == pytest.approx(0, abs=1e-12)
    assert alignment(z, -z) == pytest.approx(4)


@pytest.mark.parametrize("d", [8, 128])
def test_a_uniform_sphere(d: int) -> None:
    z = np.random.default_rng(0).standard_normal((1000, d))
    assert feature_std(z) == pytest.approx(1, abs=0.02)
    assert uniformity(z) == pytest.approx(-4 + 8 / d, abs=0.35 if d == 8 else 0.01)


def test_no_spread_at_all_is_a_complete_collapse() -> None:
    for z in (np.zeros((9, 4)), np.ones((9, 4)), np.full((9, 4), 1e-20)):
        assert feature_std(z) == pytest.approx(0, abs=1e-6)
        assert uniformity(z) == pytest.approx(0, abs=1e-9)
        assert effective_rank(z) == pytest.approx(1, abs=1e-3)
        assert _verdict(z) == "complete"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("all_rows", [True, False])
def test_what_is_no_number_is_unclear_and_no_error(bad: float, all_rows: bool) -> None:
    z = np.random.default_rng(0).standard_normal((9, 4)).astype(np.float32)
    z[slice(None) if all_rows else slice(1)] = bad
    assert _verdict(z) == "unclear"


@pytest.mark.filterwarnings("error")
def test_one_row_is_unclear_and_no_error() -> None:
    assert _verdict(np.ones((1, 4))) == "unclear"
    assert effective_rank(np.ones((1, 4))) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("d", [128, 1024, 2048])
def test_dead_units_are_a_dimensional_collapse_however_many(d: int) -> None:
    """sqrt(d) std of 8 live units of 2048 is 0.06."""
    z = np.zeros((300, d))
    z[:, :8] = np.random.default_rng(0).standard_normal((300, 8))
    assert _verdict(z) == "dimensional"


def test_verdicts_need_every_figure() -> None:
    good = {"std": 1.0, "rank": 100.0, "rank_limit": 128, "uniform": -3.9}
    assert judge(**good) == "healthy"  # type: ignore[arg-type]
    for name in ("std", "rank", "uniform"):
        assert judge(**{**good, name: math.nan}) == "unclear"  # type: ignore[arg-type]


@pytest.mark.parametrize("name", KNOWN)
def test_an_encoder_that_has_hardly_begun_is_not_called_collapsed(name: str) -> None:
    z = control(name, 300, 128)
    figures = (feature_std(z), effective_rank(z), 128, uniformity(z))
    verdict = judge(*figures)
    assert verdict_if_settled(False, verdict) == ("healthy" if verdict == "healthy" else "unclear")
    assert verdict_if_settled(True, verdict) == verdict


def test_an_encoder_has_begun_after_twice_the_warm_up() -> None:
    assert settled_step(0) == settled_step(SETTLED_STEPS // 2) == SETTLED_STEPS
    assert settled_step(980) == 1960


def test_rows_get_length_one() -> None:
    z = np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)
    np.testing.assert_allclose(unit_rows(z), np.array([[0.6, 0.8], [0, 0]]), atol=1e-7)
    assert unit_rows(z).dtype == np.float32


SHAPES = [(40, 9), (9, 40), (12, 12), (1, 5), (5, 1), (300, 64)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_singular_values_are_those_of_the_decomposition(n: int, d: int, dtype: type[np.floating]) -> None:
    z = (np.random.default_rng(n).standard_normal((n, d)) * np.geomspace(1, 1e-3, d) + 0.3).astype(dtype)
    before = z.copy()
    found, expected = singular_values(z), np.linalg.svd(z.astype(np.float64), compute_uv=False)
    assert found.shape == (min(n, d),)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 * expected[0])
    np.testing.assert_array_equal(z, before)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(("n", "d"), [(100, 32), (32, 100)])
def test_rank_is_that_of_the_decomposition(n: int, d: int, name: str) -> None:
    """Rounding in the Gram matrix, which squares, is not to be seen in any control."""
    z = unit_rows(control(name, n, d).astype(np.float32))
    values = np.linalg.svd(z.astype(np.float64), compute_uv=False)
    shares = values / values.sum() + 1e-7
    assert effective_rank(z) == pytest.approx(float(np.exp(-(shares * np.log(shares)).sum())), rel=1e-4)


def test_singular_values_of_what_is_zero_or_no_number() -> None:
    assert singular_values(np.zeros((4, 3))).tolist() == [0, 0, 0]
    for bad in (np.nan, np.inf):
        z = np.ones((4, 3))
        z[2, 1] = bad
        assert np.isnan(singular_values(z)).tolist() == [True] * 3
        assert math.isnan(effective_rank(z))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", KNOWN)
def test_geometry_is_all_figures_of_the_unit_rows(name: str, layer: Layer) -> None:
    z = control(name, 200, 32).astype(np.float32)
    z *= np.random.default_rng(1).uniform(0.1, 9, (200, 1)).astype(np.float32)  # lengths do not count
    found = measure_geometry(z, layer, settled=True)
    assert found.feature_std == feature_std(z)
    assert found.effective_rank == effective_rank(unit_rows(z)) != effective_rank(z)
    assert found.uniformity == uniformity(z)
    assert found.rank_limit == 32
    figures = (found.feature_std, found.effective_rank, 32, found.uniformity)
    assert found.verdict == judge(*figures, THRESHOLDS[layer])
    early = measure_geometry(z, layer, settled=False)
    assert early.verdict in (found.verdict, "unclear")
    assert (early.verdict == "healthy") == (found.verdict == "healthy")


@pytest.mark.parametrize("layer", LAYERS)
def test_geometry_of_what_is_no_number_or_alone_is_unclear(layer: Layer) -> None:
    assert measure_geometry(np.full((9, 4), np.nan, np.float32), layer, settled=True).verdict == "unclear"
    assert measure_geometry(np.ones((1, 4), np.float32), layer, settled=True).verdict == "unclear"


def test_the_limit_of_the_rank_is_the_smaller_of_both() -> None:
    for n, d in ((9, 40), (40, 9)):
        assert measure_geometry(np.random.default_rng(0).standard_normal((n, d)), "z", settled=False).rank_limit == 9


@pytest.mark.parametrize("layer", LAYERS)
def test_thresholds_can_be_told_apart(layer: Layer) -> None:
    limits = THRESHOLDS[layer]
    assert limits.complete_uniformity < 0
    assert 0 < limits.dimensional_rank <= limits.clear_rank < 1
    assert 0 < limits.clear_std < 1


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("name", "verdict"),
    [("isotropic", "healthy"), ("constant plus noise", "complete"), ("subspace, rotated", "dimensional")],
)
def test_the_verdict_on_either_layer_tells_the_clear_controls_apart(name: str, verdict: str, layer: Layer) -> None:
    assert measure_geometry(control(name, 1000, 128), layer, settled=True).verdict == verdict


LIMITS = Thresholds(complete_uniformity=-0.5, cone_uniformity=-1.0, dimensional_rank=0.2, clear_rank=0.4, clear_std=0.6)
JUDGED: list[tuple[float, float, float, Verdict]] = [
    (0.9, 50, -3.0, "healthy"),
    (0.6, 40, -0.5, "healthy"),  # on the thresholds themselves
    (0.9, 50, -0.49, "complete"),
    (0.9, 5, -0.49, "complete"),
    (0.9, 19.9, -3.0, "dimensional"),
    (0.1, 19.9, -3.0, "dimensional"),
    (0.9, 19.9, -1.0, "dimensional"),
    (0.9, 19.9, -0.99, "unclear"),  # a cone: its mean direction takes the rank
    (0.9, 2.9, -0.99, "dimensional"),
    (0.9, 20, -3.0, "unclear"),
    (0.9, 39.9, -3.0, "unclear"),
    (0.59, 50, -3.0, "unclear"),
]


@pytest.mark.parametrize(("std", "rank", "uniform", "verdict"), JUDGED)
def test_a_verdict_begins_at_its_threshold(std: float, rank: float, uniform: float, verdict: Verdict) -> None:
    assert judge(std, rank, 100, uniform, LIMITS) == verdict


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("limit", "few"), [(10, 2), (32, 6.4), (50, 10), (64, 10)])
def test_of_few_directions_more_have_to_be_in_use(limit: int, few: float, layer: Layer) -> None:
    limits = THRESHOLDS[layer]
    assert limits.alarm(limit) == pytest.approx(max(few, limits.dimensional_rank * limit))
    assert judge(1.0, limits.alarm(limit) - 0.01, limit, -3.0, limits) == "dimensional"
    assert judge(1.0, limits.alarm(limit), limit, -3.0, limits) != "dimensional"


@pytest.mark.parametrize(("n", "d"), [(1000, 64), (300, 64), (2000, 512), (500, 256), (5000, 48)])
def test_eight_directions_are_few_in_spaces_of_any_size(n: int, d: int) -> None:
    for name in ("subspace", "subspace, rotated"):
        assert measure_geometry(control(name, n, d), "z", settled=True).verdict == "dimensional"


def test_of_layer() -> None:
    h, z = some_geometry(feature_std=0.1), some_geometry(feature_std=0.2)
    assert layer_geometry(insight(1, h=h, z=z), "h") is h
    assert layer_geometry(insight(1, h=h, z=z), "z") is z


CHANGES: list[tuple[list[str], list[tuple[int, str]]]] = [
    ([], []),
    (["unclear"], []),
    (["healthy"], [(0, "healthy")]),
    (["unclear", "unclear", "healthy", "healthy"], [(20, "healthy")]),
    (["unclear", "complete", "complete", "unclear"], [(10, "complete"), (30, "unclear")]),
    (["healthy", "dimensional", "healthy"], [(0, "healthy"), (10, "dimensional"), (20, "healthy")]),
]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(("verdicts", "expected"), CHANGES)
def test_the_verdict_changes_where_it_is_another_one(
    verdicts: list[str], expected: list[tuple[int, str]], layer: Layer
) -> None:
    other: Layer = "h" if layer == "z" else "z"
    looks = [
        insight(10 * row, **{layer: some_geometry(verdict=verdict), other: some_geometry(verdict="complete")})
        for row, verdict in enumerate(verdicts)
    ]
    assert verdict_changes(looks, layer) == [VerdictChange(*change) for change in expected]


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(("n", "d"), [(60, 24), (24, 60)])
def test_the_spectrum_falls_from_1_and_is_that_of_the_unit_rows(n: int, d: int, name: str) -> None:
    z = control(name, n, d).astype(np.float32)
    found = spectrum(1000 * z)
    assert found.shape == (24,)
    assert found[0] == 1
    assert (np.diff(found) <= 0).all() and found[-1] >= 0
    values = np.linalg.svd(unit_rows(z).astype(np.float64), compute_uv=False)
    np.testing.assert_allclose(found, values / values[0], atol=1e-6)


def test_the_spectrum_shows_how_many_directions_are_in_use() -> None:
    z = np.zeros((50, 20))
    z[:, :3] = np.random.default_rng(0).standard_normal((50, 3))
    assert ((spectrum(z) > 1e-3).sum(), (spectrum(np.ones((50, 20))) > 1e-3).sum()) == (3, 1)
    assert (spectrum(np.zeros((50, 20))) == 0).all()
    assert np.isnan(spectrum(np.full((5, 4), np.nan))).all()
