"""BYOL (Grill et al. 2020, arXiv:2006.07733).

The idea: no negatives. Predict, from one view, what a slowly moving copy of the network says of the other view.
What prevents collapse: the prediction head, on one side only, together with a target that gets no gradient and moves
slowly. Equal embeddings would have loss 0, so nothing in the loss itself forbids them.
"""

import copy
import math

import torch
from torch import Tensor

from playground.config.method import BYOLConfig
from playground.losses import normalize, prediction_error
from playground.methods.method import Method, StepOutput, follow, without_gradient
from playground.models import Encoder, mlp_head


class BYOL(Method):
    """An online network with a prediction head, and a target network that follows it."""

    def __init__(self, config: BYOLConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=True)
        self.predictor = mlp_head(config.projection_dim, config.predictor_dim, config.projection_dim, batch_norm=True)
        self.target_encoder = without_gradient(copy.deepcopy(self.encoder))
        self.target_projector = without_gradient(copy.deepcopy(self.projector))
        self.momentum = config.momentum

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Equation 2 of the paper, symmetrised: each view once predicts the other."""
        p_1 = self.predictor(self.projector(self.encoder(view_1)))  # [n, d]
        p_2 = self.predictor(self.projector(self.encoder(view_2)))
        target_1, target_2 = self._target(view_1), self._target(view_2)
        loss = prediction_error(p_1, target_2) + prediction_error(p_2, target_1)
        return StepOutput(loss, _cosine(p_1.detach(), target_2), None)

    def after_step(self, progress: float) -> None:
        """The target follows, ever more slowly: tau = 1 - (1 - tau_0) (cos(pi progress) + 1) / 2."""
        momentum = 1 - (1 - self.momentum) * (math.cos(math.pi * progress) + 1) / 2
        follow(self.target_encoder, self.encoder, momentum)
        follow(self.target_projector, self.projector, momentum)

    @torch.no_grad()
    def _target(self, view: Tensor) -> Tensor:
        z: Tensor = self.target_projector(self.target_encoder(view))
        return z


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    return (normalize(a) * normalize(b)).sum(dim=-1)
