"""The collapse figure and the spectrum, on their data."""

import json
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.figures import collapse
from playground.figures.collapse import SMALLEST_SHARE, spectrum_figure
from playground.figures.palette import LAYER_LINES
from playground.insight.collapse import LAYERS, THRESHOLDS, Layer, layer_geometry, spectrum
from tests.runs.records import geometry, insight


def collapse_figure(*given: Any, **more: Any) -> go.Figure:
    """Checked by plotly.py, which the page spares itself."""
    return go.Figure(collapse.collapse_figure(*given, **more))


ONE = insight(
    20,
    h=geometry(feature_std=0.7, effective_rank=16.0, rank_limit=64),
    z=geometry(feature_std=0.9, effective_rank=64.0, rank_limit=128),
)
SHARES: dict[Layer, tuple[float, float]] = {"h": (0.25, 0.7), "z": (0.5, 0.9)}


@pytest.mark.parametrize("layer", LAYERS)
def test_one_look_is_one_point_of_each_curve(layer: Layer) -> None:
    rank, std = collapse_figure([ONE], layer).data
    assert (list(rank.x), list(std.x)) == ([20], [20])
    assert list(rank.y) == pytest.approx([SHARES[layer][0]])
    assert list(std.y) == pytest.approx([SHARES[layer][1]])
    assert "rank" in rank.name
    assert "std" in std.name


def test_z_is_what_is_shown_where_none_is_named() -> None:
    assert collapse_figure([ONE]) == collapse_figure([ONE], "z") != collapse_figure([ONE], "h")


@pytest.mark.parametrize("layer", LAYERS)
def test_the_alarm_is_where_the_verdict_has_it(layer: Layer) -> None:
    (line,), limit = collapse_figure([ONE], layer).layout.shapes, layer_geometry(ONE, layer).rank_limit
    assert line.y0 == line.y1 == pytest.approx(THRESHOLDS[layer].alarm(limit) / limit)


def test_the_step_that_is_looked_at_has_an_upright_line() -> None:
    _, line = collapse_figure([ONE], now=20).layout.shapes
    assert (line.x0, line.x1, line.yref) == (20, 20, "y domain")
    assert len(collapse_figure([ONE], now=0).layout.shapes) == 2  # the first look is one as well


def test_curves_differ_by_more_than_colour() -> None:
    rank, std = collapse_figure([ONE]).data
    assert rank.line.color != std.line.color
    assert rank.marker.symbol != std.marker.symbol


def test_no_looks_give_empty_curves() -> None:
    assert [len(curve.x) for curve in collapse_figure([]).data] == [0, 0]


def test_a_figure_that_is_no_number_leaves_a_gap() -> None:
    broken = insight(40, z=geometry(effective_rank=math.nan, feature_std=math.nan))
    figure = collapse_figure([ONE, broken, insight(60)])
    assert [math.isfinite(y) for y in figure.data[0].y] == [True, False, True]
    json.loads(figure.to_json())


def _spectra() -> dict[Layer, Any]:
    rng = np.random.default_rng(0)
    return {"h": spectrum(rng.standard_normal((50, 30))), "z": spectrum(rng.standard_normal((50, 8)))}


def test_each_layer_has_its_spectrum_from_the_strongest_direction_on() -> None:
    spectra = _spectra()
    curves = spectrum_figure(spectra).data
    assert [curve.name for curve in curves] == ["h (30 directions)", "z (8 directions)"]
    for curve, (layer, shares) in zip(curves, spectra.items(), strict=True):
        assert list(curve.x) == list(range(1, len(shares) + 1))
        np.testing.assert_allclose(curve.y, shares, rtol=1e-6)
        assert curve.y.dtype == np.float32
        assert (curve.line.color, curve.line.dash) == LAYER_LINES[layer]
    assert len({curve.line.dash for curve in curves}) == 2


def test_what_is_nothing_is_drawn_at_the_bottom_and_not_lost() -> None:
    """On a logarithmic scale there is no 0."""
    figure = spectrum_figure({"z": np.array([1.0, 1e-3, 1e-9, 0.0])})
    np.testing.assert_allclose(figure.data[0].y, [1, 1e-3, SMALLEST_SHARE, SMALLEST_SHARE], rtol=1e-6)
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    assert 10**low <= SMALLEST_SHARE < 1 < 10**high


def test_a_spectrum_of_no_numbers_is_no_error() -> None:
    json.loads(spectrum_figure({"z": np.full(4, np.nan)}).to_json())
    assert len(spectrum_figure({}).data) == 0
