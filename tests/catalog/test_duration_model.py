"""How long a run is expected to take."""

import pytest

from playground.catalog.duration_model import OVERHEAD, PastPace, estimate_seconds, slowness, step_seconds
from playground.config import parse

STEPS = parse({"budget.steps": 100})


def test_seconds_are_what_they_say_and_the_first_limit_counts() -> None:
    assert estimate_seconds(parse({"budget.seconds": 30}), 8192) == 30 + OVERHEAD
    assert estimate_seconds(parse({"budget.seconds": 30, "budget.steps": 1}), 8192) < 30
    assert estimate_seconds(STEPS, 8192) == OVERHEAD + 100 * step_seconds(STEPS)


def test_an_epoch_is_as_many_steps_as_whole_batches_fit_into_the_images() -> None:
    epochs = parse({"budget.epochs": 3, "batch_size": 100})
    assert estimate_seconds(epochs, 1050) == pytest.approx(OVERHEAD + 30 * step_seconds(epochs))


def test_what_is_more_work_takes_longer() -> None:
    base = step_seconds(STEPS)
    for change in ({"batch_size": 512}, {"data.side": 64}, {"encoder.width": 32}, {"encoder.name": "resnet18"}):
        assert step_seconds(parse({"budget.steps": 100, **change})) > base


def test_small_batches_see_fewer_images_a_second() -> None:
    speeds = [size / step_seconds(parse({"batch_size": size})) for size in (32, 64, 128, 256)]
    assert speeds == sorted(speeds)


def test_earlier_runs_scale_the_model_and_only_those_that_are_alike() -> None:
    def pace(factor: float, **changes: object) -> PastPace:
        config = parse({key.replace("__", "."): value for key, value in changes.items()})
        return PastPace(config, factor * step_seconds(config))

    paces = [pace(2.0, batch_size=64), pace(3.0, batch_size=128), pace(8.0, method__name="moco")]
    assert slowness(STEPS, []) == 1
    assert slowness(STEPS, [pace(50.0, encoder__width=8), pace(50.0, data__side=64)]) == 1
    assert slowness(STEPS, paces) == pytest.approx(3.0)  # the median
    assert slowness(STEPS, [*paces, pace(5.0)]) == pytest.approx(5.0)  # that of the same method and batch size
    assert estimate_seconds(STEPS, 8192, [pace(5.0)]) == pytest.approx(OVERHEAD + 500 * step_seconds(STEPS))
