"""The figure of invariance, on its data: a panel a perturbation, two curves in each."""

import json
import math
from typing import Any

import pytest

from playground.figures.invariance import invariance_figure
from playground.insight.perturbations import PERTURBATIONS

BEFORE = {name: [1.0, 0.5 + row / 10, 0.4, 0.3, 0.2] for row, name in enumerate(PERTURBATIONS)}
AFTER = {name: [1.0, 0.9, 0.8, 0.7, 0.6 + row / 10] for row, name in enumerate(PERTURBATIONS)}


def _panels(figure: Any) -> dict[str, list[Any]]:
    """Curves by the title of their panel: it stands in the middle above it."""
    titles = {}
    for note in figure.layout.annotations:
        for number in ("", *range(2, len(PERTURBATIONS) + 1)):
            x, y = figure.layout[f"xaxis{number}"], figure.layout[f"yaxis{number}"]
            if x.domain[0] < note.x < x.domain[1] and note.y == pytest.approx(y.domain[1]):
                titles[f"x{number}"] = note.text
    panels: dict[str, list[Any]] = {title: [] for title in titles.values()}
    for curve in figure.data:
        panels[titles[curve.xaxis]].append(curve)
    return panels


def test_each_perturbation_has_a_panel_with_both_curves() -> None:
    panels = _panels(invariance_figure(BEFORE, AFTER))
    assert list(panels) == [perturbation.title for perturbation in PERTURBATIONS.values()]
    for name, perturbation in PERTURBATIONS.items():
        before, after = panels[perturbation.title]
        assert (before.name, after.name) == ("untrained", "now")
        assert list(before.x) == list(after.x) == list(perturbation.labels)
        assert list(before.y) == pytest.approx(BEFORE[name])
        assert list(after.y) == pytest.approx(AFTER[name])


def test_curves_differ_by_more_than_colour_and_stand_in_the_legend_once() -> None:
    data = invariance_figure(BEFORE, AFTER).data
    assert {(curve.name, curve.line.dash) for curve in data} == {("untrained", "dash"), ("now", "solid")}
    assert [curve.name for curve in data if curve.showlegend] == ["untrained", "now"]
    assert all(curve.legendgroup == curve.name for curve in data)


def test_all_panels_have_one_scale() -> None:
    layout = invariance_figure(BEFORE, AFTER).layout
    scales = {tuple(layout[f"yaxis{number}"].range) for number in ("", 2, 3, 4)}
    assert len(scales) == 1
    ((low, high),) = scales
    assert low < 0 < 1 < high
    assert all(layout[f"xaxis{number}"].type == "category" for number in ("", 2, 3, 4))  # in order, not to scale


def test_what_is_missing_or_no_number_leaves_a_gap() -> None:
    figure = invariance_figure({}, {**AFTER, "hue": [math.nan] * 5, "blur": [1.0]})
    hue, blur = (_panels(figure)[PERTURBATIONS[name].title] for name in ("hue", "blur"))
    assert len(hue[0].x) == 0
    assert not any(math.isfinite(y) for y in hue[1].y)
    assert list(blur[1].x) == ["0"]
    json.loads(figure.to_json())
