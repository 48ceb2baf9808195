"""Settings of Barlow Twins."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.methods.published import LIGHTLY_CIFAR, STRONG_VIEWS
from playground.config.settings import setting


class BarlowTwinsConfig(MethodConfig):
    """Barlow Twins, arXiv:2103.03230: the features of two views agree, and different features say different things."""

    labels: ClassVar[Mapping[str, str]] = {"barlow_twins": "Barlow Twins"}
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        **STRONG_VIEWS,
        "method.hidden_dim": 2048,
        "method.projection_dim": 2048,
        "method.redundancy_weight": 0.005,
    }
    published_source: ClassVar[str] = "lightly's CIFAR-10 benchmark, batch 512"

    name: Literal["barlow_twins"] = "barlow_twins"
    redundancy_weight: float = setting(
        0.02,
        title="Redundancy weight",
        help="How much it counts that different features say different things, beside that the same ones agree.",
        source="measured on CIFAR-10, 128 features: 0.02 beats 0.005, which Barlow Twins takes for 8192",
        logarithmic=True,
        ge=0.0001,
        le=1.0,
    )

    def chance_loss(self, batch_size: int) -> float:
        """Features of the two views are uncorrelated: 1 for each of the d features."""
        return float(self.projection_dim)

    def floor_loss(self, batch_size: int) -> float:
        """The cross-correlation is the identity."""
        return 0.0
