"""SimCLR (Chen et al. 2020, arXiv:2002.05709).

The idea: two views of an image must be more alike than views of any two images in the batch.
What prevents collapse: the negatives. If all embeddings were equal, the loss would stay at chance, ln(2N-1).
"""

from torch import Tensor

from playground.config.methods import SimCLRConfig
from playground.losses import nt_xent
from playground.methods.method import SelfSupervised, StepOutput
from playground.methods.softmax import Temperature, choice_of_negatives
from playground.models import Encoder, mlp_head
from playground.models.concat_views import joined


class SimCLR(SelfSupervised):
    """An encoder, a projection head that ends in batch norm as in the authors' code, and NT-Xent over the batch."""

    def __init__(self, config: SimCLRConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        widths = encoder.feature_dim, config.hidden_dim, config.projection_dim
        self.projector = mlp_head(*widths, batch_norm=True, final_norm=True)
        self.temperature = Temperature(config)
        self.negatives = choice_of_negatives(config)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper. Both views pass in one batch, so they share their batch statistics."""
        z_1, z_2 = self.project(joined(view_1, view_2)).chunk(2)  # [n, d] each
        loss = nt_xent(z_1, z_2, self.temperature(), self.negatives)
        return StepOutput.of(loss, z_1, z_2)

    def after_step(self, progress: float) -> None:
        """A learned temperature stays within bounds."""
        self.temperature.limit()

    def learned_temperature(self) -> Tensor | None:
        return self.temperature.now()
