"""MoCo v3 (Chen, Xie and He 2021, arXiv:2104.02057).

The idea: SimCLR's negatives with BYOL's two networks. Predict, from one view, the key of the other view by a slowly
moving copy, and tell it from the keys of the other images in the batch; there is no queue.
What prevents collapse: the negatives. If all embeddings were equal, the loss would stay at chance, 4 tau ln(N).
"""

import copy

import torch
from torch import Tensor

from playground.config.methods import MoCoV3Config
from playground.losses import info_nce_in_batch
from playground.methods.method import SelfSupervised, StepOutput, ema_update, rising_momentum, without_gradient
from playground.methods.softmax import Temperature, negatives_function
from playground.models import Encoder, mlp_head


class MoCoV3(SelfSupervised):
    """A query encoder with a prediction head, and its slow copy the key encoder."""

    def __init__(self, config: MoCoV3Config, encoder: Encoder) -> None:
        super().__init__()
        d = config.projection_dim
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, d, batch_norm=True, final_norm=True)
        self.predictor = mlp_head(d, config.predictor_dim, d, batch_norm=True, final_norm=True)
        self.key_encoder = without_gradient(copy.deepcopy(self.encoder))
        self.key_projector = without_gradient(copy.deepcopy(self.projector))
        self.momentum = config.momentum
        self.temperature = Temperature(config)
        self.negatives = negatives_function(config)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper: the queries of each view [n, 3, side, side] with the keys of the other."""
        q_1, q_2 = self.predictor(self.project(view_1)), self.predictor(self.project(view_2))  # [n, d] each
        k_1, k_2 = self._keys(view_1), self._keys(view_2)
        loss = self._contrast(q_1, k_2) + self._contrast(q_2, k_1)
        return StepOutput.of(loss, q_1, k_2)

    def after_step(self, progress: float) -> None:
        """Moves the key encoder towards the encoder, ever more slowly, before the next keys are made."""
        momentum = rising_momentum(self.momentum, progress)
        ema_update(self.key_encoder, self.encoder, momentum)
        ema_update(self.key_projector, self.projector, momentum)
        self.temperature.limit()

    def learned_temperature(self) -> Tensor | None:
        """The present temperature, a scalar []; None where it is fixed."""
        return self.temperature.now()

    def _contrast(self, query: Tensor, key: Tensor) -> Tensor:
        """InfoNCE times 2 tau, which keeps the size of the gradient; the factor gives a learned tau no gradient."""
        temperature = self.temperature()
        scale = temperature.detach() if isinstance(temperature, Tensor) else temperature
        return 2 * scale * info_nce_in_batch(query, key, temperature, self.negatives)

    @torch.no_grad()
    def _keys(self, view: Tensor) -> Tensor:
        z: Tensor = self.key_projector(self.key_encoder(view))
        return z
