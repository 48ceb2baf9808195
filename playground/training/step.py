"""One optimizer step after another.

On a device that works through a queue (a GPU) no step waits for its numbers: they stay on the device until `read`.
"""

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

PATIENCE = 3  # steps in a row with a loss that is no number, before the run is given up


@dataclass(frozen=True, slots=True)
class Unread:
    """A step whose figures are on the device still."""

    metrics: StepMetrics  # with what the host knows of it
    figures: dict[str, Tensor]  # field of `metrics` -> a scalar


class Stepper:
    """Holds the optimizer and counts the steps."""

    def __init__(self, config: RunConfig, method: Method, device: Device) -> None:
        self.config, self.method, self.device = config, method, device
        self.optimizer = OPTIMIZERS[config.optimizer.name](config.optimizer, parameter_groups(method, config.optimizer))
        self.slow = moved_after_steps(method)
        self.steps, self.failures = 0, 0
        self.unread: list[Unread] = []

    def step(self, view_1: Tensor, view_2: Tensor, progress: float, labels: Tensor | None = None) -> StepMetrics:
        """One step on two views [n, 3, side, side], with the classes [n] for a method that learns from them.

        What the clock says of it is filled in by the loop.
        """
        self.advance(view_1, view_2, progress, labels)
        metrics = self.read()[-1]
        self.check(metrics)
        return metrics

    def advance(self, view_1: Tensor, view_2: Tensor, progress: float, labels: Tensor | None = None) -> None:
        """The same, without looking at what came of it."""
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
        """The metrics of all steps since the last time, in order, for which the device is waited for once.

        Each is to be checked before it is told.
        """
        unread, self.unread = self.unread, []
        scalars = [figure.float() for step in unread for figure in step.figures.values()]
        numbers = iter(torch.stack(scalars).tolist() if scalars else [])
        return [replace(step.metrics, **{name: next(numbers) for name in step.figures}) for step in unread]

    def check(self, metrics: StepMetrics) -> None:
        """Raise TrainingError where this is the last of `PATIENCE` steps in a row with a loss that is no number."""
        self.failures = 0 if math.isfinite(metrics.loss) else self.failures + 1
        if self.failures >= PATIENCE:
            warmer = " or a higher method.temperature" if hasattr(self.config.method, "temperature") else ""
            raise TrainingError(
                f"The loss was no finite number {PATIENCE} steps in a row (step {metrics.step}): "
                f"try a lower optimizer.learning_rate{warmer}, from the beginning or from an earlier checkpoint.",
                reason="nan",
            )

    def _set_rates(self, progress: float) -> float:
        """The learning rate of this step, for all but those parameters whose rate does not decay."""
        optimizer = self.config.optimizer
        rate = schedule.learning_rate(optimizer, self.steps, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.warm_rate(optimizer, self.steps, progress) if group["steady"] else rate
        return rate

    def _optimize(self, view_1: Tensor, view_2: Tensor, labels: Tensor | None, progress: float) -> StepOutput:
        view_1, view_2 = self.device.take(view_1), self.device.take(view_2)
        with self.device.autocast():
            if labels is None:
                assert isinstance(self.method, SelfSupervised)
                output = self.method.training_step(view_1, view_2)
            else:
                assert isinstance(self.method, Supervised)
                output = self.method.supervised_step(view_1, view_2, self.device.take(labels))
        self.optimizer.zero_grad(set_to_none=True)
        output.loss.backward()  # type: ignore[no-untyped-call]
        # A loss that is no number would destroy the weights, and its keys MoCo's queue: such a step is left out.
        finite = torch.isfinite(output.loss.detach())
        if self.device.queued:
            self._move_where(finite, progress)
        elif finite:
            self.optimizer.step()
            self.method.after_step(progress)
        return output

    def _move_where(self, finite: Tensor, progress: float) -> None:
        """The same on the device itself, as the host does not know the loss yet.

        A fused optimizer skips a step for which `found_inf` is 1, as torch.amp.GradScaler tells it to: weights, moments
        and the count of steps stay. What follows is made in any case, and taken back where the step was left out.
        """
        self.optimizer.found_inf = (~finite).float()  # type: ignore[attr-defined]
        self.optimizer.step()
        before = [tensor.clone() for tensor in self.slow]
        self.method.after_step(progress)
        for tensor, old in zip(self.slow, before, strict=True):
            tensor.copy_(torch.where(finite, tensor, old))


def moved_after_steps(method: Method) -> list[Tensor]:
    """What `after_step` moves, besides bounds on what is trained: slow copies' weights, and buffers such as a queue."""
    slow = [parameter.detach() for parameter in method.parameters() if not parameter.requires_grad]
    return [*slow, *method.buffers(recurse=False)]


def parameter_groups(method: Method, optimizer: OptimizerConfig) -> list[dict[str, Any]]:
    """Parameters by whether they decay and by whether their learning rate is steady.

    Weights decay; biases, batch norm and a temperature do not, as in SimCLR, arXiv:2002.05709, appendix B.8.
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
    if optimizer.momentum:  # PyTorch leaves it uninitialised where the very first step is skipped
        for group in sgd.param_groups:
            for parameter in group["params"]:
                sgd.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return sgd


def _muon(optimizer: OptimizerConfig, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    return Muon(groups, lr=optimizer.learning_rate, momentum=optimizer.momentum)


OPTIMIZERS = {"adamw": _adamw, "muon": _muon, "sgd": _sgd}
