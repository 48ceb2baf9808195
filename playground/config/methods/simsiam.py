"""Settings of SimSiam."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.methods.published import LIGHTLY_CIFAR, STRONG_VIEWS
from playground.config.settings import setting


class SimSiamConfig(MethodConfig):
    """SimSiam, arXiv:2011.10566: BYOL without the slow copy; the stop-gradient alone keeps it from collapse."""

    labels: ClassVar[Mapping[str, str]] = {"simsiam": "SimSiam"}
    # Measured on CIFAR-10, small encoder: smaller steps than with negatives, as for BYOL.
    suggested: ClassVar[Mapping[str, object]] = {"batch_size": 128, "optimizer.learning_rate": 0.002}
    published: ClassVar[Mapping[str, object]] = {
        **LIGHTLY_CIFAR,
        **STRONG_VIEWS,
        "optimizer.learning_rate": 0.06,
        "method.hidden_dim": 2048,
        "method.projection_dim": 2048,
        "method.projector_layers": 2,
        "method.predictor_dim": 512,
    }
    published_source: ClassVar[str] = "SimSiam, arXiv:2011.10566, appendix D (rate 0.03 per 256 images, 2-layer head)"
    collapse_is_lowest: ClassVar[bool] = True

    name: Literal["simsiam"] = "simsiam"
    hidden_dim: int = setting(
        1024,
        title="Head: hidden units",
        help="Width of the hidden layers of the projection head.",
        source="as BYOL here; SimSiam 2048",
        advanced=True,
        ge=8,
        le=8192,
    )
    projector_layers: Literal[2, 3] = setting(
        2,
        title="Head: layers",
        help="How many layers the projection head has.",
        source="SimSiam, CIFAR-10 (2); ImageNet 3",
        advanced=True,
    )
    predictor_dim: int = setting(
        512,
        title="Predictor: hidden units",
        help="Width of the hidden layer of the prediction head.",
        source="SimSiam (512); at this size no bottleneck: measured on CIFAR-10, 512 beats 64",
        advanced=True,
        ge=2,
        le=8192,
    )
    stop_gradient: bool = setting(
        True,
        title="Stop-gradient",
        help="What keeps SimSiam from collapse: the target side gets no gradient. Switch it off to watch a collapse.",
        source="SimSiam, arXiv:2011.10566, section 4.1",
    )

    batch_norm: bool = setting(
        True,
        title="Batch norm in the heads",
        help="Standardises the hidden layers of the heads over the batch. Without it learning is slow or fails.",
        source="SimSiam, arXiv:2011.10566, section 4.4",
        advanced=True,
    )

    def chance_loss(self, batch_size: int) -> float:
        """Predictions at right angles to their targets."""
        return 0.0

    def floor_loss(self, batch_size: int) -> float:
        """Perfect prediction; complete collapse reaches it too."""
        return -1.0
