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


AnyEncoder = Annotated[SmallConfig | ResNet18Config, Field(discriminator="name")]
