"""The collapse figure, on its data."""

import json
import math
from dataclasses import replace

import pytest

from playground.figures.collapse import collapse_figure
from playground.insight.collapse import DIMENSIONAL_RANK
from playground.records import Insight

ONE = Insight(20, 1.5, "healthy", 0.9, 64.0, 128, 0.3, -2.5, None, "no labels")


def test_one_look_is_one_point_of_each_curve() -> None:
    rank, std = collapse_figure([ONE]).data
    assert (list(rank.x), list(std.x)) == ([20], [20])
    assert list(rank.y) == pytest.approx([0.5])
    assert list(std.y) == pytest.approx([0.9])
    assert "rank" in rank.name
    assert "std" in std.name


def test_the_alarm_is_where_the_verdict_has_it() -> None:
    (line,) = collapse_figure([ONE]).layout.shapes
    assert line.y0 == line.y1 == DIMENSIONAL_RANK


def test_no_looks_give_empty_curves() -> None:
    assert [len(curve.x) for curve in collapse_figure([]).data] == [0, 0]


def test_a_figure_that_is_no_number_leaves_a_gap() -> None:
    broken = replace(ONE, step=40, effective_rank=math.nan, feature_std=math.nan)
    figure = collapse_figure([ONE, broken, replace(ONE, step=60)])
    assert [math.isfinite(y) for y in figure.data[0].y] == [True, False, True]
    json.loads(figure.to_json())
