"""What is drawn of a run as a curve, against naive loops over its records."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from playground.config import parse
from playground.insight.curves.run_curves import CURVE_KINDS, Series, make_series, normalised_losses
from playground.insight.loss_scale import make_loss_scale
from playground.records import Insight, StepMetrics
from tests.runs.records import insight, step

STEPS = [step(number) for number in range(1, 9)]
LOOKS = [insight(number) for number in (0, 3, 8)]
CONFIG = parse({})


def read(name: str, steps: Sequence[StepMetrics] = STEPS, looks: Sequence[Insight] = LOOKS) -> Series:
    found = make_series(CURVE_KINDS[name], steps, looks, CONFIG)
    assert found is not None
    return found


@pytest.mark.parametrize("name", CURVE_KINDS)
def test_every_reading_has_a_curve_of_one_length_with_its_axes(name: str) -> None:
    found = read(name)
    wanted = [one.step for one in (STEPS if CURVE_KINDS[name].every_step else LOOKS)]
    assert found.step.tolist() == wanted
    assert len(found.epoch) == len(found.seconds) == len(found.value) == len(wanted)
    assert found.seconds.tolist() == [number / 2 for number in wanted]
    assert found.epoch.tolist() == pytest.approx([number / 8 for number in wanted])  # a look's from the steps around it
    assert all(math.isfinite(value) for value in found.value)


@pytest.mark.parametrize("name", CURVE_KINDS)
def test_before_the_run_has_begun_a_curve_is_empty_and_not_missing(name: str) -> None:
    assert len(read(name, [], []).value) == 0


def test_what_a_run_has_not_is_no_curve() -> None:
    unlabelled = [replace(look, knn_accuracy=None) for look in LOOKS]
    alone = [replace(one, negative_similarity=None) for one in STEPS]
    assert make_series(CURVE_KINDS["knn"], STEPS, unlabelled, CONFIG) is None
    assert make_series(CURVE_KINDS["negatives"], alone, LOOKS, CONFIG) is None
    assert make_series(CURVE_KINDS["relative_loss"], STEPS, LOOKS, parse({"method.name": "supcon"})) is None


def test_a_number_that_is_missing_here_and_there_is_a_gap() -> None:
    some = [LOOKS[0], replace(LOOKS[1], knn_accuracy=None), LOOKS[2]]
    assert [math.isnan(value) for value in read("knn", looks=some).value] == [False, True, False]


@pytest.mark.parametrize("learned", [False, True])
def test_relative_losses_are_those_of_the_compass_at_each_step(learned: bool) -> None:
    config = parse({"method.learn_temperature": learned, "method.temperature": 0.5, "batch_size": 64})
    steps = [replace(one, loss=4 - one.step / 4, temperature=0.5 - one.step / 40 if learned else None) for one in STEPS]
    expected = [make_loss_scale(config, one.temperature).height(one.loss) for one in steps]
    assert normalised_losses(steps, config) == pytest.approx(expected)


def test_relative_losses_of_a_long_run_with_a_learned_temperature_are_near_those_of_the_compass() -> None:
    config = parse({"method.learn_temperature": True, "method.temperature": 0.5, "batch_size": 64})
    steps = [replace(step(n), loss=3.0, temperature=0.5 - 0.3 * n / 4000) for n in range(1, 4001)]
    found = normalised_losses(steps, config)
    for row in (0, 1, 777, 2500, 3999):
        assert found[row] == pytest.approx(make_loss_scale(config, steps[row].temperature).height(3.0), abs=1e-4)


@pytest.mark.parametrize(("at", "row"), [(None, 2), (0, 0), (2, 0), (3, 1), (7, 1), (8, 2), (99, 2), (-1, 0)])
def test_the_row_that_stands_for_a_step_is_the_last_one_up_to_it(at: int | None, row: int) -> None:
    assert read("rank").place(at) == row


def test_before_a_fork_of_another_scale_there_are_no_relative_losses() -> None:
    cut, loss = (make_series(CURVE_KINDS[name], STEPS, LOOKS, CONFIG, since=2) for name in ("relative_loss", "loss"))
    assert cut is not None
    assert loss is not None
    assert [math.isnan(value) for value in cut.value] == [True, True] + [False] * 6
    assert cut.value.tolist()[2:] == read("relative_loss").value.tolist()[2:]
    assert loss.value.tolist() == read("loss").value.tolist()
