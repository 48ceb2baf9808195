"""The loss figure, on its data: every step, their average, chance and floor."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.config import RunConfig, parse
from playground.figures import loss
from playground.figures.loss import MOST_LOSS_POINTS
from playground.figures.palette import VERDICT_MARKS
from playground.insight.collapse import VerdictChange
from playground.insight.loss_scale import make_loss_scale
from playground.records import StepMetrics
from tests.config.choices import METHODS


def loss_figure(*given: Any, **more: Any) -> go.Figure:
    """Checked by plotly.py, which the page spares itself."""
    return go.Figure(loss.loss_figure(*given, **more))


LEARNED = parse({"method.learn_temperature": True, "method.temperature": 0.5, "batch_size": 64})


def _steps(losses: Sequence[float], temperatures: Sequence[float] | None = None) -> list[StepMetrics]:
    now: Sequence[float | None] = temperatures or [None] * len(losses)
    return [
        StepMetrics(i + 1, 0.0, 0.1 * i, loss, 0.1, 100.0, 0.0, 0.5, None, temperature)
        for i, (loss, temperature) in enumerate(zip(losses, now, strict=True))
    ]


def _lines(config: RunConfig) -> dict[str, float]:
    """Height and words of each level line."""
    figure = loss_figure(_steps([3.0, 2.0]), config)
    heights = [shape.y0 for shape in figure.layout.shapes]
    assert heights == [shape.y1 for shape in figure.layout.shapes] == [note.y for note in figure.layout.annotations]
    return {note.text.split(":")[0]: note.y for note in figure.layout.annotations}


def test_chance_and_floor_of_simclr() -> None:
    lines = _lines(parse({"method.name": "simclr", "method.temperature": 0.5, "batch_size": 64}))
    assert lines == {"chance": pytest.approx(4.844, abs=1e-3), "floor": pytest.approx(2.863, abs=1e-3)}


def test_chance_and_floor_of_moco() -> None:
    lines = _lines(parse({"method.name": "moco", "method.queue_size": 4096, "method.temperature": 0.2}))
    assert lines == {"chance": pytest.approx(8.318, abs=1e-3), "floor": pytest.approx(3.353, abs=1e-3)}


def test_chance_alone_where_there_is_no_floor() -> None:
    assert _lines(parse({"method.name": "supcon", "batch_size": 64})) == {"chance": pytest.approx(4.844, abs=1e-3)}


def test_chance_and_floor_of_byol() -> None:
    assert _lines(parse({"method.name": "byol"})) == {"chance": 4.0, "floor": 0.0}


def test_a_line_says_its_height() -> None:
    figure = loss_figure(_steps([3.0]), parse({"batch_size": 256}))
    assert figure.layout.annotations[0].text == "chance: tells nothing apart (6.24)"


@pytest.mark.parametrize("count", [0, 1, 2, 899])
def test_few_steps_are_all_drawn(count: int) -> None:
    losses = [5 - i / 1000 for i in range(count)]
    each, average = loss_figure(_steps(losses), parse({})).data
    assert list(each.x) == list(average.x) == list(range(1, count + 1))
    np.testing.assert_allclose(each.y, losses, rtol=1e-6)
    assert np.isfinite(np.asarray(average.y, dtype=float)).all()


def test_the_average_is_that_of_all_steps_so_far() -> None:
    losses = np.random.default_rng(0).standard_normal(60).tolist()
    _, average = loss_figure(_steps(losses), parse({})).data
    alpha = 2 / (5 + 1)
    for i in (0, 1, 30, 59):
        weights = [(1 - alpha) ** (i - j) for j in range(i + 1)]
        assert average.y[i] == pytest.approx(np.average(losses[: i + 1], weights=weights), abs=1e-5)


def test_a_hundred_thousand_steps_are_thinned_and_extremes_kept() -> None:
    losses = (4 + np.random.default_rng(0).standard_normal(100_000)).astype(np.float32)
    losses[50_001], losses[70_007] = 40, -7
    each, average = loss_figure(_steps(losses.tolist()), parse({})).data
    assert len(each.x) == len(each.y) == len(average.y) <= MOST_LOSS_POINTS + 2
    assert (each.x[0], each.x[-1]) == (1, 100_000)
    points = dict(zip(np.asarray(each.x).tolist(), np.asarray(each.y).tolist(), strict=True))
    assert points[50_002] == 40
    assert points[70_008] == -7


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("place", [0, 3, 9])
def test_a_loss_that_is_no_number_leaves_a_gap(bad: float, place: int) -> None:
    losses = [4.0] * 10
    losses[place] = bad
    figure = loss_figure(_steps(losses), parse({}))
    each, average = figure.data
    assert [i for i, y in enumerate(each.y) if not math.isfinite(y)] == [place]
    after = [float(y) for i, y in enumerate(average.y) if i != place]
    assert after == pytest.approx([4.0] * 9)  # one bad step does not spoil the average of those after it
    json.loads(figure.to_json())


def test_nothing_but_bad_steps_is_no_error() -> None:
    assert len(loss_figure(_steps([math.nan] * 3), parse({})).data[0].x) == 3


def _upright(figure: Any) -> list[int]:
    return [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1 and shape.yref == "y domain"]


def test_the_step_that_is_looked_at_has_an_upright_line() -> None:
    assert _upright(loss_figure(_steps([3.0, 2.0]), parse({}))) == []
    for now in (0, 2):
        for scale in ("loss", "height"):
            assert _upright(loss_figure(_steps([3.0, 2.0]), parse({}), scale=scale, now=now)) == [now]


# From the floor to chance


def _levels(figure: Any) -> dict[str, float]:
    return {note.text.split(":")[0]: note.y for note in figure.layout.annotations}


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"supcon", "clip"}))
def test_on_the_relative_scale_chance_is_1_and_the_floor_0(method: str) -> None:
    config = parse({"method.name": method})
    known = make_loss_scale(config)
    assert known.chance is not None and known.floor is not None
    losses = [known.chance, (known.chance + known.floor) / 2, known.floor]
    figure = loss_figure(_steps(losses), config, scale="height")
    assert list(figure.data[0].y) == pytest.approx([1, 0.5, 0], abs=1e-6)
    assert _levels(figure) == {"chance": 1.0, "floor": 0.0}
    assert figure.layout.yaxis.title.text == "loss: 0 floor, 1 chance"


def test_the_relative_scale_takes_the_temperature_of_each_step() -> None:
    temperatures = [0.5, 0.3, 0.1, 0.1]
    known = [make_loss_scale(LEARNED, temperature) for temperature in temperatures]
    for share in (0.0, 0.4, 1.0):
        losses = [one.floor + share * (one.chance - one.floor) for one in known]  # type: ignore[operator]
        figure = loss_figure(_steps(losses, temperatures), LEARNED, scale="height")
        assert list(figure.data[0].y) == pytest.approx([share] * 4, abs=1e-6)
        assert list(figure.data[1].y) == pytest.approx([share] * 4, abs=1e-6)
        assert _levels(figure) == {"chance": 1.0, "floor": 0.0}


def test_on_the_loss_itself_the_floor_is_that_of_the_latest_temperature() -> None:
    figure = loss_figure(_steps([4.0, 3.0], [0.5, 0.2]), LEARNED)
    assert list(figure.data[0].y) == pytest.approx([4.0, 3.0])
    assert _levels(figure)["floor"] == pytest.approx(0.579, abs=1e-3)  # 64 images at 0.2


@pytest.mark.parametrize("config", [parse({"method.name": "supcon"}), parse({"method.negatives": "hard"}), LEARNED])
def test_where_there_is_no_relative_scale_the_loss_is_drawn_as_it_is(config: RunConfig) -> None:
    """Of a learned temperature nothing is known where the steps do not say it."""
    losses = [4.0, 3.0]
    assert loss_figure(_steps(losses), config, scale="height") == loss_figure(_steps(losses), config)
    assert list(loss_figure(_steps(losses), config, scale="height").data[0].y) == losses


@pytest.mark.parametrize("scale", ["loss", "height"])
def test_no_steps_are_no_error_on_either_scale(scale: Any) -> None:
    figure = loss_figure([], parse({}), scale=scale, changes=[VerdictChange(0, "healthy")], now=0)
    assert [len(line.x) for line in figure.data] == [0, 0]


def test_a_relative_loss_that_is_no_number_leaves_a_gap() -> None:
    figure = loss_figure(_steps([4.0, math.nan, 4.0]), parse({}), scale="height")
    assert [math.isfinite(y) for y in figure.data[0].y] == [True, False, True]
    json.loads(figure.to_json())


# The verdicts


def _marks(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data if trace.mode == "markers"}


@pytest.mark.parametrize("scale", ["loss", "height"])
@pytest.mark.parametrize("count", [50, 5000])
def test_marks_of_the_verdict_lie_on_the_curve(count: int, scale: Any) -> None:
    losses = (3 + np.sin(7 * np.arange(count) / count)).tolist()
    changes = [
        VerdictChange(1, "healthy"),
        VerdictChange(20, "dimensional"),
        VerdictChange(37, "healthy"),
        VerdictChange(count, "complete"),
    ]
    figure = loss_figure(_steps(losses), parse({}), scale=scale, changes=changes)
    marks = _marks(figure)
    assert list(marks) == [VERDICT_MARKS[verdict][0] for verdict in ("healthy", "dimensional", "complete")]
    assert [list(trace.x) for trace in marks.values()] == [[1, 37], [20], [count]]
    average = figure.data[1]
    for trace in marks.values():
        # Of many steps the line leaves some out: it goes straight from one that is kept to the next.
        near = 1e-6 if count == 50 else 0.01
        np.testing.assert_allclose(trace.y, np.interp(trace.x, average.x, average.y), atol=near)


def test_a_verdict_is_told_by_colour_shape_and_words() -> None:
    changes = [VerdictChange(step, verdict) for step, verdict in enumerate(VERDICT_MARKS, start=1)]
    marks = _marks(loss_figure(_steps([3.0] * 9), parse({}), changes=changes))
    assert {name: (trace.marker.color, trace.marker.symbol) for name, trace in marks.items()} == {
        name: (colour, symbol) for name, colour, symbol in VERDICT_MARKS.values()
    }
    assert len({trace.marker.symbol for trace in marks.values()}) == len(VERDICT_MARKS)
    assert all(name in trace.hovertemplate for name, trace in marks.items())


def test_a_verdict_of_the_first_look_or_beyond_the_last_step_is_drawn_at_the_end_of_the_curve() -> None:
    figure = loss_figure(
        _steps([3.0, 2.0]), parse({}), changes=[VerdictChange(0, "healthy"), VerdictChange(9, "complete")]
    )
    first, last = _marks(figure).values()
    assert list(first.y) == pytest.approx([figure.data[1].y[0]])
    assert list(last.y) == pytest.approx([figure.data[1].y[-1]])


def test_without_changes_there_are_no_marks() -> None:
    assert not _marks(loss_figure(_steps([3.0, 2.0]), parse({})))


# Forks


def _fork_lines(figure: Any) -> list[Any]:
    return [shape for shape in figure.layout.shapes if shape.x0 == shape.x1 and shape.line.dash == "dashdot"]


@pytest.mark.parametrize("scale", ["loss", "height"])
@pytest.mark.parametrize(("at", "side"), [(2, "left"), (9, "right"), (10, "right")])
def test_where_a_run_went_on_differently_is_marked_with_words(at: int, side: str, scale: Any) -> None:
    figure = loss_figure(_steps([3.0] * 10), parse({}), scale=scale, fork=(at, "from here temperature 0.5"))
    (line,) = _fork_lines(figure)
    (note,) = (note for note in figure.layout.annotations if note.text == "from here temperature 0.5")
    assert line.x0 == note.x == at
    assert note.xanchor == side  # the words run towards the middle


def test_heights_are_drawn_only_where_their_chance_and_floor_held() -> None:
    steps = _steps([6.0, 5.0, 4.0, 3.0])
    whole, cut = (loss_figure(steps, parse({}), scale="height", since=since).data[0].y for since in (0, 2))
    assert np.isnan(cut).tolist() == [True, True, False, False]
    assert np.array_equal(cut[2:], whole[2:])
    assert list(loss_figure(steps, parse({}), since=2).data[0].y) == [6.0, 5.0, 4.0, 3.0]


def test_a_run_of_its_own_has_no_such_mark() -> None:
    assert _fork_lines(loss_figure(_steps([3.0, 2.0]), parse({}), now=1)) == []


def test_a_fork_that_has_no_steps_yet_is_no_error() -> None:
    assert len(_fork_lines(loss_figure([], parse({}), fork=(0, "continued from here")))) == 1
