"""Accuracy over few labels, on its data."""

import json
import math

import pytest

from playground.figures.evaluation import LINES, few_labels_figure
from playground.insight.evaluation import LABEL_SHARES, EncoderName, Measure, MeasureName


def _line(name: MeasureName, encoder: EncoderName, start: float) -> list[Measure]:
    return [Measure(name, encoder, share, start + share / 2, f"{name}, {share:g}") for share in LABEL_SHARES]


def test_one_line_a_way_to_use_labels_each_with_a_look_of_its_own() -> None:
    measures = [measure for number, key in enumerate(LINES) for measure in _line(*key, number / 10)]
    others = [Measure("knn", "trained", 1.0, 0.9, "kNN"), Measure("separation", "trained", None, 1.4, "ratio")]
    figure = few_labels_figure([*others, *reversed(measures)])
    assert [line.name for line in figure.data] == [look[0] for look in LINES.values()]
    for number, line in enumerate(figure.data):
        assert list(line.x) == pytest.approx([1, 10, 100])
        assert list(line.y) == pytest.approx([100 * (number / 10 + share / 2) for share in LABEL_SHARES])
        assert line.customdata[0].endswith("0.01")
    for look in ("dash", "symbol"):
        part = "line" if look == "dash" else "marker"
        assert len({line[part][look] for line in figure.data}) == len(LINES)


def test_what_is_not_known_yet_is_left_out() -> None:
    assert len(few_labels_figure([]).data) == 0
    (line,) = few_labels_figure(_line("linear", "trained", 0.1)[:2]).data
    assert len(line.x) == 2


def test_a_value_that_could_not_be_told_is_a_gap() -> None:
    figure = few_labels_figure([Measure("linear", "trained", 0.1, None, "h")])
    assert math.isnan(figure.data[0].y[0])
    json.loads(figure.to_json())


def test_a_long_protocol_is_broken_into_lines() -> None:
    (line,) = few_labels_figure([Measure("linear", "trained", 0.1, 0.5, "so many words " * 20)]).data
    assert max(len(part) for part in line.customdata[0].split("<br>")) <= 44
