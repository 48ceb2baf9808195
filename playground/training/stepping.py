"""One optimizer step after another."""

import math

import torch
from torch import Tensor

from playground.config import RunConfig
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
        self.optimizer = torch.optim.AdamW(
            _decayed_and_not(method, config.optimizer.weight_decay), lr=config.optimizer.learning_rate, fused=True
        )
        self.steps, self.failures = 0, 0

    def step(self, view_1: Tensor, view_2: Tensor, progress: float) -> StepMetrics:
        """One step on two views [n, 3, side, side]; what the clock says of it is filled in by the loop."""
        rate = schedule.learning_rate(self.config.optimizer, self.steps, progress)
        output = self._optimize(view_1.to(self.device.torch), view_2.to(self.device.torch), rate, progress)
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
            positive_similarity=output.positives.mean().item(),
            negative_similarity=None if output.negatives is None else output.negatives.mean().item(),
        )

    def _optimize(self, view_1: Tensor, view_2: Tensor, rate: float, progress: float) -> StepOutput:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with self.device.autocast():
            output = self.method.training_step(view_1, view_2)
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


def _decayed_and_not(method: Method, weight_decay: float) -> list[dict[str, object]]:
    """Weights decay; biases and batch-norm parameters do not, as in SimCLR, arXiv:2002.05709, appendix B.8."""
    parameters = method.trained_parameters()
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
