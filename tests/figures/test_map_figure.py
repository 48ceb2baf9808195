"""The map figure, on its data: every image is one point, and a click leads back to it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.figures.map import MOST_IN_LEGEND, map_figure
from playground.figures.palette import COLOURS, SYMBOLS, class_colour, class_symbol

N = 40
XY = np.random.default_rng(0).standard_normal((N, 2)).astype(np.float32)


def _labels(classes: int) -> NDArray[np.int64]:
    return np.random.default_rng(1).permutation(np.arange(N) % classes).astype(np.int64)


def _check_points(figure: Any) -> None:
    """Every image is there once, at its place."""
    rows = np.concatenate([trace.customdata for trace in figure.data])
    assert sorted(rows.tolist()) == list(range(N))
    for trace in figure.data:
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], axis=1), XY[trace.customdata])


@pytest.mark.parametrize("classes", [1, 3, 12, 13, 40])
def test_every_image_is_one_point_of_its_class(classes: int) -> None:
    labels, names = _labels(classes), tuple(f"class {i}" for i in range(classes))
    figure = map_figure(XY, labels, names)
    _check_points(figure)
    assert [trace.name for trace in figure.data] == list(names)
    for label, trace in enumerate(figure.data):
        assert (labels[trace.customdata] == label).all()
        assert (trace.marker.color, trace.marker.symbol) == (class_colour(label), class_symbol(label))
    assert figure.layout.showlegend == (classes <= MOST_IN_LEGEND)


def test_without_labels_the_map_says_so() -> None:
    figure = map_figure(XY, None, ())
    _check_points(figure)
    assert [trace.name for trace in figure.data] == ["image (no labels)"]
    assert figure.layout.showlegend is False


def test_a_class_without_points_is_left_out() -> None:
    labels = _labels(2) * 2  # classes 0 and 2
    figure = map_figure(XY, labels, ("cat", "dog", "frog"))
    _check_points(figure)
    assert [(trace.name, trace.marker.color) for trace in figure.data] == [("cat", COLOURS[0]), ("frog", COLOURS[2])]


def test_names_are_nobodys_html() -> None:
    names = ("<b>bold</b>", "a & b", "&lt;", '<a href="javascript:x">y</a>')
    shown = [trace.name for trace in map_figure(XY, _labels(4), names).data]
    assert shown[:3] == ["&lt;b>bold&lt;/b>", "a &amp; b", "&amp;lt;"]
    assert not any("<" in name for name in shown)


def test_no_images_give_an_empty_map() -> None:
    figure = map_figure(XY[:0], np.empty(0, np.int64), ("cat",))
    assert len(figure.data) == 0


def test_axes_stay_put_while_points_move() -> None:
    figures = [map_figure(scale * XY, None, ()) for scale in (1, 3)]
    assert figures[0].layout.xaxis.range == figures[1].layout.xaxis.range
    assert figures[0].layout.yaxis.scaleanchor == "x"


def test_a_hundred_classes_have_a_hundred_looks() -> None:
    assert len({(class_colour(label), class_symbol(label)) for label in range(100)}) == 100
    assert len(set(COLOURS)) == len(COLOURS) == len(set(SYMBOLS)) == 10
