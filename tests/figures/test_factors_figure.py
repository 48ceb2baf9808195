"""The figure of what can be read, on its data."""

import json
import math

import pytest

from playground.figures.factors import factors_figure

H = {"shape": 0.5, "hue": 0.0, "position": 1.0}


def test_each_factor_has_a_bar_of_each_kind() -> None:
    before, h, z = factors_figure(
        {"shape": 0.1, "hue": 0.9, "position": 0.8}, H, {"shape": 0.2, "hue": 0.3, "position": 0.4}
    ).data
    assert list(before.y) == list(h.y) == list(z.y) == ["shape", "hue", "position"]
    assert list(before.x) == pytest.approx([0.1, 0.9, 0.8])
    assert list(h.x) == pytest.approx([0.5, 0.0, 1.0])
    assert list(z.x) == pytest.approx([0.2, 0.3, 0.4])
    assert (before.name, h.name, z.name) == ("h, untrained", "h, now", "z, now")


def test_bars_differ_by_more_than_colour_and_say_their_figure() -> None:
    bars = factors_figure(H, H, H).data
    assert len({bar.marker.pattern.shape for bar in bars}) == len({bar.marker.color for bar in bars}) == 3
    assert all("x" in bar.texttemplate for bar in bars)  # a bar of length 0 cannot be seen


def test_the_axis_holds_every_score() -> None:
    low, high = factors_figure(H, H, H).layout.xaxis.range
    assert low == 0
    assert high > 1


def test_what_another_lacks_leaves_a_gap() -> None:
    figure = factors_figure({"hue": 0.9, "gone": 1.0}, H, {})
    before, _, z = figure.data
    assert [math.isfinite(x) for x in before.x] == [False, True, False]
    assert not any(math.isfinite(x) for x in z.x)
    json.loads(figure.to_json())


def test_no_factors_give_an_empty_figure() -> None:
    assert [len(bar.x) for bar in factors_figure({}, {}, {}).data] == [0, 0, 0]
