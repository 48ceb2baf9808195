"""Parts of the softmax methods: a temperature that may be learned, and the weighting of negatives."""

import math

import torch
from torch import Tensor, nn

from playground.config.methods.softmax import LEARNED_RANGE, SoftmaxConfig, TemperatureConfig
from playground.losses import DebiasedNegatives, HardNegatives, LogSum, decoupled_negatives, plain_negatives


class Temperature(nn.Module):
    """A fixed or learned temperature; its logarithm is learned, as in CLIP, arXiv:2103.00020, section 2.5."""

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
        """The present temperature: a float where it is fixed, else a scalar [] with a gradient."""
        return self.log.exp() if self.learned else self.fixed

    @torch.no_grad()
    def limit(self) -> None:
        """Clamp a learned temperature to LEARNED_RANGE, after a step."""
        if self.learned:
            low, high = LEARNED_RANGE
            self.log.clamp_(math.log(low), math.log(high))

    def now(self) -> Tensor | None:
        """The present temperature, a scalar [] without gradient; None where it is fixed."""
        return self.log.detach().exp() if self.learned else None


def negatives_function(config: SoftmaxConfig) -> LogSum:
    """The weighting of negatives chosen in `config`, for the losses."""
    choices: dict[str, LogSum] = {
        "plain": plain_negatives,
        "debiased": DebiasedNegatives(config.tau_plus),
        "hard": HardNegatives(config.tau_plus, config.beta),
        "decoupled": decoupled_negatives,
    }
    return choices[config.negatives]
