"""The map figure, on its data: every image is one point, and a click leads back to it."""

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from playground.figures import map
from playground.figures.map import MOST_DRAWN, MOST_IN_LEGEND, ColourGroups, Colouring, ColourScale
from playground.figures.palette import COLOURS, SYMBOLS, class_colour, class_symbol


def map_figure(*given: Any, **more: Any) -> go.Figure:
    """Checked by plotly.py, which the page spares itself."""
    return go.Figure(map.map_figure(*given, **more))


N = 40
XY = np.random.default_rng(0).standard_normal((N, 2)).astype(np.float32)
VALUES = np.linspace(-2, 3, N)


def _labels(classes: int) -> NDArray[np.int64]:
    return np.random.default_rng(1).permutation(np.arange(N) % classes).astype(np.int64)


def _check_points(figure: Any, xy: NDArray[np.float32] = XY) -> None:
    """Every image is there once, at its place."""
    rows = np.concatenate([trace.customdata for trace in figure.data])
    assert sorted(rows.tolist()) == list(range(len(xy)))
    for trace in figure.data:
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], axis=1), xy[trace.customdata])


@pytest.mark.parametrize("classes", [1, 3, 12, 13, 40])
def test_every_image_is_one_point_of_its_class(classes: int) -> None:
    labels, names = _labels(classes), tuple(f"class {i}" for i in range(classes))
    figure = map_figure(XY, ColourGroups(labels, names))
    _check_points(figure)
    assert [trace.name for trace in figure.data] == list(names)
    for label, trace in enumerate(figure.data):
        assert (labels[trace.customdata] == label).all()
        assert (trace.marker.color, trace.marker.symbol) == (class_colour(label), class_symbol(label))
    assert figure.layout.showlegend == (classes <= MOST_IN_LEGEND)


def test_without_a_colouring_the_map_says_so() -> None:
    figure = map_figure(XY)
    _check_points(figure)
    assert [trace.name for trace in figure.data] == ["image (no labels)"]
    assert figure.layout.showlegend is False


def test_a_class_without_points_is_left_out() -> None:
    labels = _labels(2) * 2  # classes 0 and 2
    figure = map_figure(XY, ColourGroups(labels, ("cat", "dog", "frog")))
    _check_points(figure)
    assert [(trace.name, trace.marker.color) for trace in figure.data] == [("cat", COLOURS[0]), ("frog", COLOURS[2])]


def test_numbers_have_a_scale_with_its_title() -> None:
    figure = map_figure(XY, ColourScale(VALUES, "loss"))
    (points,) = figure.data
    _check_points(figure)
    np.testing.assert_allclose(points.marker.color, VALUES[points.customdata], rtol=1e-6)
    assert points.marker.color.dtype == np.float32
    assert (points.marker.cmin, points.marker.cmax) == pytest.approx((-2, 3))
    assert points.marker.colorbar.title.text == points.name == "loss"
    assert figure.layout.showlegend is False


def test_a_range_that_is_given_stays_whatever_the_values() -> None:
    for values in (VALUES, VALUES / 10):
        (points,) = map_figure(XY, ColourScale(values, "similarity", (-1.0, 1.0))).data
        assert (points.marker.cmin, points.marker.cmax) == (-1, 1)


def test_a_value_that_is_no_number_does_not_spoil_the_range() -> None:
    values = VALUES.copy()
    values[3] = np.nan
    figure = map_figure(XY, ColourScale(values, "loss"))
    assert (figure.data[0].marker.cmin, figure.data[0].marker.cmax) == pytest.approx((-2, 3))
    _check_points(figure)
    json.loads(figure.to_json())


def test_the_ends_of_a_circular_scale_look_the_same() -> None:
    def ends(circular: bool) -> tuple[str, str]:
        (points,) = map_figure(XY, ColourScale(VALUES, "hue", (0.0, 1.0), circular=circular)).data
        scale = points.marker.colorscale
        assert (scale[0][0], scale[-1][0]) == (0, 1)
        return scale[0][1], scale[-1][1]

    first, last = ends(circular=True)
    assert first == last
    first, last = ends(circular=False)
    assert first != last


COLOURINGS: list[Colouring] = [None, ColourGroups(np.zeros(1, np.int64), ("cat",)), ColourScale(np.zeros(1), "loss")]


@pytest.mark.parametrize("colouring", COLOURINGS, ids=["none", "groups", "scale"])
def test_many_points_are_drawn_by_webgl(colouring: Colouring) -> None:
    """However many: a class with few of many points is drawn as the others are."""
    rng = np.random.default_rng(0)
    for count, kind in ((MOST_DRAWN, "scatter"), (MOST_DRAWN + 1, "scattergl")):
        xy = rng.standard_normal((count, 2)).astype(np.float32)
        given = colouring
        if isinstance(colouring, ColourGroups):
            given = ColourGroups((np.arange(count) < 5).astype(np.int64), ("many", "few"))
        elif isinstance(colouring, ColourScale):
            given = ColourScale(rng.standard_normal(count), "loss")
        figure = map_figure(xy, given)
        assert {trace.type for trace in figure.data} == {kind}
        _check_points(figure, xy)


def test_arrays_are_small() -> None:
    for trace in map_figure(XY.astype(np.float64), ColourGroups(_labels(3), ("a", "b", "c"))).data:
        assert (trace.x.dtype, trace.y.dtype, trace.customdata.dtype) == (np.float32, np.float32, np.int32)


def test_names_are_nobodys_html() -> None:
    names = ("<b>bold</b>", "a & b", "&lt;", '<a href="javascript:x">y</a>')
    shown = [trace.name for trace in map_figure(XY, ColourGroups(_labels(4), names)).data]
    assert shown[:3] == ["&lt;b>bold&lt;/b>", "a &amp; b", "&amp;lt;"]
    assert not any("<" in name for name in shown)


def test_no_images_give_an_empty_map() -> None:
    assert len(map_figure(XY[:0], ColourGroups(np.empty(0, np.int64), ("cat",))).data) == 0


def test_axes_stay_put_while_points_move() -> None:
    figures = [map_figure(scale * XY) for scale in (1, 3)]
    assert figures[0].layout.xaxis.range == figures[1].layout.xaxis.range
    assert figures[0].layout.yaxis.scaleanchor == "x"


def test_a_hundred_classes_have_a_hundred_looks() -> None:
    assert len({(class_colour(label), class_symbol(label)) for label in range(100)}) == 100
    assert len(set(COLOURS)) == len(COLOURS) == len(set(SYMBOLS)) == 10


def test_equal_scales_do_not_cost_a_zoom() -> None:
    """With ranges that Plotly widens by itself it forgets at each update where a person has zoomed to."""
    layout = map_figure(XY).layout
    assert layout.yaxis.scaleanchor == "x"
    assert layout.xaxis.constrain == layout.yaxis.constrain == "domain"
