"""Settings of the triplet loss."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.settings import setting


class TripletConfig(MethodConfig):
    """Triplet loss, arXiv:1503.03832: nearer to the own other view than to another image, by a margin."""

    labels: ClassVar[Mapping[str, str]] = {"triplet": "Triplet"}

    name: Literal["triplet"] = "triplet"
    mining: Literal["batch_hard", "semi_hard", "random"] = setting(
        "semi_hard",
        title="Mining",
        help="Which negative of the batch each anchor gets: the nearest, the nearest beyond the positive, or any.",
        source="semi-hard: FaceNet, arXiv:1503.03832; batch-hard: arXiv:1703.07737, which may collapse early",
        labels={
            "batch_hard": "batch-hard (the nearest)",
            "semi_hard": "semi-hard (beyond the positive)",
            "random": "random (any)",
        },
    )
    soft_margin: bool = setting(
        False,
        title="Soft margin",
        help="In place of a margin beyond which nothing counts, a curve that never quite ends: ln(1 + exp(d+ - d-)).",
        source="arXiv:1703.07737",
    )
    margin: float = setting(
        0.2,
        title="Margin",
        help="By how much a negative has to be farther away than the positive.",
        source="FaceNet, arXiv:1503.03832 (0.2)",
        when=("soft_margin", False),
        ge=0.0,
        le=2.0,
    )
    positives: Literal["views", "classes"] = setting(
        "views",
        title="Positives",
        help="What belongs together: the two views of an image, or, with labels, all images of a class.",
        source="views: no labels, as the other methods; classes: arXiv:1703.07737",
        labels={"views": "views of one image", "classes": "one class (uses labels)"},
    )

    def chance_loss(self, batch_size: int) -> float:
        """All distances equal: the margin, or ln 2. A collapse stays there."""
        return math.log(2) if self.soft_margin else self.margin

    def floor_loss(self, batch_size: int) -> float | None:
        """Every negative beyond the margin; with a soft margin, unit vectors two apart: ln(1 + exp(-2))."""
        return math.log1p(math.exp(-2)) if self.soft_margin else 0.0

    @property
    def uses_labels(self) -> bool:
        return self.positives == "classes"
