"""Settings of supervised contrastive learning."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.methods.published import LIGHTLY_CIFAR
from playground.config.methods.softmax import temperature_setting


class SupConConfig(MethodConfig):
    """Supervised contrastive, arXiv:2004.11362: uses labels, and so shows how far the others could get."""

    labels: ClassVar[Mapping[str, str]] = {"supcon": "SupCon (uses labels)"}
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        "optimizer.learning_rate": 0.25,
        "optimizer.weight_decay": 1e-4,
        "method.temperature": 0.1,
        "method.hidden_dim": 512,
    }
    published_source: ClassVar[str] = "SupCon authors' code for CIFAR-10 (rate 0.5 at batch 1024, temperature 0.1)"

    name: Literal["supcon"] = "supcon"
    temperature: float = temperature_setting(0.1, "SupCon, arXiv:2004.11362 (0.1)")

    def chance_loss(self, batch_size: int) -> float:
        """All 2N-1 candidates equally likely: ln(2N-1)."""
        return math.log(2 * batch_size - 1)

    @property
    def uses_labels(self) -> bool:
        return True

    @property
    def weighing_temperature(self) -> float:
        return self.temperature
