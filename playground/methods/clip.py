"""CLIP (Radford et al. 2021, arXiv:2103.00020).

The idea: an image and the text that came with it must be more alike than the image and any other text of the batch, and
than the text and any other image. What is named in texts is what the image encoder learns to see.
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
        # Linear and without bias: section 2.3 found nothing in a non-linear one.
        self.projector = nn.Linear(encoder.feature_dim, config.projection_dim, bias=False)
        self.text_projector = nn.Linear(self.text_encoder.feature_dim, config.projection_dim, bias=False)
        self.temperature = Temperature(config)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Figure 3 of the paper. `view_1`: images [n, 3, side, side]; `view_2`: ids of the words of their texts
        [n, length]."""
        image = self.project(view_1)  # [n, d]
        _, text = self.embed_text(view_2)  # [n, d]
        loss = clip_loss(image, text, 1 / self.temperature())
        return StepOutput.of(loss, image, text)

    def after_step(self, progress: float) -> None:
        """A learned logit scale stays in [0, ln 100]: section 2.5."""
        self.temperature.limit()

    def learned_temperature(self) -> Tensor | None:
        return self.temperature.now()

    def embed_view(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """The other view of an image is a text."""
        return self.embed_text(view)

    def parts(self) -> dict[str, nn.Module]:
        """Both encoders."""
        return {**super().parts(), "text_encoder": self.text_encoder, "text_projector": self.text_projector}

    def embed_text(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Ids [n, length] -> h [n, d_h] of the text encoder, z [n, d_z] in the space of the images' z."""
        h = self.text_encoder(tokens)
        return h, self.text_projector(h)
