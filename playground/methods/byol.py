"""BYOL (Grill et al. 2020, arXiv:2006.07733).

The idea: no negatives. Predict, from one view, what a slowly moving copy of the network says of the other view.
What prevents collapse: the prediction head, on one side only, together with a target that gets no gradient and moves
slowly. Equal embeddings would have loss 0, so nothing in the loss itself forbids them.
"""

import copy

import torch
from torch import Tensor, nn

from playground.config.methods import BYOLConfig
from playground.losses import paired_cosine, prediction_error
from playground.methods.method import SelfSupervised, StepOutput, follow, rising, without_gradient
from playground.models import Encoder, mlp_head


class BYOL(SelfSupervised):
    """An online network with a prediction head, and a target network that follows it."""

    def __init__(self, config: BYOLConfig, encoder: Encoder) -> None:
        super().__init__()
        d, norm = config.projection_dim, config.batch_norm
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, d, batch_norm=norm)
        head = config.prediction_head
        self.predictor = mlp_head(d, config.predictor_dim, d, batch_norm=norm) if head else nn.Identity()
        self.target_encoder = without_gradient(copy.deepcopy(self.encoder))
        self.target_projector = without_gradient(copy.deepcopy(self.projector))
        self.momentum, self.slow_target = config.momentum, config.slow_target

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Equation 2 of the paper, symmetrised: each view once predicts the other."""
        p_1, p_2 = self.predictor(self.project(view_1)), self.predictor(self.project(view_2))  # [n, d] each
        target_1, target_2 = self._target(view_1), self._target(view_2)
        loss = prediction_error(p_1, target_2) + prediction_error(p_2, target_1)
        return StepOutput(loss, paired_cosine(p_1.detach(), target_2).mean(), None)

    def after_step(self, progress: float) -> None:
        """The target follows, ever more slowly; without a slow target it is the online network at every step."""
        momentum = rising(self.momentum, progress) if self.slow_target else 0.0
        follow(self.target_encoder, self.encoder, momentum)
        follow(self.target_projector, self.projector, momentum)

    @torch.no_grad()
    def _target(self, view: Tensor) -> Tensor:
        z: Tensor = self.target_projector(self.target_encoder(view))
        return z
