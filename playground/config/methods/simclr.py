"""Settings of SimCLR."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.published import LIGHTLY_CIFAR, STRONG_VIEWS
from playground.config.methods.softmax import MUON, SoftmaxConfig, temperature_setting


class SimCLRConfig(SoftmaxConfig):
    """SimCLR, arXiv:2002.05709: the other images of the batch are the negatives."""

    labels: ClassVar[Mapping[str, str]] = {"simclr": "SimCLR"}
    quick: ClassVar[Mapping[str, object]] = MUON
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        **STRONG_VIEWS,
        "method.temperature": 0.5,
        "method.hidden_dim": 512,
    }
    published_source: ClassVar[str] = "lightly's CIFAR-10 benchmark, batch 512; temperature also SimCLR, appendix B.9"

    name: Literal["simclr"] = "simclr"
    temperature: float = temperature_setting(
        0.1, "best of 0.1, 0.2, 0.5 in 60 s on CIFAR-10 here; SimCLR, CIFAR-10: 0.5"
    )

    def chance_loss(self, batch_size: int) -> float:
        """All candidates equally likely: ln(2N-1), or ln(2N-2) where the positive is not among them."""
        return math.log(2 * batch_size - (2 if self.negatives == "decoupled" else 1))

    def floor_loss(self, batch_size: int) -> float | None:
        """Views of an image equal, images at the corners of a simplex: ln(1 + (2N-2) exp((-1/(N-1) - 1)/tau)).

        Decoupled, the 1 is missing. None where negatives are estimated or the temperature moves.
        """
        exponent = (-1 / (batch_size - 1) - 1) / self.temperature
        if self.learn_temperature or self.negatives in ("debiased", "hard"):
            return None
        if self.negatives == "decoupled":
            return math.log(2 * batch_size - 2) + exponent
        return math.log1p((2 * batch_size - 2) * math.exp(exponent))
