"""Settings of BYOL."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.methods.published import LIGHTLY_CIFAR, STRONG_VIEWS
from playground.config.settings import setting


class BYOLConfig(MethodConfig):
    """BYOL, arXiv:2006.07733: no negatives; predict the embedding of the other view by a slowly moving copy."""

    labels: ClassVar[Mapping[str, str]] = {"byol": "BYOL"}
    # Measured on CIFAR-10 and digits, small encoder, 60 and 30 s on two cores: without negatives it takes many small
    # steps; with batch 256, rate 0.004 and heads of 256 it ended at the untrained encoder's accuracy or below.
    suggested: ClassVar[Mapping[str, object]] = {"batch_size": 64, "optimizer.learning_rate": 0.001}
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        **STRONG_VIEWS,
        # SGD feels the size of the loss: lightly's is a quarter of the paper's, so a quarter of its rate and four times
        # its decay make the same steps.
        "optimizer.learning_rate": 0.06,
        "optimizer.weight_decay": 2e-3,
        "method.momentum": 0.99,
        "method.hidden_dim": 1024,
        "method.projection_dim": 256,
        "method.predictor_dim": 1024,
    }
    published_source: ClassVar[str] = (
        "lightly's CIFAR-10 benchmark, batch 512; rate and decay turned into those of the paper's loss"
    )
    collapse_is_lowest: ClassVar[bool] = True

    name: Literal["byol"] = "byol"
    hidden_dim: int = setting(
        1024,
        title="Head: hidden units",
        help="Width of the hidden layer of the projection head.",
        source="measured on CIFAR-10, 60 s: 1024 beats 256; BYOL 4096",
        advanced=True,
        ge=8,
        le=8192,
    )
    momentum: float = setting(
        0.9,
        title="Target momentum at the start",
        help="How slowly the target encoder follows at first; it rises to 1 by the end of the run.",
        source="measured on CIFAR-10, 60 s here; BYOL 0.996, CIFAR-10 0.99: short runs need a faster target",
        when=("slow_target", True),
        ge=0.0,
        le=1.0,
    )
    prediction_head: bool = setting(
        True,
        title="Prediction head",
        help="What BYOL needs against collapse, one half: without it the online side has no way to differ.",
        source="BYOL, arXiv:2006.07733, table 5",
    )
    slow_target: bool = setting(
        True,
        title="Slow target",
        help="What BYOL needs against collapse, the other half: off, the target is the online network itself.",
        source="BYOL, arXiv:2006.07733, table 5",
    )
    predictor_dim: int = setting(
        1024,
        title="Predictor: hidden units",
        help="Width of the hidden layer of the prediction head.",
        source="measured on CIFAR-10, 60 s: 1024 beats 256; BYOL 4096",
        advanced=True,
        when=("prediction_head", True),
        ge=8,
        le=8192,
    )

    batch_norm: bool = setting(
        True,
        title="Batch norm in the heads",
        help="Standardises the hidden layers of the heads over the batch. Without it learning is slow or fails.",
        source="BYOL, arXiv:2006.07733, section 3.2",
        advanced=True,
    )

    def chance_loss(self, batch_size: int) -> float:
        """Predictions at right angles to their targets: 2 - 2 cos = 2 for each of the two directions."""
        return 4.0

    def floor_loss(self, batch_size: int) -> float:
        """Perfect prediction; complete collapse reaches it too."""
        return 0.0
