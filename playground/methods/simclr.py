"""SimCLR (Chen et al. 2020, arXiv:2002.05709).

The idea: two views of an image must be more alike than views of any two images in the batch.
What prevents collapse: the negatives. If all embeddings were equal, the loss would stay at chance, ln(2N-1).
"""

import torch
from torch import Tensor

from playground.config.method import SimCLRConfig
from playground.losses import cosines, nt_xent
from playground.methods.method import Method, StepOutput
from playground.models import Encoder, mlp_head


class SimCLR(Method):
    """An encoder, a projection head, and NT-Xent over the batch."""

    def __init__(self, config: SimCLRConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True)
        self.temperature = config.temperature

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper. Both views pass in one batch, so they share their batch statistics."""
        z_1, z_2 = self.embed(torch.cat([view_1, view_2]))[1].chunk(2)  # [n, d] each
        loss = nt_xent(z_1, z_2, self.temperature)
        return StepOutput(loss, *similarities(z_1.detach(), z_2.detach()))


def similarities(z_1: Tensor, z_2: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines of [n, d] with [n, d]: of the same image [n], of different images [n, n-1]."""
    cosine = cosines(z_1, z_2)
    n = len(cosine)
    different = ~torch.eye(n, dtype=torch.bool, device=cosine.device)
    return cosine.diagonal(), cosine[different].view(n, n - 1)
