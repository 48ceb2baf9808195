"""Steps on a device with a queue: no one waits for them, and they come to the same as where each is looked at."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from playground.inference.build import build_method
from playground.inference.errors import TrainingError
from playground.training.step import MOST_FAILURES, Stepper
from tests.config.choices import METHODS
from tests.methods.specimens import texts
from tests.training.queued import CPU, QUEUED
from tests.training.test_step import Scripted
from tests.training.tiny import of_method, tiny
from tests.waiting import NoWaiting

QUICK: dict[str, Any] = {"method__hidden_dim": 16, "encoder__width": 8, "optimizer__warmup_steps": 0}
MORE: dict[str, dict[str, Any]] = {
    "simclr": {"method__learn_temperature": True},
    "moco": {"method__queue_size": 96, "method__learn_temperature": True},
    "byol": {"method__predictor_dim": 16},
    "simsiam": {"method__predictor_dim": 16},
    "moco_v3": {"method__predictor_dim": 16},
    "triplet": {"method__mining": "random", "method__positives": "classes"},
}
LABELS = torch.arange(8) % 3


def stepper(method: str, queued: bool, **changes: Any) -> Stepper:
    config = of_method(method, **{**QUICK, **MORE.get(method, {}), **changes})
    return Stepper(config, build_method(config, CPU), QUEUED if queued else CPU)


def batch(of: Stepper, number: int, broken: bool = False) -> tuple[Tensor, Tensor]:
    pair = torch.randn(2, 8, 3, 16, 16, generator=torch.Generator().manual_seed(number))
    pair[0, 0, 0, 0, 0] = math.nan if broken else 1.0
    return pair[0], texts(pair[1]) if of.config.method.learns_from == "captions" else pair[1]


def labels(of: Stepper) -> Tensor | None:
    return LABELS if of.config.method.uses_labels else None


def state(of: Stepper) -> dict[str, Tensor]:
    """Of weights, statistics, queue and optimizer."""
    remembered = {
        f"{number}.{key}": value
        for number, kept in of.optimizer.state_dict()["state"].items()
        for key, value in kept.items()
    }
    return {**of.method.state_dict(), **remembered}


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("broken", [{0}, {1}, {2, 3}, set()], ids=str)
def test_the_same_steps_are_left_out_with_the_same_state_after_them(
    broken: set[int], method: str, optimizer: str
) -> None:
    """One after the other: at first, between two others, two in a row; every tensor to the bit."""
    found, metrics = [], []
    for queued in (False, True):
        torch.manual_seed(3)
        one = stepper(method, queued, optimizer__name=optimizer)
        told = []
        for number in range(5):
            one.advance(*batch(one, number, number in broken), number / 5, labels(one))
            told += [] if queued else one.read()
        metrics.append(told or one.read())
        found.append(state(one))
    assert found[0].keys() == found[1].keys()
    for name, expected in found[0].items():
        torch.testing.assert_close(found[1][name], expected, rtol=0, atol=0, equal_nan=True, msg=name)
    assert [step.step for step in metrics[1]] == [1, 2, 3, 4, 5]
    assert {number for number, step in enumerate(metrics[1]) if math.isnan(step.loss)} == broken
    assert str(metrics[0]) == str(metrics[1])  # NaN is no number equal to itself


@pytest.mark.parametrize("broken", [0, 1])
@pytest.mark.parametrize("method", ["moco", "byol", "moco_v3"])
def test_a_step_that_is_no_number_leaves_queue_and_slow_copies_alone(method: str, broken: int) -> None:
    one = stepper(method, queued=True)
    for number in range(broken):
        one.advance(*batch(one, number), 0.1)
    before = [tensor.clone() for tensor in one.slow]
    weights = [parameter.detach().clone() for parameter in one.method.trained_parameters()]
    one.advance(*batch(one, 9, broken=True), 0.1)
    if method != "moco":  # whose copy follows before the keys are made
        assert all(torch.equal(now, old) for now, old in zip(one.slow, before, strict=True))
    assert all(bool(torch.isfinite(tensor).all()) for tensor in one.slow)
    assert all(torch.equal(now, old) for now, old in zip(one.method.trained_parameters(), weights, strict=True))
    if method == "moco":
        assert torch.equal(one.method.queue, before[-2]) and torch.equal(one.method.pointer, before[-1])  # type: ignore[arg-type]


def test_what_is_moved_after_steps_is_named_completely() -> None:
    """Nothing that any method moves there stays without protection; bounds on a temperature move what is trained."""
    for method in METHODS:
        one = stepper(method, queued=True)
        one.advance(*batch(one, 0), 0.1, labels(one))
        before = {key: value.clone() for key, value in one.method.state_dict().items()}
        one.method.after_step(0.1)
        moved = {key for key, value in one.method.state_dict().items() if not torch.equal(value, before[key])}
        places = {tensor.data_ptr() for tensor in one.slow}
        assert moved <= {key for key, value in one.method.state_dict().items() if value.data_ptr() in places}, method


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("method", METHODS)
def test_no_step_is_waited_for(method: str, optimizer: str) -> None:
    one = stepper(method, queued=True, optimizer__name=optimizer)
    with NoWaiting():
        for number in range(2):
            one.advance(*batch(one, number), 0.1, labels(one))
    assert [step.step for step in one.read()] == [1, 2]
    assert one.read() == []


def test_three_in_a_row_are_found_when_they_are_read_and_not_those_apart() -> None:
    method = Scripted([1.0, math.nan, math.nan, 2.0, math.nan, math.inf, -math.inf, 3.0])
    one, told = Stepper(tiny(), method, QUEUED), []
    for _ in range(8):
        one.advance(torch.zeros(2), torch.zeros(2), 0.1)

    def tell() -> None:
        for metrics in one.read():
            one.check(metrics)
            told.append(metrics.step)

    with pytest.raises(TrainingError, match=f"{MOST_FAILURES} steps in a row \\(step 7\\)") as caught:
        tell()
    assert caught.value.reason == "nan"
    assert told == [1, 2, 3, 4, 5, 6]
