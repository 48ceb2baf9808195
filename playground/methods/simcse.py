"""SimCSE (Gao et al. 2021, arXiv:2104.08821).

The idea: a sentence that passes twice, with other numbers dropped each time, must be more alike to itself than to any
other sentence of the batch. Dropout is the augmentation: words cannot be cropped or coloured without changing what is
said. Where the data have paraphrases these take the place of the second pass, and contradictions are hard negatives.
What prevents collapse: the negatives. If all embeddings were equal, the loss would stay at chance, ln(N), or ln(2N)
with hard negatives.
"""

import torch
from torch import Tensor

from playground.config.methods.simcse import SimCSEConfig
from playground.losses import simcse_loss
from playground.methods.method import SelfSupervised, StepOutput
from playground.models import Encoder, mlp_head


class SimCSE(SelfSupervised):
    """An encoder of texts with dropout, a projection head that is for training only, and the loss over the batch."""

    def __init__(self, config: SimCSEConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        widths = encoder.feature_dim, config.hidden_dim, config.projection_dim
        self.projector = mlp_head(*widths, batch_norm=False)
        self.temperature = config.temperature
        self.hard_negatives = config.has_hard_negatives

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Sections 3 and 4 of the paper. `view_1`: ids of the words of n sentences [n, length]; `view_2`: the same once
        more or a positive of each [n, length], or a positive and a hard negative [n, 2, length].

        All pass in one batch, in which every row has its own dropout.
        """
        sentences = [view_1, *self._others(view_2)]
        z_1, z_2, *hard = self.project(torch.cat(sentences)).chunk(len(sentences))  # [n, d] each
        loss = simcse_loss(z_1, z_2, self.temperature, *hard)
        return StepOutput.of(loss, z_1, z_2)

    def _others(self, view_2: Tensor) -> tuple[Tensor, ...]:
        """The positives, and the hard negatives where there are some and they are wanted."""
        if view_2.ndim == 2:
            return (view_2,)
        return view_2.unbind(dim=1) if self.hard_negatives else (view_2[:, 0],)
