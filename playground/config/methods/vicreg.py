"""Settings of VICReg."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.methods.published import LIGHTLY_CIFAR
from playground.config.settings import setting

_SOURCE = "VICReg, arXiv:2105.04906 (25, 25, 1)"


class VICRegConfig(MethodConfig):
    """VICReg, arXiv:2105.04906: views agree, every feature keeps its variance, and no two features go together."""

    labels: ClassVar[Mapping[str, str]] = {"vicreg": "VICReg"}
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        "method.hidden_dim": 2048,
        "method.projection_dim": 2048,
        "views.jitter.saturation": 0.2,
        "views.solarize.probability": 0.1,
    }
    published_source: ClassVar[str] = (
        "heads and views: solo-learn, CIFAR-10; optimiser: lightly's CIFAR-10 benchmark (solo-learn: LARS)"
    )

    name: Literal["vicreg"] = "vicreg"
    projection_dim: int = setting(
        512,
        title="Head: output size",
        help="Number of dimensions of z: the statistics of features want many of them.",
        source="measured on CIFAR-10, small encoder: 512 beats 128; VICReg 8192",
        advanced=True,
        ge=2,
        le=8192,
    )
    invariance_weight: float = setting(
        25.0,
        title="Invariance weight",
        help="How much it counts that two views of an image are equal.",
        source=_SOURCE,
        ge=0.0,
        le=1000.0,
    )
    variance_weight: float = setting(
        25.0,
        title="Variance weight",
        help="How much it counts that every feature differs between images: at 0 everything collapses.",
        source=_SOURCE,
        ge=0.0,
        le=1000.0,
    )
    covariance_weight: float = setting(
        1.0,
        title="Covariance weight",
        help="How much it counts that no two features go together.",
        source=_SOURCE,
        ge=0.0,
        le=1000.0,
    )

    def chance_loss(self, batch_size: int) -> float:
        """All embeddings equal: only the variance term is left, 1 - sqrt(0.0001) for every feature."""
        return 0.99 * self.variance_weight

    def floor_loss(self, batch_size: int) -> float:
        """Views equal, every standard deviation at least 1, no covariance."""
        return 0.0
