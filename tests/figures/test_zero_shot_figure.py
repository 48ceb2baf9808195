"""The bars of zero-shot accuracy and the matrix of many classes, on their data."""

import json

import numpy as np
import pytest

from playground.figures.confusion import MOST_NAMES, confusion_figure
from playground.figures.zero_shot import FEW_NAMES, ImageGroup, accuracies_figure, matrix_figure
from playground.insight.evaluation import Confusion

GROUPS = [
    ImageGroup("all", 1000, {"one prompt": 0.5, "ensemble": 0.75}),
    ImageGroup("held out", 150, {"one prompt": 0.25, "ensemble": 1.0}),
]


def test_every_bar_is_its_figure() -> None:
    one, ensemble = accuracies_figure(GROUPS, 0.25).data
    assert (one.name, list(one.x)) == ("one prompt", [50, 25])
    assert (ensemble.name, list(ensemble.x)) == ("ensemble", [75, 100])
    assert list(one.y) == ["all<br>1,000 images", "held out<br>150 images"]
    assert list(ensemble.text) == ["75.0 %", "100.0 %"]
    assert list(one.customdata) == [1000, 150] and one.x.dtype == np.float32


def test_chance_is_a_line_and_told() -> None:
    layout = accuracies_figure(GROUPS, 1 / 6).layout
    (line,) = layout.shapes
    assert line.x0 == line.x1 == pytest.approx(100 / 6)
    assert "by chance 16.7 %" in layout.xaxis.title.text


def test_colour_does_not_stand_alone() -> None:
    one, ensemble = accuracies_figure(GROUPS, 0.25).data
    assert one.marker.pattern.shape and not ensemble.marker.pattern.shape


def test_a_single_prompt_has_a_single_bar() -> None:
    figure = accuracies_figure([ImageGroup("all", 9, {"one prompt": 0.5})], 0.1)
    assert [bar.name for bar in figure.data] == ["one prompt"]
    json.loads(figure.to_json())


def confusion(classes: int) -> Confusion:
    return Confusion(tuple(f"class {number}" for number in range(classes)), np.eye(classes, dtype=np.int64), "")


def test_few_classes_are_drawn_as_ever() -> None:
    assert matrix_figure(confusion(MOST_NAMES)) == confusion_figure(confusion(MOST_NAMES))


def test_of_many_classes_some_are_named_and_all_are_drawn() -> None:
    figure = matrix_figure(confusion(72))
    assert figure.data[0].z.shape == (72, 72) and figure.data[0].xgap == figure.data[0].ygap == 0
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert 2 < len(axis.tickvals) <= FEW_NAMES
        assert list(axis.ticktext) == [f"class {place}" for place in axis.tickvals]
