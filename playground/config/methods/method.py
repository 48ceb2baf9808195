"""Base class of the settings of all methods."""

from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple, Self

from playground.config.settings import Settings, setting


class SmallestBatch(NamedTuple):
    """How many images or sentences a step takes at least, and why, for the sentence that refuses fewer."""

    size: int
    setting: str  # what it follows from: "method.batch_norm_groups=8"
    reason: str  # "two images a group"


class MethodConfig(Settings):
    """Settings of the projection head, suggestions for the method, and chance and floor of its loss."""

    labels: ClassVar[Mapping[str, str]] = {}
    suggested: ClassVar[Mapping[str, object]] = {}  # for a small encoder on a CPU, by dotted key
    quick: ClassVar[Mapping[str, object]] = {}  # the same, for photographs
    published: ClassVar[Mapping[str, object]] = {}  # for ResNet-18 on CIFAR-10, by dotted key
    published_source: ClassVar[str] = ""  # where these come from
    collapse_is_lowest: ClassVar[bool] = False  # whether equal embeddings for all images reach the floor of the loss
    learns_from: ClassVar[Literal["images", "captions", "sentences"]] = "images"  # captions: images, each with a text

    name: str
    hidden_dim: int = setting(
        256,
        title="Head: hidden units",
        help="Width of the hidden layers of the projection head.",
        source="scaled down from 2048 (SimCLR) to the small encoder",
        advanced=True,
        ge=8,
        le=8192,
    )
    projection_dim: int = setting(
        128,
        title="Head: output size",
        help="Number of dimensions of z, in which images are compared while training.",
        source="SimCLR, arXiv:2002.05709",
        advanced=True,
        ge=2,
        le=8192,
    )

    def at(self, temperature: float | None) -> Self:
        """The same settings with `temperature` in place of the learned one; None leaves them unchanged."""
        return self

    def chance_loss(self, batch_size: int) -> float | None:
        """The loss of an encoder that cannot tell samples apart, or None where it is not defined."""
        return None

    def floor_loss(self, batch_size: int) -> float | None:
        """The lowest loss that any embedding can reach, or None where none is known."""
        return None

    def smallest_batch(self) -> SmallestBatch:
        """The smallest batch that the loss is defined for, at these settings."""
        return SmallestBatch(2, f"method.name={self.name}", "one to compare with another")

    def misfit(self, batch_size: int) -> str | None:
        """A sentence, without its full stop, on settings that are incompatible with `batch_size`; else None."""
        return None

    @property
    def uses_labels(self) -> bool:
        """Whether the method needs class labels."""
        return False

    @property
    def weighing_temperature(self) -> float:
        """The temperature of the weights of negatives in figures."""
        return 0.1
