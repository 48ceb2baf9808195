"""Settings of the encoders a person can choose."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playground.config import text_encoder
from playground.config.settings import Settings, setting
from playground.config.text_encoder import TextHeads, TextWidth


class SmallConfig(Settings):
    """Four 3x3 convolutions that pool before normalising: learns within a minute on two CPU cores."""

    labels: ClassVar[Mapping[str, str]] = {"small": "Small CNN"}

    name: Literal["small"] = "small"
    width: Literal[8, 16, 24, 32, 48, 64] = setting(
        16,
        title="Width",
        help="Channels of the first layer, doubled by each later one: narrow nets win short runs, wide ones long runs.",
        source="measured on CIFAR-10, two cores: 24 wins 60 s, 32 wins 300 s; on shapes 16 is enough",
        advanced=True,
    )
    first_layer: Literal["learned", "whitening"] = setting(
        "learned",
        title="First layer",
        help="Whitening: filters that take out what neighbouring pixels have in common, made from the training images "
        "and then fixed. It starts photographs off where a learned layer only comes to after many steps.",
        source="arXiv:2404.00498, section 3.2",
        labels={"learned": "learned", "whitening": "whitening, fixed"},
        advanced=True,
    )


class ResNet18Config(Settings):
    """ResNet-18 with the CIFAR stem, a 3x3 convolution and no max-pool: SimCLR, arXiv:2002.05709, appendix B.9."""

    labels: ClassVar[Mapping[str, str]] = {"resnet18": "ResNet-18"}

    name: Literal["resnet18"] = "resnet18"


class TransformerConfig(Settings):
    """A few layers of self-attention over the words of a text: learns within a minute on two CPU cores."""

    labels: ClassVar[Mapping[str, str]] = {"transformer": "Small transformer"}

    name: Literal["transformer"] = "transformer"
    width: TextWidth = text_encoder.width_setting(128, "Width", "scaled down from 768 (BERT, SimCSE) to a CPU")
    layers: int = text_encoder.layers_setting(2, "Layers", "scaled down from 12 (BERT, SimCSE) to a CPU")
    heads: TextHeads = text_encoder.heads_setting(
        4, "Attention heads", "scaled down from 12 (BERT, SimCSE), which leaves 32 numbers a head"
    )
    dropout: float = setting(
        0.1,
        title="Dropout",
        help="The share of numbers that is left out at random while training: for SimCSE it is the augmentation.",
        source="SimCSE, arXiv:2104.08821, table 3: the best of 0 to 0.5",
        ge=0.0,
        le=0.9,
    )
    words: int = text_encoder.words_setting(
        4096, "Words", "scaled down from 30,522 (BERT) to small sets of short texts"
    )
    length: int = text_encoder.length_setting(32, "Words of a text", "SimCSE, arXiv:2104.08821, authors' code (32)")


AnyEncoder = Annotated[SmallConfig | ResNet18Config | TransformerConfig, Field(discriminator="name")]
