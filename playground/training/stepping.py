"""One optimizer step after another."""

import math
from typing import Any

import torch
from torch import Tensor

from playground.config import RunConfig
from playground.config.run import OptimizerConfig
from playground.methods import Method, StepOutput
from playground.records import StepMetrics
from playground.training import schedule
from playground.training.device import Device
from playground.training.errors import TrainingError

PATIENCE = 3  # steps in a row with a loss that is no number, before the run is given up


class Stepper:
    """Holds the optimizer and counts the steps."""

    def __init__(self, config: RunConfig, method: Method, device: Device) -> None:
        self.config, self.method, self.device = config, method, device
        self.optimizer = OPTIMIZERS[config.optimizer.name](config.optimizer, parameter_groups(method, config.optimizer))
        self.steps, self.failures = 0, 0

    def step(self, view_1: Tensor, view_2: Tensor, progress: float, labels: Tensor | None = None) -> StepMetrics:
        """One step on two views [n, 3, side, side], with the classes [n] for a method that learns from them.

        What the clock says of it is filled in by the loop.
        """
        rate = self._set_rates(progress)
        output = self._optimize(view_1, view_2, labels, progress)
        self.steps += 1
        loss = self._checked(output.loss.item())
        return StepMetrics(
            step=self.steps,
            epoch=0.0,
            seconds=0.0,
            loss=loss,
            learning_rate=rate,
            images_per_second=0.0,
            progress=progress,
            positive_similarity=output.positive.item(),
            negative_similarity=None if output.negative is None else output.negative.item(),
            temperature=self.method.learned_temperature(),
        )

    def _set_rates(self, progress: float) -> float:
        """The learning rate of this step, for all but those parameters whose rate does not decay."""
        optimizer = self.config.optimizer
        rate = schedule.learning_rate(optimizer, self.steps, progress)
        for group in self.optimizer.param_groups:
            group["lr"] = schedule.warm_rate(optimizer, self.steps, progress) if group["steady"] else rate
        return rate

    def _optimize(self, view_1: Tensor, view_2: Tensor, labels: Tensor | None, progress: float) -> StepOutput:
        device = self.device.torch
        view_1, view_2 = view_1.to(device), view_2.to(device)
        with self.device.autocast():
            if labels is None:
                output = self.method.training_step(view_1, view_2)
            else:
                output = self.method.supervised_step(view_1, view_2, labels.to(device))
        self.optimizer.zero_grad(set_to_none=True)
        output.loss.backward()  # type: ignore[no-untyped-call]
        # A loss that is no number would destroy the weights, and its keys MoCo's queue: such a step is left out.
        if torch.isfinite(output.loss):
            self.optimizer.step()
            self.method.after_step(progress)
        return output

    def _checked(self, loss: float) -> float:
        self.failures = 0 if math.isfinite(loss) else self.failures + 1
        if self.failures >= PATIENCE:
            raise TrainingError(
                f"The loss was no finite number {PATIENCE} steps in a row (step {self.steps}): "
                "try a lower optimizer.learning_rate or a higher method.temperature.",
                reason="nan",
            )
        return loss


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
    return torch.optim.SGD(groups, lr=optimizer.learning_rate, momentum=optimizer.momentum, fused=True)


OPTIMIZERS = {"adamw": _adamw, "sgd": _sgd}
