"""The loss figure, on its data: every step, their average, chance and floor."""

import json
import math

import numpy as np
import pytest

from playground.config import RunConfig, parse
from playground.figures.loss import MOST_POINTS, loss_figure
from playground.records import StepMetrics


def _steps(losses: list[float]) -> list[StepMetrics]:
    return [StepMetrics(i + 1, 0.0, 0.1 * i, loss, 0.1, 100.0, 0.0, 0.5, None) for i, loss in enumerate(losses)]


def _lines(config: RunConfig) -> dict[str, float]:
    """Height and words of each level line."""
    figure = loss_figure(_steps([3.0, 2.0]), config)
    heights = [shape.y0 for shape in figure.layout.shapes]
    assert heights == [shape.y1 for shape in figure.layout.shapes] == [note.y for note in figure.layout.annotations]
    return {note.text.split(":")[0]: note.y for note in figure.layout.annotations}


def test_chance_and_floor_of_simclr() -> None:
    lines = _lines(parse({"method.name": "simclr", "method.temperature": 0.5, "batch_size": 64}))
    assert lines == {"chance": pytest.approx(4.844, abs=1e-3), "floor": pytest.approx(2.863, abs=1e-3)}


def test_chance_of_moco() -> None:
    lines = _lines(parse({"method.name": "moco", "method.queue_size": 4096}))
    assert lines == {"chance": pytest.approx(8.318, abs=1e-3)}


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
    assert len(each.x) == len(each.y) == len(average.y) <= MOST_POINTS + 2
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
