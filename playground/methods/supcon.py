"""Supervised contrastive learning (Khosla et al. 2020, arXiv:2004.11362).

The idea: SimCLR with labels. All views of all images of a class belong together. It is no self-supervised method: it
is here as the upper reference, to see how far from it the others stay.
What prevents collapse: the negatives. If all embeddings were equal, the loss would stay at chance, ln(2N-1).
"""

from torch import Tensor

from playground.config.methods import SupConConfig
from playground.losses import sup_con
from playground.methods.method import StepOutput, Supervised
from playground.models import Encoder, mlp_head
from playground.models.concat_views import joined


class SupCon(Supervised):
    """An encoder, a projection head, and the supervised contrastive loss over the batch."""

    def __init__(self, config: SupConConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(
            encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True, final_norm=True
        )
        self.temperature = config.temperature

    def supervised_step(self, view_1: Tensor, view_2: Tensor, labels: Tensor) -> StepOutput:
        """Equation 2 of the paper."""
        z_1, z_2 = self.project(joined(view_1, view_2)).chunk(2)  # [n, d] each
        loss = sup_con(z_1, z_2, labels, self.temperature)
        return StepOutput.of(loss, z_1, z_2)
