"""Barlow Twins (Zbontar et al. 2021, arXiv:2103.03230).

The idea: compare features, not images. Over a batch, every feature of one view goes with the same feature of the other
view, and with no other feature.
What prevents collapse: features are standardised over the batch, and a constant one goes with nothing. If all
embeddings were equal, the loss would stay at d.
"""

from torch import Tensor

from playground.config.methods import BarlowTwinsConfig
from playground.losses import barlow_twins
from playground.methods.method import SelfSupervised, StepOutput
from playground.models import Encoder, mlp_head


class BarlowTwins(SelfSupervised):
    """An encoder, a projection head, and the cross-correlation of its features."""

    def __init__(self, config: BarlowTwinsConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True)
        self.redundancy_weight = config.redundancy_weight

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper."""
        z_1, z_2 = self.project(view_1), self.project(view_2)  # [n, d] each
        loss = barlow_twins(z_1, z_2, self.redundancy_weight)
        return StepOutput.of(loss, z_1, z_2)
