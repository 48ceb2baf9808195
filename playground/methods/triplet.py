"""Triplet loss (Schroff et al. 2015, arXiv:1503.03832; Hermans et al. 2017, arXiv:1703.07737).

The idea: an anchor is nearer to its positive, the other view, than to a negative, another image, by a margin.
What prevents collapse: the margin. If all embeddings were equal, the loss would stay at it; but with the hardest
negatives from the first step on training may get stuck there, and semi-hard ones help.
"""

import torch
from torch import Tensor

from playground.config.methods import TripletConfig
from playground.losses import MINERS, triplet
from playground.methods.method import SelfSupervised, StepOutput, Supervised
from playground.models import Encoder, mlp_head
from playground.models.concat_views import joined


class Triplet(SelfSupervised, Supervised):
    """An encoder, a projection head, and triplets mined in the batch."""

    def __init__(self, config: TripletConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(
            encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True, final_norm=True
        )
        self.mine = MINERS[config.mining]
        self.margin = None if config.soft_margin else config.margin

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Each image is a class of its own."""
        return self.supervised_step(view_1, view_2, torch.arange(len(view_1), device=view_1.device))

    def supervised_step(self, view_1: Tensor, view_2: Tensor, labels: Tensor) -> StepOutput:
        """Images of a class belong together."""
        z_1, z_2 = self.project(joined(view_1, view_2)).chunk(2)  # [n, d] each
        loss = triplet(z_1, z_2, labels, self.mine, self.margin)
        return StepOutput.of(loss, z_1, z_2)
