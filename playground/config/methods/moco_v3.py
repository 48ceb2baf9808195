"""Settings of MoCo v3."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.published import LIGHTLY_CIFAR, STRONG_VIEWS
from playground.config.methods.softmax import SoftmaxConfig, temperature_setting
from playground.config.settings import setting


class MoCoV3Config(SoftmaxConfig):
    """MoCo v3, arXiv:2104.02057: no queue; predict the keys that a slowly moving copy makes of the other view."""

    labels: ClassVar[Mapping[str, str]] = {"moco_v3": "MoCo v3"}
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        **STRONG_VIEWS,
        "method.temperature": 0.2,
        "method.momentum": 0.99,
        "method.hidden_dim": 4096,
        "method.projection_dim": 256,
        "method.predictor_dim": 4096,
    }
    published_source: ClassVar[str] = (
        "heads, temperature, momentum: solo-learn, CIFAR-10; optimiser: lightly's CIFAR-10 benchmark (solo-learn: LARS)"
    )

    name: Literal["moco_v3"] = "moco_v3"
    temperature: float = temperature_setting(0.2, "solo-learn, CIFAR-10 (0.2); MoCo v3, ResNet-50: 1.0")
    momentum: float = setting(
        0.9,
        title="Momentum at the start",
        help="How slowly the key encoder follows at first; it rises to 1 by the end of the run.",
        source="as BYOL here: short runs need a faster copy; MoCo v3 0.99",
        ge=0.0,
        le=1.0,
    )
    predictor_dim: int = setting(
        256,
        title="Predictor: hidden units",
        help="Width of the hidden layer of the prediction head.",
        source="scaled down from 4096 (MoCo v3) to the small encoder",
        advanced=True,
        ge=8,
        le=8192,
    )

    def chance_loss(self, batch_size: int) -> float | None:
        """All N keys equally likely, in both directions, times 2 tau: 4 tau ln(N)."""
        if self.learn_temperature:
            return None
        return 4 * self.temperature * math.log(batch_size - (1 if self.negatives == "decoupled" else 0))

    def floor_loss(self, batch_size: int) -> float | None:
        """Predictions equal to their keys, images at the corners of a simplex, in both directions, times 2 tau."""
        if self.learn_temperature or self.negatives in ("debiased", "hard"):
            return None
        exponent = (-1 / (batch_size - 1) - 1) / self.temperature
        if self.negatives == "decoupled":
            return 4 * self.temperature * (math.log(batch_size - 1) + exponent)
        return 4 * self.temperature * math.log1p((batch_size - 1) * math.exp(exponent))
