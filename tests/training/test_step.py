"""One optimizer step: groups and rates, what the optimizer does, labels, and a loss that is no number."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from playground.config.run import OptimizerConfig
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.methods import SelfSupervised, StepOutput, Supervised
from playground.training.schedule import learning_rate, warmup_rate
from playground.training.step import MOST_FAILURES, Stepper, parameter_groups
from tests.config.choices import METHODS
from tests.training.tiny import of_method, tiny

CPU = Device(torch.device("cpu"), bf16=False)
VIEWS = torch.zeros(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
LEARNED = {"method__learn_temperature": True}


class Scripted(SelfSupervised, Supervised):
    """Its losses are as told, NaN included; it notes how it is called."""

    def __init__(self, losses: list[float], steady: bool = False) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.full((2, 2), 0.5)), nn.Parameter(torch.full((2,), 0.25))
        self.head = nn.Linear(2, 2)
        self.losses, self.steady = losses, steady
        self.calls: list[tuple[Tensor, ...]] = []
        self.followed: list[float] = []

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        return self._output(view_1, view_2)

    def supervised_step(self, view_1: Tensor, view_2: Tensor, labels: Tensor) -> StepOutput:
        return self._output(view_1, view_2, labels)

    def _output(self, *inputs: Tensor) -> StepOutput:
        self.calls.append(inputs)
        total = self.weight.sum() + self.bias.sum() + self.head.weight.sum() + self.head.bias.sum()
        return StepOutput(total * self.losses.pop(0), torch.tensor(0.5), torch.tensor(-0.25))

    def after_step(self, progress: float) -> None:
        self.followed.append(progress)

    def steady_parameters(self) -> list[nn.Parameter]:
        return list(self.head.parameters()) if self.steady else []


def scripted(losses: list[float], steady: bool = False, **changes: Any) -> tuple[Stepper, Scripted]:
    method = Scripted(losses, steady)
    return Stepper(tiny(**changes), method, CPU), method


# A loss that is no number.


def test_three_losses_in_a_row_that_are_no_number_end_the_run_with_finite_weights() -> None:
    stepper, method = scripted([1.0, math.nan, math.inf, -math.inf])
    stepper.step(*VIEWS, 0.0)
    weight = method.weight.detach().clone()
    assert math.isnan(stepper.step(*VIEWS, 0.1).loss)
    stepper.step(*VIEWS, 0.2)
    with pytest.raises(TrainingError, match=f"{MOST_FAILURES} steps in a row") as caught:
        stepper.step(*VIEWS, 0.3)
    assert caught.value.reason == "nan"
    assert "optimizer.learning_rate" in str(caught.value)
    assert torch.equal(method.weight, weight)
    assert method.followed == [0.0]  # a step that is left out adds nothing to a queue either


def test_failures_are_counted_in_a_row() -> None:
    stepper, _ = scripted([math.nan, math.nan, 1.0] * 3)
    for _ in range(9):
        stepper.step(*VIEWS, 0.0)
    assert stepper.steps == 9


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_step_that_is_left_out_leaves_no_trace_in_the_next_one(optimizer: str) -> None:
    """Neither in the weights nor in what the optimizer remembers."""
    found = []
    for losses in ([1.0, math.nan, 2.0], [1.0, 2.0]):
        stepper, method = scripted(losses, optimizer__name=optimizer, optimizer__warmup_steps=0)
        for _ in range(len(losses)):
            stepper.step(*VIEWS, 0.25)
        found.append(method.weight.detach().clone())
    assert torch.equal(*found)


# Groups: decay or not, steady or not.


@pytest.mark.parametrize("method", METHODS)
def test_biases_batch_norm_and_temperature_do_not_decay_and_all_else_does(method: str) -> None:
    learned = LEARNED if method in ("simclr", "moco", "moco_v3") else {}
    config = of_method(method, optimizer__weight_decay=0.3, **learned)
    built = build_method(config, CPU)
    stepper = Stepper(config, built, CPU)
    decay = {id(p): group["weight_decay"] for group in stepper.optimizer.param_groups for p in group["params"]}
    kinds: dict[str, set[float]] = {}
    for module in built.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad:
                expected = 0.3 if name == "weight" and isinstance(module, nn.Linear | nn.Conv2d | nn.Embedding) else 0.0
                assert decay.pop(id(parameter)) == expected, (type(module), name)
                kinds.setdefault(type(module).__name__, set()).add(expected)
    assert not decay  # nothing is optimized that is not part of the method, and nothing twice
    assert 0.3 in kinds["Linear"] and kinds["Conv2d"] == {0.3}
    assert kinds.get("Temperature") == ({0.0} if learned or method == "clip" else None)


@pytest.mark.parametrize("method", METHODS)
def test_the_rate_of_simsiams_predictor_is_steady_and_of_nothing_else(method: str) -> None:
    config = of_method(method)
    built = build_method(config, CPU)
    groups = parameter_groups(built, config.optimizer)
    steady = {id(parameter) for group in groups if group["steady"] for parameter in group["params"]}
    predictor = built.predictor if method == "simsiam" else nn.Identity()
    assert steady == {id(parameter) for parameter in predictor.parameters()}  # type: ignore[union-attr]
    assert bool(steady) == (method == "simsiam")


def test_groups_are_those_of_decay_and_steadiness_and_none_is_empty() -> None:
    optimizer = OptimizerConfig(weight_decay=0.3)
    method = Scripted([], steady=True)
    groups = {
        (group["weight_decay"], group["steady"]): group["params"] for group in parameter_groups(method, optimizer)
    }
    assert {key: [p.ndim for p in parameters] for key, parameters in groups.items()} == {
        (0.3, False): [2],
        (0.0, False): [1],
        (0.3, True): [2],
        (0.0, True): [1],
    }
    assert groups[0.3, False][0] is method.weight
    assert groups[0.0, True][0] is method.head.bias
    assert len(parameter_groups(Scripted([]), optimizer)) == 2


@pytest.mark.parametrize("method", ["moco", "moco_v3", "byol"])
def test_slow_copies_are_closed_to_the_optimizer(method: str) -> None:
    config = tiny(method__name=method)
    built = build_method(config, CPU)
    optimized = {id(p) for group in Stepper(config, built, CPU).optimizer.param_groups for p in group["params"]}
    slow = built.target_encoder if method == "byol" else built.key_encoder
    assert not optimized & {id(parameter) for parameter in slow.parameters()}  # type: ignore[union-attr]


# Rates.


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_rates_at_the_first_a_middle_and_the_last_step(optimizer: str) -> None:
    """Of a run of 100 steps with a warm-up of 8: the decaying rate by half a cosine, the steady one stays."""
    changes = {"optimizer__name": optimizer, "optimizer__learning_rate": 0.4, "optimizer__warmup_steps": 8}
    stepper, _ = scripted([1.0] * 100, steady=True, **changes)
    seen = []
    for step in range(100):
        metrics = stepper.step(*VIEWS, step / 100)
        rates = {group["steady"]: group["lr"] for group in stepper.optimizer.param_groups}
        assert rates == {False: metrics.learning_rate, True: warmup_rate(stepper.config.optimizer, step, step / 100)}
        assert metrics.learning_rate == learning_rate(stepper.config.optimizer, step, step / 100)
        seen.append((rates[False], rates[True]))
    assert seen[0] == pytest.approx((0.05, 0.05))
    assert seen[3] == pytest.approx((0.2 * (1 + math.cos(0.03 * math.pi)) / 2, 0.2))
    assert seen[50] == pytest.approx((0.2, 0.4))
    assert seen[99] == pytest.approx((0.4 * (1 + math.cos(0.99 * math.pi)) / 2, 0.4))


def test_the_rate_of_the_schedule_reaches_the_optimizer() -> None:
    stepper, _ = scripted([1.0])
    metrics = stepper.step(*VIEWS, 0.0)
    assert metrics.learning_rate == pytest.approx(0.004 / 50)
    assert {group["lr"] for group in stepper.optimizer.param_groups} == {metrics.learning_rate}


def test_where_the_decaying_rate_is_at_its_end_only_steady_parameters_move() -> None:
    stepper, method = scripted([1.0], steady=True, optimizer__warmup_steps=0)
    weight, head = method.weight.detach().clone(), method.head.weight.detach().clone()
    stepper.step(*VIEWS, 1.0)
    assert torch.equal(method.weight, weight)
    assert (method.head.weight - head).abs().min() > 1e-4


# Optimizers.


def test_sgd_is_momentum_with_decay_in_the_gradient() -> None:
    """v <- 0.7 v + (gradient + decay * weight), weight <- weight - rate * v, by hand."""
    changes: dict[str, Any] = {
        "optimizer__momentum": 0.7,
        "optimizer__weight_decay": 0.3,
        "optimizer__learning_rate": 0.1,
    }
    stepper, method = scripted([1.0, 2.0, -1.0], optimizer__name="sgd", optimizer__warmup_steps=0, **changes)
    assert isinstance(stepper.optimizer, torch.optim.SGD)
    assert {group["momentum"] for group in stepper.optimizer.param_groups} == {0.7}
    weight, bias, v_weight, v_bias = 0.5, 0.25, 0.0, 0.0
    for gradient in (1.0, 2.0, -1.0):
        stepper.step(*VIEWS, 0.0)
        v_weight = 0.7 * v_weight + gradient + 0.3 * weight
        v_bias = 0.7 * v_bias + gradient
        weight, bias = weight - 0.1 * v_weight, bias - 0.1 * v_bias
        torch.testing.assert_close(method.weight.detach(), torch.full((2, 2), weight))
        torch.testing.assert_close(method.bias.detach(), torch.full((2,), bias))


def test_adamw_decays_beside_the_gradient() -> None:
    """weight <- weight (1 - rate * decay) - rate * m / sqrt(v), by hand; with a constant gradient m / sqrt(v) is 1."""
    changes: dict[str, Any] = {
        "optimizer__weight_decay": 0.3,
        "optimizer__learning_rate": 0.1,
        "optimizer__warmup_steps": 0,
    }
    stepper, method = scripted([2.0] * 3, **changes)
    assert isinstance(stepper.optimizer, torch.optim.AdamW)
    weight, bias = 0.5, 0.25
    for _ in range(3):
        stepper.step(*VIEWS, 0.0)
        weight, bias = weight * (1 - 0.1 * 0.3) - 0.1, bias - 0.1
        torch.testing.assert_close(method.weight.detach(), torch.full((2, 2), weight))
        torch.testing.assert_close(method.bias.detach(), torch.full((2,), bias))


# What reaches the method, and what comes out.


def test_labels_reach_the_supervised_step_and_only_that() -> None:
    stepper, method = scripted([1.0, 1.0])
    labels = torch.tensor([4, 7])
    stepper.step(*VIEWS, 0.0)
    stepper.step(*VIEWS, 0.0, labels)
    plain, supervised = method.calls
    assert len(plain) == 2 and len(supervised) == 3
    assert all(torch.equal(a, b) for a, b in zip(plain, VIEWS, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(supervised, (*VIEWS, labels), strict=True))


def test_progress_reaches_what_follows_a_step() -> None:
    stepper, method = scripted([1.0] * 3)
    for progress in (0.0, 0.5, 0.99):
        stepper.step(*VIEWS, progress)
    assert method.followed == [0.0, 0.5, 0.99]


@pytest.mark.parametrize(("method", "momentum"), [("byol", 0.8), ("moco_v3", 0.8)])
def test_slow_copies_follow_the_network_after_its_step_with_a_rising_momentum(method: str, momentum: float) -> None:
    config = tiny(method__name=method, method__momentum=momentum, optimizer__warmup_steps=0)
    built = build_method(config, CPU)
    stepper = Stepper(config, built, CPU)
    slow = next((built.target_encoder if method == "byol" else built.key_encoder).parameters())  # type: ignore[union-attr]
    fast = next(built.encoder.parameters())
    views = torch.randn(2, 8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    for progress, expected in ((0.0, 0.8), (0.5, 0.9), (0.99, 1 - 0.2 * (math.cos(0.99 * math.pi) + 1) / 2)):
        before, moved = slow.detach().clone(), fast.detach().clone()
        stepper.step(views[0], views[1], progress)
        assert not torch.equal(fast, moved)
        torch.testing.assert_close(slow.detach(), expected * before + (1 - expected) * fast.detach())


def test_metrics_are_those_of_the_step() -> None:
    stepper, _ = scripted([3.0])
    metrics = stepper.step(*VIEWS, 0.25)
    assert (metrics.step, metrics.progress) == (1, 0.25)
    assert (metrics.positive_similarity, metrics.negative_similarity) == (0.5, -0.25)
    assert metrics.temperature is None


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("method", ["simclr", "moco", "moco_v3"])
def test_a_learned_temperature_is_told_as_it_is_after_the_step(method: str, optimizer: str) -> None:
    config = tiny(
        method__name=method, method__temperature=0.2, optimizer__name=optimizer, optimizer__warmup_steps=0, **LEARNED
    )
    built = build_method(config, CPU)
    stepper, told = Stepper(config, built, CPU), []
    views = torch.randn(2, 8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    for _ in range(3):
        metrics = stepper.step(views[0], views[1], 0.0)
        assert metrics.temperature == built.learned_temperature()
        told.append(metrics.temperature)
    assert len({0.2, *told}) == 4
    assert all(temperature is not None and 0.01 <= temperature <= 1 for temperature in told)


def test_same_seed_builds_the_same_weights() -> None:
    first, again, other = (build_method(tiny(seed=seed), CPU).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.blocks.0.0.weight"], other["encoder.blocks.0.0.weight"])


def test_the_encoder_and_its_slow_copy_get_the_microbatch() -> None:
    built = build_method(tiny(method__name="byol", microbatch=48), CPU)
    assert built.encoder.microbatch == built.target_encoder.microbatch == 48  # type: ignore[union-attr]
