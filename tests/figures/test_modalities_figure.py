"""Both kinds on one map, on its data."""

import numpy as np
import pytest

from playground.figures.modalities import (
    LONGEST_HINT_CAPTION,
    MOST_DRAWN_PAIRS,
    Modalities,
    gap_figure,
    modalities_figure,
)
from playground.ui.components.plot import figure_json


def _modalities(n: int, captions: list[str] | None = None) -> Modalities:
    image, text = np.random.default_rng(0).normal(size=(2, n, 2)).astype(np.float32)
    means = np.array([[1, 0], [-1, 0.5]], np.float32)
    return Modalities(np.arange(n) * 3, image, text, means, captions or ["a cat"] * n)


def test_dots_and_diamonds_with_the_numbers_of_their_pairs() -> None:
    shown = _modalities(5)
    figure = modalities_figure(shown, 0.82, joined=np.array([1, 4]))
    images, captions, lines = figure.data
    assert (images.marker.symbol, captions.marker.symbol) == ("circle", "diamond")
    assert images.marker.color != captions.marker.color
    for points, xy in ((images, shown.image), (captions, shown.text)):
        np.testing.assert_array_equal(points.x, xy[:, 0])
        assert points.customdata.tolist() == [0, 3, 6, 9, 12]
    np.testing.assert_array_equal(
        lines.x[[0, 1, 3, 4]], [shown.image[1, 0], shown.text[1, 0], shown.image[4, 0], shown.text[4, 0]]
    )
    assert np.isnan(lines.x[[2, 5]]).all() and lines.hoverinfo == "skip"
    figure_json(figure)


def test_the_arrow_goes_from_mean_to_mean_with_its_length() -> None:
    arrow, words = modalities_figure(_modalities(5), 0.824, joined=np.array([], np.int64)).layout.annotations
    assert (arrow.ax, arrow.ay, arrow.x, arrow.y) == (1, 0, -1, 0.5)
    assert arrow.axref == "x" and arrow.arrowside == "end+start"
    assert "0.82" in words.text and (words.x, words.y) == (0, 0.25)


@pytest.mark.parametrize(("n", "kind"), [(MOST_DRAWN_PAIRS + 1, "scatter"), (MOST_DRAWN_PAIRS + 2, "scattergl")])
def test_few_points_can_glide(n: int, kind: str) -> None:
    figure = modalities_figure(_modalities(n), 0.5, joined=np.array([], np.int64))
    assert {points.type for points in figure.data[:2]} == {kind} and len(figure.data) == 3


def test_captions_are_cut_and_nobodys_html() -> None:
    figure = modalities_figure(_modalities(2, ["<i>%{y}</i>", "long\n" * 50]), 0.5, joined=np.array([0]))
    first, second = figure.data[1].text
    assert "<" not in first and "%{" not in first
    assert len(second) == LONGEST_HINT_CAPTION and second.endswith("…") and "\n" not in second


def test_the_gap_of_every_look() -> None:
    figure = gap_figure([0, 10], [1.3, 0.2], now=0)
    np.testing.assert_allclose(figure.data[0].y, [1.3, 0.2], rtol=1e-6)
    low, high = figure.layout.yaxis.range
    assert low < 0 < 1.3 < high <= 2
    assert gap_figure([0], [2.0]).layout.yaxis.range[1] == 2
    figure_json(figure)
