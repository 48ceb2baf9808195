"""One optimizer step: what is decayed, and what happens to a loss that is no number."""

import math

import pytest
import torch
from torch import Tensor, nn

from playground.methods import Method, StepOutput
from playground.training.device import Device
from playground.training.errors import TrainingError
from playground.training.stepping import PATIENCE, Stepper
from playground.training.train import build
from tests.training.tiny import tiny

CPU = Device(torch.device("cpu"), bf16=False)


class Scripted(Method):
    """Its losses are as told, NaN included."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 2))
        self.losses, self.followed = losses, 0

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        return StepOutput(self.weight.sum() * self.losses.pop(0), torch.ones(2), None)

    def after_step(self, progress: float) -> None:
        self.followed += 1


def scripted(losses: list[float]) -> tuple[Stepper, Scripted]:
    method = Scripted(losses)
    return Stepper(tiny(), method, CPU), method


def test_three_losses_in_a_row_that_are_no_number_end_the_run_with_finite_weights() -> None:
    stepper, method = scripted([1.0, math.nan, math.inf, -math.inf])
    views = torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4)
    stepper.step(*views, 0.0)
    weight = method.weight.detach().clone()
    assert math.isnan(stepper.step(*views, 0.1).loss)
    stepper.step(*views, 0.2)
    with pytest.raises(TrainingError, match=f"{PATIENCE} steps in a row") as caught:
        stepper.step(*views, 0.3)
    assert caught.value.reason == "nan"
    assert "optimizer.learning_rate" in str(caught.value)
    assert torch.equal(method.weight, weight)
    assert method.followed == 1  # a step that is left out adds nothing to a queue either


def test_failures_are_counted_in_a_row() -> None:
    stepper, _ = scripted([math.nan, math.nan, 1.0] * 3)
    for _ in range(9):
        stepper.step(torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), 0.0)
    assert stepper.steps == 9


@pytest.mark.parametrize("method", ["simclr", "moco", "byol"])
def test_biases_and_batch_norm_do_not_decay_and_all_else_does(method: str) -> None:
    stepper = Stepper(
        tiny(method__name=method, optimizer__weight_decay=0.3), built := build(tiny(method__name=method), CPU), CPU
    )
    decay = {id(p): group["weight_decay"] for group in stepper.optimizer.param_groups for p in group["params"]}
    kinds: dict[type[nn.Module], set[float]] = {}
    for module in built.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad:
                expected = 0.3 if name == "weight" and isinstance(module, nn.Linear | nn.Conv2d) else 0.0
                assert decay.pop(id(parameter)) == expected, (type(module), name)
                kinds.setdefault(type(module), set()).add(expected)
    assert not decay  # nothing is optimized that is not part of the method, and nothing twice
    assert kinds[nn.Linear] == {0.3, 0.0}


@pytest.mark.parametrize("method", ["moco", "byol"])
def test_slow_copies_are_closed_to_the_optimizer(method: str) -> None:
    built = build(tiny(method__name=method), CPU)
    optimized = {id(p) for group in Stepper(tiny(), built, CPU).optimizer.param_groups for p in group["params"]}
    slow = built.key_encoder if method == "moco" else built.target_encoder
    assert not optimized & {id(parameter) for parameter in slow.parameters()}  # type: ignore[union-attr]


def test_the_rate_of_the_schedule_reaches_the_optimizer() -> None:
    stepper, _ = scripted([1.0])
    metrics = stepper.step(torch.zeros(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), 0.0)
    assert metrics.learning_rate == pytest.approx(0.004 / 50)
    assert {group["lr"] for group in stepper.optimizer.param_groups} == {metrics.learning_rate}


def test_same_seed_builds_the_same_weights() -> None:
    first, again, other = (build(tiny(seed=seed), CPU).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.blocks.0.0.weight"], other["encoder.blocks.0.0.weight"])
