"""Settings of MoCo v2."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import SmallestBatch
from playground.config.methods.published import LIGHTLY_CIFAR
from playground.config.methods.softmax import MUON, SoftmaxConfig, temperature_setting
from playground.config.settings import setting


class MoCoConfig(SoftmaxConfig):
    """MoCo v2, arXiv:2003.04297: a queue of past keys are the negatives, encoded by a slowly moving copy."""

    labels: ClassVar[Mapping[str, str]] = {"moco": "MoCo v2"}
    quick: ClassVar[Mapping[str, object]] = MUON
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        # The demo adds up the two directions at rate 0.06 and decay 5e-4; here their mean is taken.
        "optimizer.learning_rate": 0.12,
        "optimizer.weight_decay": 2.5e-4,
        "method.temperature": 0.1,
        "method.hidden_dim": 512,
        "method.symmetric": True,
        "views.crop.scale_min": 0.08,
    }
    published_source: ClassVar[str] = "MoCo authors' CIFAR-10 demo (85.3 % kNN after 200 epochs, symmetric loss)"

    name: Literal["moco"] = "moco"
    temperature: float = temperature_setting(0.1, "MoCo authors' CIFAR-10 demo (0.1); v1 0.07, v2 0.2")
    queue_size: int = setting(
        4096,
        title="Queue",
        help="How many keys of past batches serve as negatives.",
        source="MoCo authors' CIFAR-10 demo",
        ge=2,
        le=65536,
    )
    momentum: float = setting(
        0.99,
        title="Momentum",
        help="How slowly the key encoder follows: 0 copies the encoder at every step, 0.999 hardly moves.",
        source="MoCo authors' CIFAR-10 demo; ImageNet 0.999",
        ge=0.0,
        le=1.0,
    )
    symmetric: bool = setting(
        False,
        title="Both ways",
        help="Each view is once the query and once the key: twice the work a step, and it learns more from it.",
        source="MoCo v1 and v2: off; MoCo authors' CIFAR-10 demo: on",
        advanced=True,
    )
    batch_norm_groups: int = setting(
        8,
        title="Batch-norm groups",
        help="Batch statistics are taken in this many groups, so that a key cannot be recognised by its batch.",
        source="MoCo authors' CIFAR-10 demo (8)",
        advanced=True,
        ge=1,
        le=64,
    )

    def chance_loss(self, batch_size: int) -> float:
        """All candidates equally likely: ln(K+1), or ln(K) where the positive is not among them."""
        return math.log(self.queue_size + (0 if self.negatives == "decoupled" else 1))

    def floor_loss(self, batch_size: int) -> float | None:
        """Views equal, keys at right angles on average: ln(1 + K exp(-1/tau)).

        Queries and keys come from one distribution, so their mean cosine is the squared length of its
        mean, which is not below 0. A floor in expectation, by Jensen's inequality. Decoupled, the 1 is missing.
        None where negatives are estimated or the temperature moves.
        """
        if self.learn_temperature or self.negatives in ("debiased", "hard"):
            return None
        exponent = math.log(self.queue_size) - 1 / self.temperature
        return exponent if self.negatives == "decoupled" else math.log1p(math.exp(exponent))

    def smallest_batch(self) -> SmallestBatch:
        """Statistics of a single image are none."""
        setting = f"method.batch_norm_groups={self.batch_norm_groups}"
        return SmallestBatch(2 * self.batch_norm_groups, setting, "two images a group")

    def misfit(self, batch_size: int) -> str | None:
        keys = 2 * batch_size if self.symmetric else batch_size
        if self.queue_size < keys:
            return (
                f"method.queue_size: {self.queue_size} was given; allowed with batch_size={batch_size} is at least "
                f"{keys}, so that the queue holds the keys of a step: choose a larger queue or a smaller batch"
            )
        return super().misfit(batch_size)
