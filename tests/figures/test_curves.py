"""Curves of several runs, on their data."""

import json
from typing import Any

import numpy as np
import pytest

from playground.figures.curves import MOST_CURVE_POINTS, RUN_MARKS, Curve, all_positive, curves_figure

X = np.arange(1.0, 11)


def curve(place: int = 0, y: Any = X, **changes: Any) -> Curve:
    return Curve(f"run {place}", RUN_MARKS[place], np.arange(1.0, len(y) + 1), np.asarray(y, float), **changes)


def figure_of(*curves: Curve, **settings: Any) -> Any:
    return curves_figure(curves, x_title="step", y_title="loss", **settings)


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def test_there_are_six_marks_that_differ_in_all_of_colour_dash_symbol_and_sign() -> None:
    assert len(RUN_MARKS) == 6
    for part in ("colour", "dash", "symbol", "sign"):
        assert len({getattr(mark, part) for mark in RUN_MARKS}) == 6


def test_each_run_is_a_line_of_its_own_colour_and_dash() -> None:
    drawn = traces(figure_of(curve(0), curve(1, 2 * X)))
    assert list(drawn) == ["● run 0", "■ run 1"]
    for trace, mark, y in zip(drawn.values(), RUN_MARKS, (X, 2 * X), strict=False):
        assert (trace.line.color, trace.line.dash) == (mark.colour, mark.dash)
        assert trace.x.tolist() == X.tolist() and trace.y.tolist() == y.tolist()
        assert trace.x.dtype == trace.y.dtype == np.float32


def test_the_place_that_is_looked_at_has_the_runs_own_marker_on_its_curve() -> None:
    drawn = traces(figure_of(curve(2, X**2, now=4.0), curve(3)))
    point = drawn["◆ run 2, now"]
    assert (point.x.tolist(), point.y.tolist(), point.marker.symbol) == ([4], [16], "diamond")
    assert len(drawn) == 3


def test_a_fork_is_marked_where_the_run_went_on_differently() -> None:
    point = traces(figure_of(curve(1, 3 * X, fork=5.0)))["■ run 1, fork"]
    assert (point.x.tolist(), point.y.tolist(), list(point.text)) == ([5], [15], ["fork"])


def test_a_spread_is_a_band_from_the_lowest_to_the_highest() -> None:
    band = traces(figure_of(curve(0, X, low=X - 1, high=X + 2)))["● run 0, spread"]
    assert band.fill == "toself"
    assert band.x.tolist() == [*X, *X[::-1]]
    assert band.y.tolist() == [*(X + 2), *(X - 1)[::-1]]


def test_a_band_leaves_out_what_is_no_number() -> None:
    y = X.copy()
    y[3] = np.nan
    band = traces(figure_of(curve(0, y, low=y - 1, high=y + 2)))["● run 0, spread"]
    assert len(band.x) == 2 * 9 and np.isfinite(band.y).all()


def test_a_long_curve_is_thinned_and_its_extremes_kept() -> None:
    y = np.random.default_rng(0).standard_normal(100_000)
    y[50_001], y[70_007] = 40, -70
    (line,) = figure_of(curve(0, y)).data
    assert len(line.x) <= MOST_CURVE_POINTS + 2
    assert {40, -70} <= set(line.y.tolist())


def test_levels_have_words_and_are_left_out_on_a_logarithmic_scale() -> None:
    levels = ((1.0, "chance"), (0.0, "floor"))
    plain, log = figure_of(curve(), levels=levels), figure_of(curve(), levels=levels, log=True)
    assert {note.text: note.y for note in plain.layout.annotations} == {"chance": 1, "floor": 0}
    assert not log.layout.annotations and log.layout.yaxis.type == "log"


def test_the_step_that_is_looked_at_is_an_upright_line() -> None:
    assert [shape.x0 for shape in figure_of(curve(), now=7).layout.shapes] == [7]
    assert not figure_of(curve()).layout.shapes


@pytest.mark.parametrize(
    ("y", "low", "positive"),
    [(X, None, True), (X - 1, None, False), (X, X - 1, False), ([1, np.nan, 2], None, True), ([], None, True)],
)
def test_a_logarithmic_scale_wants_every_number_positive(y: Any, low: Any, positive: bool) -> None:
    assert all_positive([curve(0, y, low=low, high=low)]) is positive


def test_no_curves_and_empty_ones_are_no_error() -> None:
    assert not figure_of().data
    empty = figure_of(curve(0, [], now=1.0, fork=1.0, low=np.empty(0), high=np.empty(0)))
    json.loads(empty.to_json())


def test_a_name_is_nobodys_html() -> None:
    drawn = traces(figure_of(Curve("<b>&", RUN_MARKS[0], X, X)))
    assert list(drawn) == ["● &lt;b>&amp;"]
