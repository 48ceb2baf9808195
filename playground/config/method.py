"""The methods a person can choose: one class each, every hyper-parameter with its source.

The code of a method is the file of the same name in `playground.methods`.
"""

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playground.config.settings import Settings, setting

_TEMPERATURE_HELP = (
    "How sharply similarities are weighed: low looks at the hardest negatives only, high treats all alike."
)


class MethodConfig(Settings):
    """What all methods share: the shape of the projection head, and what is known about the loss beforehand."""

    labels: ClassVar[Mapping[str, str]] = {}
    suggested: ClassVar[Mapping[str, object]] = {}

    name: str
    hidden_dim: int = setting(
        256,
        title="Head: hidden units",
        help="Width of the hidden layer in the heads.",
        source="scaled down from 2048 (SimCLR) to the small encoder",
        advanced=True,
        ge=8,
        le=4096,
    )
    projection_dim: int = setting(
        128,
        title="Head: output size",
        help="Number of dimensions of z, in which images are compared while training.",
        source="SimCLR, arXiv:2002.05709",
        advanced=True,
        ge=2,
        le=1024,
    )

    def chance_loss(self, batch_size: int) -> float | None:
        """The loss of an encoder that tells nothing apart, or None where the method has no such figure."""
        return None

    def floor_loss(self, batch_size: int) -> float | None:
        """The lowest loss that any embedding can reach, or None where none is known."""
        return None

    @property
    def weighing_temperature(self) -> float:
        """The temperature at which negatives are weighed in figures."""
        return 0.1


class SimCLRConfig(MethodConfig):
    """SimCLR, arXiv:2002.05709: the other images of the batch are the negatives."""

    labels: ClassVar[Mapping[str, str]] = {"simclr": "SimCLR"}

    name: Literal["simclr"] = "simclr"
    temperature: float = setting(
        0.1,
        title="Temperature",
        help=_TEMPERATURE_HELP,
        source="best of 0.1, 0.2, 0.5 in 60 s on CIFAR-10 here; SimCLR, CIFAR-10: 0.5",
        logarithmic=True,
        ge=0.001,
        le=10.0,
    )

    def chance_loss(self, batch_size: int) -> float:
        """All 2N-1 candidates equally likely: ln(2N-1)."""
        return math.log(2 * batch_size - 1)

    def floor_loss(self, batch_size: int) -> float:
        """Views of an image equal, images at the corners of a simplex: ln(1 + (2N-2) exp((-1/(N-1) - 1)/tau))."""
        exponent = (-1 / (batch_size - 1) - 1) / self.temperature
        return math.log1p((2 * batch_size - 2) * math.exp(exponent))

    @property
    def weighing_temperature(self) -> float:
        return self.temperature


class MoCoConfig(MethodConfig):
    """MoCo v2, arXiv:2003.04297: a queue of past keys are the negatives, encoded by a slowly moving copy."""

    labels: ClassVar[Mapping[str, str]] = {"moco": "MoCo v2"}

    name: Literal["moco"] = "moco"
    temperature: float = setting(
        0.1,
        title="Temperature",
        help=_TEMPERATURE_HELP,
        source="MoCo authors' CIFAR-10 demo (0.1); v1 0.07, v2 0.2",
        logarithmic=True,
        ge=0.001,
        le=10.0,
    )
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
        """The positive and K keys equally likely: ln(K+1)."""
        return math.log(self.queue_size + 1)

    @property
    def weighing_temperature(self) -> float:
        return self.temperature


class BYOLConfig(MethodConfig):
    """BYOL, arXiv:2006.07733: no negatives; predict what a slowly moving copy says of the other view."""

    labels: ClassVar[Mapping[str, str]] = {"byol": "BYOL"}
    # Measured on CIFAR-10 and digits, small encoder, 60 and 30 s on two cores: without negatives it takes many small
    # steps; with batch 256, rate 0.004 and heads of 256 it ended at the untrained encoder's accuracy or below.
    suggested: ClassVar[Mapping[str, object]] = {"batch_size": 64, "optimizer.learning_rate": 0.001}

    name: Literal["byol"] = "byol"
    hidden_dim: int = setting(
        1024,
        title="Head: hidden units",
        help="Width of the hidden layer of the projection head.",
        source="measured on CIFAR-10, 60 s: 1024 beats 256; BYOL 4096",
        advanced=True,
        ge=8,
        le=4096,
    )
    momentum: float = setting(
        0.9,
        title="Target momentum at the start",
        help="How slowly the target encoder follows at first; it rises to 1 by the end of the run.",
        source="measured on CIFAR-10, 60 s here; BYOL 0.996, CIFAR-10 0.99: short runs need a faster target",
        ge=0.0,
        le=1.0,
    )
    predictor_dim: int = setting(
        1024,
        title="Predictor: hidden units",
        help="Width of the hidden layer of the prediction head.",
        source="measured on CIFAR-10, 60 s: 1024 beats 256; BYOL 4096",
        advanced=True,
        ge=8,
        le=4096,
    )

    def chance_loss(self, batch_size: int) -> float:
        """Predictions at right angles to their targets: 2 - 2 cos = 2 for each of the two directions."""
        return 4.0

    def floor_loss(self, batch_size: int) -> float:
        """Perfect prediction; complete collapse reaches it too."""
        return 0.0


AnyMethod = Annotated[SimCLRConfig | MoCoConfig | BYOLConfig, Field(discriminator="name")]
