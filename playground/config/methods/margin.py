"""Settings of the pairwise margin loss."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.settings import setting


class MarginConfig(MethodConfig):
    """Pairwise margin loss (Hadsell et al. 2006): pull views together, push other images out of a radius."""

    labels: ClassVar[Mapping[str, str]] = {"margin": "Pairwise margin"}

    name: Literal["margin"] = "margin"
    margin: float = setting(
        1.4,
        title="Margin",
        help="The distance beyond which other images are left alone; unit vectors at random are 1.41 apart.",
        source="measured on CIFAR-10: 1.4 beats 1; Hadsell et al. 2006 leave it open",
        ge=0.01,
        le=2.0,
    )

    def chance_loss(self, batch_size: int) -> float:
        """All distances 0: the positives cost nothing, the negatives m^2 / 2."""
        return self.margin**2 / 2

    def floor_loss(self, batch_size: int) -> float:
        """Views equal, and every other image at least the margin away."""
        return 0.0
