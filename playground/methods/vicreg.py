"""VICReg (Bardes, Ponce and LeCun 2022, arXiv:2105.04906).

The idea: three terms that say what is wanted. Views of an image agree (invariance), every feature differs between
images (variance), and no two features go together (covariance).
What prevents collapse: the variance term against the complete one, the covariance term against the dimensional one.
"""

from torch import Tensor

from playground.config.methods import VICRegConfig
from playground.losses import vicreg
from playground.methods.method import SelfSupervised, StepOutput
from playground.models import Encoder, mlp_head


class VICReg(SelfSupervised):
    """An encoder, a projection head (the paper's expander), and the statistics of its features."""

    def __init__(self, config: VICRegConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True)
        self.config = config

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper."""
        z_1, z_2 = self.project(view_1), self.project(view_2)  # [n, d] each
        loss = vicreg(
            z_1,
            z_2,
            invariance_weight=self.config.invariance_weight,
            variance_weight=self.config.variance_weight,
            covariance_weight=self.config.covariance_weight,
        )
        return StepOutput.of(loss, z_1, z_2)
