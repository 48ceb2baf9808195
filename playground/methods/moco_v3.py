"""MoCo v3 (Chen, Xie and He 2021, arXiv:2104.02057).

The idea: SimCLR's negatives with BYOL's two networks. Predict, from one view, the key that a slowly moving copy makes
of the other view, and tell it from the keys of the other images in the batch; there is no queue.
What prevents collapse: the negatives. If all embeddings were equal, the loss would stay at chance, 4 tau ln(N).
"""

import copy

import torch
from torch import Tensor

from playground.config.methods import MoCoV3Config
from playground.losses import info_nce_in_batch
from playground.methods.method import SelfSupervised, StepOutput, follow, rising, without_gradient
from playground.methods.softmax import Temperature, choice_of_negatives
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
        self.negatives = choice_of_negatives(config)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper: each view's query meets the keys of the other view."""
        q_1, q_2 = self.predictor(self.project(view_1)), self.predictor(self.project(view_2))  # [n, d] each
        k_1, k_2 = self._keys(view_1), self._keys(view_2)
        loss = self._contrast(q_1, k_2) + self._contrast(q_2, k_1)
        return StepOutput.of(loss, q_1, k_2)

    def after_step(self, progress: float) -> None:
        """The key encoder follows, ever more slowly: before the next keys are made, by then with the new weights."""
        momentum = rising(self.momentum, progress)
        follow(self.key_encoder, self.encoder, momentum)
        follow(self.key_projector, self.projector, momentum)
        self.temperature.limit()

    def learned_temperature(self) -> Tensor | None:
        return self.temperature.now()

    def _contrast(self, query: Tensor, key: Tensor) -> Tensor:
        """The factor 2 tau keeps the gradient's size; a temperature that is learned must not fall for its sake."""
        temperature = self.temperature()
        scale = temperature.detach() if isinstance(temperature, Tensor) else temperature
        return 2 * scale * info_nce_in_batch(query, key, temperature, self.negatives)

    @torch.no_grad()
    def _keys(self, view: Tensor) -> Tensor:
        z: Tensor = self.key_projector(self.key_encoder(view))
        return z
