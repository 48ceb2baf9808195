"""The figures of both layers, on their data."""

import json
import math

import pytest

from playground.figures.layers import LAYER_NAMES, accuracy_figure, layer_knn, rank_figure
from playground.figures.palette import LAYER_LINES
from tests.runs.records import geometry, insight

LOOKS = [
    insight(
        step,
        knn_accuracy=0.5 + step / 100,
        knn_accuracy_z=0.4 + step / 200,
        h=geometry(effective_rank=20 + step, rank_limit=200),
        z=geometry(effective_rank=40.0 - step, rank_limit=100),
    )
    for step in (0, 10, 20)
]


def test_accuracy_of_h_and_z() -> None:
    h, z = accuracy_figure(LOOKS).data
    assert list(h.x) == list(z.x) == [0, 10, 20]
    assert list(h.y) == pytest.approx([0.5, 0.6, 0.7])
    assert list(z.y) == pytest.approx([0.4, 0.45, 0.5])
    assert [layer_knn(LOOKS[1], layer) for layer in ("h", "z")] == pytest.approx([0.6, 0.45])


def test_rank_is_a_share_of_the_layers_own_limit() -> None:
    figure = rank_figure(LOOKS)
    h, z = figure.data
    assert list(h.y) == pytest.approx([0.1, 0.15, 0.2])
    assert list(z.y) == pytest.approx([0.4, 0.3, 0.2])
    low, high = figure.layout.yaxis.range
    assert low == 0 and high > 1


@pytest.mark.parametrize("draw", [accuracy_figure, rank_figure])
def test_layers_differ_by_more_than_colour_and_are_named(draw: type[object]) -> None:
    figure = draw(LOOKS)  # type: ignore[call-arg]
    for curve, layer in zip(figure.data, ("h", "z"), strict=True):  # type: ignore[attr-defined]
        assert (curve.line.color, curve.line.dash) == LAYER_LINES[layer]
        assert curve.name == LAYER_NAMES[layer]
    assert LAYER_LINES["h"][1] != LAYER_LINES["z"][1]


def test_the_step_that_is_looked_at_has_an_upright_line() -> None:
    for draw in (accuracy_figure, rank_figure):
        assert not draw(LOOKS).layout.shapes
        for now in (0, 10):
            (line,) = draw(LOOKS, now=now).layout.shapes
            assert (line.x0, line.x1, line.yref) == (now, now, "y domain")


def test_without_labels_and_without_looks_there_is_nothing_to_draw_and_no_error() -> None:
    figure = accuracy_figure([insight(5, knn_accuracy=None, knn_accuracy_z=None)])
    for curve in figure.data:
        assert [math.isfinite(y) for y in curve.y] == [False]
    json.loads(figure.to_json())
    for draw in (accuracy_figure, rank_figure):
        assert [len(curve.x) for curve in draw([]).data] == [0, 0]
