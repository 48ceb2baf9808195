"""SimSiam (Chen and He 2021, arXiv:2011.10566).

The idea: BYOL without a second network. Predict, from one view, what the same network says of the other view.
What prevents collapse: the stop-gradient on the side that is predicted. Without it the embeddings fall onto a few
directions, and the loss towards its lowest, -1; from a single one only the last batch norm keeps them.
"""

from torch import Tensor, nn

from playground.config.methods import SimSiamConfig
from playground.losses import negative_cosine, paired_cosine
from playground.methods.method import SelfSupervised, StepOutput
from playground.models import Encoder, mlp_head


class SimSiam(SelfSupervised):
    """An encoder, a projection head that ends in batch norm, and a prediction head with a bottleneck."""

    def __init__(self, config: SimSiamConfig, encoder: Encoder) -> None:
        super().__init__()
        d, norm = config.projection_dim, config.batch_norm
        hidden = [config.hidden_dim] * (config.projector_layers - 1)
        self.encoder = encoder
        self.projector = mlp_head(encoder.feature_dim, *hidden, d, batch_norm=norm, final_norm=norm)
        self.predictor = mlp_head(d, config.predictor_dim, d, batch_norm=norm)
        self.stop_gradient = config.stop_gradient

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper."""
        z_1, z_2 = self.project(view_1), self.project(view_2)  # [n, d] each
        p_1, p_2 = self.predictor(z_1), self.predictor(z_2)
        if self.stop_gradient:
            z_1, z_2 = z_1.detach(), z_2.detach()
        loss = negative_cosine(p_1, z_2) / 2 + negative_cosine(p_2, z_1) / 2
        return StepOutput(loss, paired_cosine(p_1.detach(), z_2.detach()).mean(), None)

    def steady_parameters(self) -> list[nn.Parameter]:
        """The prediction head has to keep up with the encoder, so its rate does not decay: section 4.2 and the code."""
        return list(self.predictor.parameters())
