"""The shortcut meter against loops, and where its answer is known."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.insight.colour_shortcut import colour_histograms, colour_shortcut

Views = NDArray[np.float32]


def naive_histogram(view: Views, bins: int) -> dict[tuple[int, ...], int]:
    counted: dict[tuple[int, ...], int] = {}
    for pixel in view.reshape(-1, 3):
        colour = tuple(min(int(float(value) * bins), bins - 1) for value in pixel)
        counted[colour] = counted.get(colour, 0) + 1
    return counted


def naive(view_1: Views, view_2: Views, bins: int) -> tuple[float, float]:
    """Accuracy and percentile: the mean over every order that ties can be put in, in fractions."""
    first = [naive_histogram(view, bins) for view in view_1]
    second = [naive_histogram(view, bins) for view in view_2]
    found, percentile = Fraction(0), Fraction(0)
    for i, one in enumerate(first):
        alike = [sum(min(count, other.get(colour, 0)) for colour, count in one.items()) for other in second]
        before = sum(value > alike[i] for value in alike)
        tied = sum(value == alike[i] for j, value in enumerate(alike) if j != i)
        places = [before + k for k in range(tied + 1)]  # the own view's, each as likely
        found += Fraction(sum(place == 0 for place in places), len(places))
        percentile += 1 - Fraction(sum(places), len(places)) / (len(alike) - 1)
    return float(found / len(first)), float(percentile / len(first))


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 7), st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_it_is_what_loops_find(n: int, side: int, bins: int, seed: int) -> None:
    """Few colours on few pixels, so that ties abound."""
    rng = np.random.default_rng(seed)
    views = (rng.integers(0, 4, (2, n, side, side, 3)) / 3).astype(np.float32)
    found = colour_shortcut(views[0], views[1], bins)
    assert (found.accuracy, found.percentile) == pytest.approx(naive(views[0], views[1], bins))
    assert (found.images, found.chance) == (n, 1 / n)


def test_histograms_count_every_pixel_once() -> None:
    views = np.random.default_rng(0).random((3, 8, 8, 3), np.float32)
    views[0, 0, 0] = (0, 1, 0.5)
    found = colour_histograms(views, 4)
    assert found.shape == (3, 64) and (found.sum(axis=1) == 64).all()
    only = colour_histograms(np.broadcast_to(np.array([0, 1, 0.5], np.float32), (1, 2, 2, 3)), 4)
    assert only[0, 0 * 16 + 3 * 4 + 2] == 4


def test_own_colours_give_every_pair_away() -> None:
    colours = np.stack(np.meshgrid(*[[0.1, 0.4, 0.6, 0.9]] * 3), -1).reshape(-1, 1, 1, 3).astype(np.float32)
    views = np.broadcast_to(colours, (64, 5, 5, 3))
    found = colour_shortcut(views, views)
    assert (found.accuracy, found.percentile) == (1, 1)


def test_without_colour_it_is_guessing() -> None:
    same = np.full((40, 6, 6, 3), 0.5, np.float32)
    found = colour_shortcut(same, same)
    assert found.accuracy == pytest.approx(found.chance)
    assert found.percentile == pytest.approx(0.5)


def test_unrelated_views_are_near_chance() -> None:
    rng = np.random.default_rng(1)
    found = colour_shortcut(*rng.random((2, 200, 8, 8, 3), np.float32))
    assert found.accuracy < 0.05 and 0.4 < found.percentile < 0.6


def test_one_image_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="two images"):
        colour_shortcut(np.zeros((1, 4, 4, 3), np.float32), np.zeros((1, 4, 4, 3), np.float32))


def test_colour_jitter_closes_it_on_shapes() -> None:
    """Figures 5 and 6 of the paper, in small: crops alone keep their image's colours, jitter and grayscale do not."""
    from pathlib import Path

    from playground import data
    from playground.catalog.augmentation_presets import PRESETS
    from playground.config import parse
    from playground.config.data import ShapesConfig
    from playground.views import make_two_views

    images = data.run_to_end(data.load(ShapesConfig(count=128), home=Path("unused"))).train.images
    found = {
        name: colour_shortcut(
            *make_two_views(
                images,
                np.arange(128),
                parse(PRESETS[name].settings).views,
                seed=0,
                epoch=0,
                mean=(0, 0, 0),
                std=(1, 1, 1),
            )
        ).accuracy
        for name in ("none", "crop", "crop_colour")
    }
    assert found["none"] > 0.95 > found["crop"] > 3 * found["crop_colour"] > 3 / 128
