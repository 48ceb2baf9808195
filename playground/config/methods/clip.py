"""Settings of CLIP."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config import text_encoder
from playground.config.encoder import TransformerConfig
from playground.config.methods.softmax import TemperatureConfig, learn_temperature_setting, temperature_setting
from playground.config.settings import setting
from playground.config.text_encoder import TextHeads, TextWidth

SCALED = "scaled down from {} (CLIP, arXiv:2103.00020, section 2.4) to a CPU"


class CLIPConfig(TemperatureConfig):
    """CLIP, arXiv:2103.00020: an image and its own text belong together, the other pairs of the batch do not."""

    labels: ClassVar[Mapping[str, str]] = {"clip": "CLIP (image and text)"}
    learns_from: ClassVar[Literal["images", "captions", "sentences"]] = "captions"
    # Random crops are all that CLIP changes of an image, section 2.3; a caption names colours and sides.
    suggested: ClassVar[Mapping[str, object]] = {
        "views.crop.scale_min": 0.8,
        "views.flip.probability": 0.0,
        "views.jitter.probability": 0.0,
        "views.grayscale.probability": 0.0,
        "optimizer.learning_rate": 0.002,
    }
    # No setting here: the projections are linear, section 2.3.
    hidden_dim: ClassVar[int] = 0  # type: ignore[misc]

    name: Literal["clip"] = "clip"
    projection_dim: int = setting(
        128,
        title="Projections: output size",
        help="Number of dimensions of z, in which images and texts are compared.",
        source="scaled down from 512 (CLIP ViT-B/32, arXiv:2103.00020, table 20) to small encoders",
        advanced=True,
        ge=2,
        le=8192,
    )
    temperature: float = temperature_setting(0.07, "CLIP, arXiv:2103.00020, section 2.5 (0.07, where learning starts)")
    learn_temperature: bool = learn_temperature_setting(True)
    text_width: TextWidth = text_encoder.width_setting(64, "Text: width", SCALED.format("512"))
    text_layers: int = text_encoder.layers_setting(2, "Text: layers", SCALED.format("12"))
    text_heads: TextHeads = text_encoder.heads_setting(4, "Text: attention heads", SCALED.format("8"))
    words: int = text_encoder.words_setting(4096, "Text: words", SCALED.format("49,152 parts of words"))
    length: int = text_encoder.length_setting(32, "Text: words that are read", SCALED.format("76 parts of words"))

    @property
    def text_encoder(self) -> TransformerConfig:
        """The text encoder's settings; without dropout, as CLIP has none."""
        return TransformerConfig(
            width=self.text_width,
            layers=self.text_layers,
            heads=self.text_heads,
            dropout=0.0,
            words=self.words,
            length=self.length,
        )

    def chance_loss(self, batch_size: int) -> float:
        """All N texts equally likely for an image, and all N images for a text: ln(N)."""
        return math.log(batch_size)

    def floor_loss(self, batch_size: int) -> float | None:
        """Each text where its image is, pairs at the corners of a simplex: ln(1 + (N-1) exp((-1/(N-1) - 1)/tau)).

        None where the temperature moves.
        """
        if self.learn_temperature:
            return None
        return math.log1p((batch_size - 1) * math.exp((-1 / (batch_size - 1) - 1) / self.temperature))
