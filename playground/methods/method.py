"""Base class of all methods: the interface to the training loop and to the figures."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.losses import mean_cosine_of_others, paired_cosine
from playground.models import Encoder


@dataclass(frozen=True, slots=True)
class StepOutput:
    """The loss of a step, and similarities without gradient. All scalars."""

    loss: Tensor
    positive: Tensor  # mean cosine similarity of positive pairs
    negative: Tensor | None  # mean cosine similarity of different images, None where the method compares none

    @classmethod
    def of(cls, loss: Tensor, a: Tensor, b: Tensor) -> "StepOutput":
        """The output with the similarities of `a` and `b` [n, d], row i of both of the same image."""
        a, b = a.detach(), b.detach()
        return cls(loss, paired_cosine(a, b).mean(), mean_cosine_of_others(a, b))


class Method(nn.Module):
    """Trains `encoder`. A subclass is `SelfSupervised`, `Supervised`, or both, and is one file, in the common order."""

    encoder: Encoder  # image -> h, used after training
    projector: nn.Module  # h -> z, for training only

    def after_step(self, progress: float) -> None:
        """Called after the optimizer's step; `progress` is the share of the budget used, 0 to 1."""

    def trained_parameters(self) -> list[nn.Parameter]:
        """The parameters of the optimizer: all with a gradient."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def steady_parameters(self) -> list[nn.Parameter]:
        """Those of the trained parameters whose learning rate does not decay."""
        return []

    def learned_temperature(self) -> Tensor | None:
        """The present temperature, a scalar []; None where it is not learned."""
        return None

    def embed(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images [n, 3, side, side] -> h [n, d_h], z [n, d_z]."""
        h = self.encoder(images)
        return h, self.projector(h)

    def embed_view(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """h [n, d_h] and z [n, d_z] of the second view of a step: images [n, 3, side, side], or texts with CLIP."""
        return self.embed(view)

    def parts(self) -> dict[str, nn.Module]:
        """The networks that are stored and inspected, by the prefix of their weights."""
        return {"encoder": self.encoder, "projector": self.projector}

    def project(self, view: Tensor) -> Tensor:
        """Images [n, 3, side, side] -> z [n, d_z]."""
        return self.embed(view)[1]


class SelfSupervised(Method, ABC):
    """A method that learns from views alone."""

    @abstractmethod
    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Loss and similarities of two views [n, 3, side, side] of the same n images."""


class Supervised(Method, ABC):
    """A method that learns from class labels."""

    @abstractmethod
    def supervised_step(self, view_1: Tensor, view_2: Tensor, labels: Tensor) -> StepOutput:
        """As `training_step`, with the class ids `labels` [n] of the images."""


def without_gradient(network: nn.Module) -> nn.Module:
    """`network` without gradients: the optimizer leaves it as it is."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


@torch.no_grad()
def ema_update(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """Exponential moving average of the parameters: target <- momentum * target + (1 - momentum) * online.

    Each product is rounded before the sum, so that all processors get the same bits.
    """
    for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
        slow.mul_(momentum).add_(fast * (1 - momentum))


def rising_momentum(start: float, progress: float) -> float:
    """Momentum that rises from `start` to 1 along half a cosine: BYOL, arXiv:2006.07733, section 3.2."""
    return 1 - (1 - start) * (math.cos(math.pi * progress) + 1) / 2
