"""Recall over the looks, on its data."""

import numpy as np

from playground.figures.recall import WAYS, recall_figure
from playground.ui.components.plot import figure_json


def test_a_line_each_way_above_chance() -> None:
    figure = recall_figure([0, 10, 30], [(0.001, 0.002), (0.3, 0.2), (0.6, 0.5)], 0.001, now=10)
    assert [line.name for line in figure.data] == list(WAYS)
    np.testing.assert_allclose(figure.data[0].y, [0.001, 0.3, 0.6], rtol=1e-6)
    np.testing.assert_allclose(figure.data[1].y, [0.002, 0.2, 0.5], rtol=1e-6)
    assert len({line.line.dash for line in figure.data}) == 2 and len({line.marker.symbol for line in figure.data}) == 2
    chance, moment = figure.layout.shapes
    assert (chance.y0, moment.x0) == (0.001, 10)
    assert figure.layout.annotations[0].text == "chance 0.10%"
    assert 0.6 < figure.layout.yaxis.range[1] <= 1.05
    figure_json(figure)


def test_a_single_look_at_chance_and_one_without_a_number() -> None:
    assert recall_figure([0], [(0.0, 0.0)], 1.0).layout.yaxis.range[1] == 1.05
    assert np.isfinite(recall_figure([0], [(float("nan"), float("nan"))], 0.1).layout.yaxis.range).all()
