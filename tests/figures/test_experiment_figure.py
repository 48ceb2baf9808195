"""The plot of an experiment, on its data."""

import json
import math

import numpy as np
import pytest

from playground.figures.experiment import quantity_figure, theirs_figure


def test_one_axis_is_one_line_of_means_with_its_seeds() -> None:
    groups: dict[tuple[str, ...], list[float]] = {("0.1",): [1.0, 2.0, 3.0], ("0.5",): [4.0], ("1",): []}
    figure = quantity_figure(groups, x_title="Temperature", y_title="Loss", scale=2.0)
    seeds, means = figure.data
    assert list(seeds.x) == ["0.1", "0.1", "0.1", "0.5"]
    assert list(seeds.y) == [2, 4, 6, 8]
    assert list(means.x) == ["0.1", "0.5", "1"]
    assert list(means.y[:2]) == [4, 8]
    assert math.isnan(means.y[2])
    assert means.error_y.array[0] == pytest.approx(2 * np.std([1, 2, 3], ddof=1))
    assert np.isnan(means.error_y.array[1:]).all()
    assert means.y.dtype == np.float32
    assert list(figure.layout.xaxis.categoryarray) == ["0.1", "0.5", "1"]
    json.loads(figure.to_json())


def test_two_axes_are_a_line_for_each_of_the_first_each_with_a_look_of_its_own() -> None:
    groups: dict[tuple[str, ...], list[float]] = {
        (method, size): [1.0, 2.0] for method in ("SimCLR", "MoCo", "BYOL") for size in ("256", "32")
    }
    figure = quantity_figure(groups, x_title="Batch size", y_title="kNN")
    lines = figure.data[1::2]
    assert [line.name for line in lines] == ["SimCLR", "MoCo", "BYOL"]
    assert all(list(line.x) == ["256", "32"] for line in lines)
    for look in ({line.line.dash for line in lines}, {line.marker.symbol for line in lines}):
        assert len(look) == 3
    assert sum(bool(points.showlegend) for points in figure.data[::2]) == 1


def test_theirs_are_open_marks() -> None:
    (line,) = theirs_figure(["0.1", "0.5"], (2.98, 3.76), x_title="Temperature").data
    assert list(line.x) == ["0.1", "0.5"]
    assert list(line.y) == pytest.approx([2.98, 3.76])
    assert line.marker.symbol == "circle-open"
