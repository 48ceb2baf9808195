"""What a linear probe reads from embeddings: everything that is there, nothing that is not, all on one scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score, r2_score

from playground.data.images.shape_renderer import SHAPES, TEXTURES
from playground.data.images.shapes import draw_factors
from playground.insight.factors import (
    FACTOR_GROUPS,
    FACTOR_KINDS,
    FEWEST_IMAGES,
    _error_saved,
    _split_halves,
    factor_kind,
    factor_scores,
    group_scores,
)

N, D = 1000, 256
FACTORS = draw_factors(0, 1, N)
NOISE = np.random.default_rng(1).standard_normal((N, D)).astype(np.float32)

Rows = NDArray[np.float64]
EitherRows = NDArray[np.float32 | np.float64]


def _one_hot(values: NDArray[np.float32]) -> Rows:
    rows: Rows = np.eye(int(values.max()) + 1)[values.astype(int)]
    return rows


def _circle(turns: NDArray[np.float32]) -> Rows:
    return np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)


def _said(name: str) -> EitherRows:
    """Columns of which the factor is a linear function."""
    values = FACTORS[name]
    if name in ("shape", "texture"):
        return _one_hot(values)
    return _circle(values) if "hue" in name else values[:, None]


def _mixed(columns: EitherRows, d: int = D, noise: float = 0.0) -> NDArray[np.float32]:
    """Embeddings [n, d] that hold `columns` in directions of their own, beside others that hold nothing."""
    random = np.random.default_rng(2)
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    hidden = np.hstack([standard, random.standard_normal((len(columns), d - columns.shape[1]))])
    turn = np.linalg.qr(random.standard_normal((d, d)))[0]
    z: NDArray[np.float32] = (hidden @ turn + noise * random.standard_normal((len(columns), d))).astype(np.float32)
    return z


def test_nothing_is_read_from_noise() -> None:
    """In 256 dimensions with 500 images to learn from: least squares without a penalty would read what is not there."""
    scores = factor_scores(NOISE, FACTORS)
    assert list(scores) == list(FACTORS)
    assert max(scores.values()) < 0.03
    assert min(scores.values()) >= 0


def test_what_lies_there_plainly_is_read_whole() -> None:
    scores = factor_scores(_mixed(np.hstack([_said(name) for name in FACTORS]), noise=0.01), FACTORS)
    for name in FACTORS:
        assert scores[name] > 0.98, name
    assert max(scores.values()) <= 1


@pytest.mark.parametrize("name", FACTORS)
def test_one_factor_is_read_and_no_other(name: str) -> None:
    scores = factor_scores(_mixed(_said(name), noise=0.01), FACTORS)
    assert scores.pop(name) > 0.95
    assert max(scores.values()) < 0.05


def test_numbers_are_scored_by_r2() -> None:
    """With two dimensions and little noise the penalty does nothing: the scores are those of plain least squares."""
    z = _mixed(_said("size"), d=2, noise=0.7)
    train, test = _split_halves(N)
    probe = LinearRegression().fit(z[train], FACTORS["size"][train])
    expected = r2_score(FACTORS["size"][test], probe.predict(z[test]))
    assert 0.3 < expected < 0.9
    assert factor_scores(z, {"size": FACTORS["size"]})["size"] == pytest.approx(expected, abs=0.01)


def test_circles_are_scored_by_r2_of_cosine_and_sine() -> None:
    z = _mixed(_said("hue"), d=3, noise=0.7)
    train, test = _split_halves(N)
    circle = _circle(FACTORS["hue"])
    predicted = LinearRegression().fit(z[train], circle[train]).predict(z[test])
    expected = r2_score(circle[test], predicted, multioutput="variance_weighted")
    assert 0.3 < expected < 0.9
    assert factor_scores(z, {"hue": FACTORS["hue"]})["hue"] == pytest.approx(expected, abs=0.01)


def test_categories_are_scored_by_accuracy_above_chance() -> None:
    z = _mixed(_said("texture")[:, 1:], d=4, noise=1.0)
    train, test = _split_halves(N)
    labels = FACTORS["texture"].astype(int)
    predicted = LinearRegression().fit(z[train], _one_hot(FACTORS["texture"])[train]).predict(z[test]).argmax(axis=1)
    accuracy, chance = accuracy_score(labels[test], predicted), np.bincount(labels[test]).max() / len(test)
    expected = (accuracy - chance) / (1 - chance)
    assert 0.3 < expected < 0.9
    assert factor_scores(z, {"texture": FACTORS["texture"]})["texture"] == pytest.approx(expected, abs=0.03)


def test_hues_at_both_ends_of_the_circle_are_one_hue() -> None:
    """As a plain number hue would jump where the circle closes: read from cosine and sine alone it is all there."""
    z = _circle(FACTORS["hue"]).astype(np.float32)
    assert factor_scores(z, {"hue": FACTORS["hue"]})["hue"] > 0.999
    assert factor_scores(z, {"unknown": FACTORS["hue"]})["unknown"] < 0.8


def test_the_most_frequent_answer_is_worth_nothing_and_a_worse_one_is_not_below() -> None:
    actual = _one_hot(np.array([0, 0, 0, 1], np.float32))
    assert _error_saved("category", actual, _one_hot(np.array([0, 0, 0, 0, 1], np.float32))[:4]) == 0
    assert _error_saved("category", actual, _one_hot(np.array([1, 1, 1, 0], np.float32))) == 0
    assert _error_saved("category", actual, actual) == 1
    numbers = np.array([[1.0], [2.0], [3.0]])
    assert _error_saved("number", numbers, np.full((3, 1), 2.0)) == 0
    assert _error_saved("number", numbers, -5 * numbers) == 0
    assert _error_saved("number", numbers, numbers) == 1


def test_images_that_the_probe_learns_from_are_not_those_it_is_tried_on() -> None:
    for n in (8, 9, 1000):
        train, test = _split_halves(n)
        assert sorted([*train, *test]) == list(range(n))
        assert len(train) == n // 2
        np.testing.assert_array_equal(_split_halves(n)[0], train)  # the same halves at every look
    assert not np.array_equal(np.sort(_split_halves(1000)[0]), np.arange(500))  # images may be stored by class


def test_the_scale_and_the_place_of_embeddings_do_not_matter() -> None:
    z = _mixed(_said("hue"), d=32, noise=0.5).astype(np.float64)
    stretch = np.geomspace(1e-3, 1e3, 32)
    first, moved = (factor_scores(rows, FACTORS) for rows in (z, 1e-3 * z * stretch + 7))
    assert moved == pytest.approx(first, abs=1e-6)


def test_position_and_background_are_taken_together() -> None:
    z = _mixed(np.hstack([_said("x"), _said("hue")]), noise=0.01)
    factors, groups = factor_scores(z, FACTORS), group_scores(z, FACTORS)
    assert list(groups) == ["shape", "texture", "hue", "background", "position", "size", "rotation"]
    assert groups["position"] == pytest.approx((factors["x"] + factors["y"]) / 2)
    assert 0.45 < groups["position"] < 0.55
    assert groups["background"] == pytest.approx((factors["background_hue"] + factors["background_brightness"]) / 2)
    assert {name: groups[name] for name in ("shape", "hue", "size")} == {
        name: factors[name] for name in ("shape", "hue", "size")
    }
    assert group_scores(z, {"x": FACTORS["x"]}) == {"position": pytest.approx(factors["x"], abs=1e-6)}


def test_every_factor_of_shapes_is_declared() -> None:
    assert set(FACTOR_KINDS) == set(FACTORS)
    assert {name for members in FACTOR_GROUPS.values() for name in members} < set(FACTOR_KINDS)
    assert {name: int(FACTORS[name].max()) + 1 for name in FACTOR_KINDS if FACTOR_KINDS[name] == "category"} == {
        "shape": len(SHAPES),
        "texture": len(TEXTURES),
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [([0, 1, 2, 1], "category"), ([-3, 5], "category"), ([0, 0.5, 1], "number"), (range(21), "number")],
)
def test_other_factors_are_known_by_their_values(values: list[float], kind: str) -> None:
    assert factor_kind("unknown", np.array(values, np.float32)) == kind
    assert factor_kind("hue", np.array(values, np.float32)) == "circular"


@pytest.mark.filterwarnings("error")
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(1, 20), st.integers(0, 99))
def test_few_images_are_no_error(n: int, d: int, seed: int) -> None:
    z = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    scores = factor_scores(z, draw_factors(seed, 1, n))
    assert set(scores) <= set(FACTORS)
    assert all(0 <= score <= 1 for score in scores.values())
    assert bool(scores) == (n >= FEWEST_IMAGES)


def test_a_factor_that_does_not_vary_is_left_out() -> None:
    factors = {"shape": np.ones(N, np.float32), "size": np.full(N, 0.2, np.float32), "x": FACTORS["x"]}
    assert list(factor_scores(NOISE, factors)) == ["x"]
    assert factor_scores(NOISE, {}) == group_scores(NOISE, {}) == {}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_is_read_from_embeddings_that_are_all_the_same(value: float) -> None:
    assert set(factor_scores(np.full((N, D), value, np.float32), FACTORS).values()) == {0.0}


def test_embeddings_that_are_no_number_have_no_score() -> None:
    z = NOISE.copy()
    z[7, 3] = np.nan
    scores = group_scores(z, FACTORS)
    assert "hue" in scores
    assert np.isnan(list(scores.values())).all()
