"""The encoders a person can choose."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playground.config.settings import Settings, setting


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


TextWidth = Literal[64, 96, 128, 192, 256]
TextHeads = Literal[2, 4, 8]  # each a divisor of all widths


class TransformerConfig(Settings):
    """A few layers of self-attention over the words of a text: learns within a minute on two CPU cores."""

    labels: ClassVar[Mapping[str, str]] = {"transformer": "Small transformer"}

    name: Literal["transformer"] = "transformer"
    width: TextWidth = setting(
        128,
        title="Width",
        help="Numbers in which each word is described: narrow networks win short runs, wide ones long runs.",
        source="scaled down from 768 (BERT, SimCSE) to a CPU",
        advanced=True,
    )
    layers: int = setting(
        2,
        title="Layers",
        help="How many times every word looks at all others of its text.",
        source="scaled down from 12 (BERT, SimCSE) to a CPU",
        advanced=True,
        ge=1,
        le=6,
    )
    heads: TextHeads = setting(
        4,
        title="Attention heads",
        help="In how many ways at a time a word looks at the others: each head has its share of the width.",
        source="scaled down from 12 (BERT, SimCSE), which leaves 32 numbers a head",
        advanced=True,
    )
    dropout: float = setting(
        0.1,
        title="Dropout",
        help="The share of numbers that is left out at random while training: for SimCSE it is the augmentation.",
        source="SimCSE, arXiv:2104.08821, table 3: the best of 0 to 0.5",
        ge=0.0,
        le=0.9,
    )
    words: int = setting(
        4096,
        title="Words",
        help="How many words are known at most, the most frequent ones; all others are alike to the encoder.",
        source="scaled down from 30,522 (BERT) to small sets of short texts",
        advanced=True,
        logarithmic=True,
        ge=16,
        le=50_000,
    )
    length: int = setting(
        32,
        title="Words of a text",
        help="How many words of a text are read; what follows them is left out.",
        source="SimCSE, arXiv:2104.08821, authors' code (32)",
        advanced=True,
        ge=4,
        le=128,
    )


AnyEncoder = Annotated[SmallConfig | ResNet18Config | TransformerConfig, Field(discriminator="name")]
