"""What the softmax methods share: a temperature that may be learned, and the choice of negatives."""

import math

import torch
from torch import Tensor, nn

from playground.config.methods.softmax import LEARNED_RANGE, SoftmaxConfig, TemperatureConfig
from playground.losses import Debiased, Hard, LogSum, decoupled, plain


class Temperature(nn.Module):
    """A number, or a parameter: then its logarithm is learned, as in CLIP, arXiv:2103.00020, section 2.5."""

    log: Tensor

    def __init__(self, config: TemperatureConfig) -> None:
        super().__init__()
        start = torch.tensor(math.log(config.temperature), dtype=torch.float32)
        self.learned = config.learn_temperature
        if self.learned:
            self.log = nn.Parameter(start)
        else:
            self.fixed = config.temperature

    def forward(self) -> float | Tensor:
        """The temperature as it is now."""
        return self.log.exp() if self.learned else self.fixed

    @torch.no_grad()
    def limit(self) -> None:
        """After a step: back into the range that CLIP allows."""
        if self.learned:
            low, high = LEARNED_RANGE
            self.log.clamp_(math.log(low), math.log(high))

    def now(self) -> Tensor | None:
        """For the eye; None where it stands still."""
        return self.log.detach().exp() if self.learned else None


def choice_of_negatives(config: SoftmaxConfig) -> LogSum:
    """How the negatives count, as a function for the losses."""
    choices: dict[str, LogSum] = {
        "plain": plain,
        "debiased": Debiased(config.tau_plus),
        "hard": Hard(config.tau_plus, config.beta),
        "decoupled": decoupled,
    }
    return choices[config.negatives]
