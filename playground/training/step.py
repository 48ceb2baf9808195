"""Optimizer steps. On an asynchronous device (a GPU) no step waits for its metrics: they stay there until `read`."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from playground.config import RunConfig
from playground.config.run import OptimizerConfig
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.methods import Method, SelfSupervised, StepOutput, Supervised
from playground.records import StepMetrics
from playground.training import schedule
from playground.training.muon import Muon

MOST_FAILURES = 3  # consecutive steps with a loss that is not finite, after which the run ends


@dataclass(frozen=True, slots=True)
class Unread:
    """A step whose metrics are still on the device."""

    metrics: StepMetrics  # with the values known to the host
    figures: dict[str, Tensor]  # field of `metrics` -> a scalar


class Stepper:
    """Makes optimizer steps, and counts them."""

    def __init__(self, config: RunConfig, method: Method, device: Device) -> None:
        self.config, self.method, self.device = config, method, device
        self.optimizer = OPTIMIZERS[config.optimizer.name](config.optimizer, parameter_groups(method, config.optimizer))
        self.slow = moved_after_steps(method)
        self.steps, self.failures = 0, 0
        self.unread: list[Unread] = []

    def step(self, view_1: Tensor, view_2: Tensor, progress: float, labels: Tensor | None = None) -> StepMetrics:
        """One step on two views [n, 3, side, side], with class ids [n] for a method that learns from them.

        Times in the metrics are filled in by the loop. Raises TrainingError as `check` does.
        """
        self.advance(view_1, view_2, progress, labels)
        metrics = self.read()[-1]
        self.check(metrics)
        return metrics

    def advance(self, view_1: Tensor, view_2: Tensor, progress: float, labels: Tensor | None = None) -> None:
        """One step on two views [n, 3, side, side] with class ids [n] or None, without reading its metrics."""
        rate = self._set_rates(progress)
        output = self._optimize(view_1, view_2, labels, progress)
        self.steps += 1
        seen = {
            "loss": output.loss.detach(),
            "positive_similarity": output.positive,
            "negative_similarity": output.negative,
            "temperature": self.method.learned_temperature(),
        }
        metrics = StepMetrics(self.steps, 0.0, 0.0, 0.0, rate, 0.0, progress, 0.0, None, None)
        self.unread.append(Unread(metrics, {name: value for name, value in seen.items() if value is not None}))

    def read(self) -> list[StepMetrics]:
        """The metrics of all steps since the last call, in order, with one synchronisation of the device.

        Each has to pass `check` before it is emitted.
        """
        unread, self.unread = self.unread, []
        scalars = [figure.float() for step in unread for figure in step.figures.values()]
        numbers = iter(torch.stack(scalars).tolist() if scalars else [])
        return [replace(step.metrics, **{name: next(numbers) for name in step.figures}) for step in unread]

    def check(self, metrics: StepMetrics) -> None:
        """Raises TrainingError at the last of `MOST_FAILURES` consecutive steps with a loss that is not finite."""
        self.failures = 0 if math.isfinite(metrics.loss) else self.failures + 1
        if self.failures >= MOST_FAILURES:
            warmer = " or a higher method.temperature" if hasattr(self.config.method, "temperature") else ""
            raise TrainingError(
                f"The loss was no finite number {MOST_FAILURES} steps in a row (step {metrics.step}): "
                f"try a lower optimizer.learning_rate{warmer}, from the beginning or from an earlier checkpoint.",
                reason="nan",
            )

    def _set_rates(self, progress: float) -> float:
        """Sets and returns the learning rate of this step; parameters without decay get their own."""
        optimizer = self.config.optimizer
        rate = schedule.learning_rate(optimizer, self.steps, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.warmup_rate(optimizer, self.steps, progress) if group["steady"] else rate
        return rate

    def _optimize(self, view_1: Tensor, view_2: Tensor, labels: Tensor | None, progress: float) -> StepOutput:
        view_1, view_2 = self.device.move(view_1), self.device.move(view_2)
        with self.device.autocast():
            if labels is None:
                assert isinstance(self.method, SelfSupervised)
                output = self.method.training_step(view_1, view_2)
            else:
                assert isinstance(self.method, Supervised)
                output = self.method.supervised_step(view_1, view_2, self.device.move(labels))
        self.optimizer.zero_grad(set_to_none=True)
        output.loss.backward()  # type: ignore[no-untyped-call]
        # A loss that is not finite would destroy the weights, and MoCo's queue: such a step is skipped.
        finite = torch.isfinite(output.loss.detach())
        if self.device.queued:
            self._move_where(finite, progress)
        elif finite:
            self.optimizer.step()
            self.method.after_step(progress)
        return output

    def _move_where(self, finite: Tensor, progress: float) -> None:
        """Skips the step on the device where `finite` [] is False, as the host does not know the loss yet.

        A fused optimizer skips a step with `found_inf` = 1, as for torch.amp.GradScaler: weights, moments and the count
        of steps stay. `after_step` is called in any case, and undone where the step was skipped.
        """
        self.optimizer.found_inf = (~finite).float()  # type: ignore[attr-defined]
        self.optimizer.step()
        before = [tensor.clone() for tensor in self.slow]
        self.method.after_step(progress)
        for tensor, old in zip(self.slow, before, strict=True):
            tensor.copy_(torch.where(finite, tensor, old))


def moved_after_steps(method: Method) -> list[Tensor]:
    """The tensors [...] that `after_step` changes: weights of momentum encoders, and buffers such as a queue."""
    slow = [parameter.detach() for parameter in method.parameters() if not parameter.requires_grad]
    return [*slow, *method.buffers(recurse=False)]


def parameter_groups(method: Method, optimizer: OptimizerConfig) -> list[dict[str, Any]]:
    """Parameter groups, by whether weights decay and whether the learning rate is steady.

    Biases, batch norm and a temperature have no weight decay, as in SimCLR, arXiv:2002.05709, appendix B.8.
    """
    steady = {id(parameter) for parameter in method.steady_parameters()}
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for parameter in method.trained_parameters():
        groups.setdefault((parameter.ndim > 1, id(parameter) in steady), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": optimizer.weight_decay if decays else 0.0, "steady": is_steady}
        for (decays, is_steady), parameters in groups.items()
    ]


def _adamw(optimizer: OptimizerConfig, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=optimizer.learning_rate, fused=True)


def _sgd(optimizer: OptimizerConfig, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    sgd = torch.optim.SGD(groups, lr=optimizer.learning_rate, momentum=optimizer.momentum, fused=True)
    if optimizer.momentum:  # PyTorch leaves the buffer uninitialised where the very first step is skipped
        for group in sgd.param_groups:
            for parameter in group["params"]:
                sgd.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return sgd


def _muon(optimizer: OptimizerConfig, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    return Muon(groups, lr=optimizer.learning_rate, momentum=optimizer.momentum)


OPTIMIZERS = {"adamw": _adamw, "muon": _muon, "sgd": _sgd}
