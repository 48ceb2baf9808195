"""CLIP (Radford et al. 2021, arXiv:2103.00020).

The idea: an image and its own text must be more similar than the image and any other text of the batch, and than the
text and any other image. The image encoder learns what texts name.
What prevents collapse: the other pairs are negatives. If all embeddings were equal, the loss would stay at chance,
ln(N).
"""

from torch import Tensor, nn

from playground.config.methods.clip import CLIPConfig
from playground.losses import clip_loss
from playground.methods.method import SelfSupervised, StepOutput
from playground.methods.softmax import Temperature
from playground.models import Encoder
from playground.models.transformer import Transformer


class CLIP(SelfSupervised):
    """An encoder of images, one of texts, a linear projection of each into one space, and a logit scale."""

    def __init__(self, config: CLIPConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.text_encoder = Transformer(config.text_encoder, side=0)
        # Linear and without bias: a non-linear one was no better, section 2.3.
        self.projector = nn.Linear(encoder.feature_dim, config.projection_dim, bias=False)
        self.text_projector = nn.Linear(self.text_encoder.feature_dim, config.projection_dim, bias=False)
        self.temperature = Temperature(config)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Figure 3 of the paper. `view_1`: images [n, 3, side, side]; `view_2`: word ids of their texts [n, length]."""
        image = self.project(view_1)  # [n, d]
        _, text = self.embed_text(view_2)  # [n, d]
        loss = clip_loss(image, text, 1 / self.temperature())
        return StepOutput.of(loss, image, text)

    def after_step(self, progress: float) -> None:
        """A learned logit scale stays in [0, ln 100]: section 2.5."""
        self.temperature.limit()

    def learned_temperature(self) -> Tensor | None:
        """The present temperature, a scalar []; None where it is fixed."""
        return self.temperature.now()

    def embed_view(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """h [n, d_h] and z [n, d_z] of texts [n, length]: the second view of an image is a text."""
        return self.embed_text(view)

    def parts(self) -> dict[str, nn.Module]:
        """The encoders and projections of images and texts."""
        return {**super().parts(), "text_encoder": self.text_encoder, "text_projector": self.text_projector}

    def embed_text(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Word ids [n, length] -> h [n, d_h] of the text encoder, z [n, d_z] in the space of the images' z."""
        h = self.text_encoder(tokens)
        return h, self.text_projector(h)
