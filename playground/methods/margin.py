"""Pairwise margin loss (Hadsell, Chopra and LeCun 2006, "Dimensionality Reduction by Learning an Invariant Mapping").

The idea: the first contrastive loss. Pull two views of an image together; push different images apart, but only those
nearer than a margin.
What prevents collapse: the margin. If all embeddings were equal, the loss would stay at margin^2 / 2.
"""

from torch import Tensor

from playground.config.methods import MarginConfig
from playground.losses import pairwise_margin
from playground.methods.method import SelfSupervised, StepOutput
from playground.models import Encoder, mlp_head
from playground.models.concat_views import joined


class Margin(SelfSupervised):
    """An encoder, a projection head, and all pairs of the batch."""

    def __init__(self, config: MarginConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(
            encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True, final_norm=True
        )
        self.margin = config.margin

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Equation 4 of the paper."""
        z_1, z_2 = self.project(joined(view_1, view_2)).chunk(2)  # [n, d] each
        loss = pairwise_margin(z_1, z_2, self.margin)
        return StepOutput.of(loss, z_1, z_2)
