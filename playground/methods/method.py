"""What every method offers to the training loop and to the figures."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.losses import mean_cosine_of_others, paired_cosine
from playground.models import Encoder


@dataclass(frozen=True, slots=True)
class StepOutput:
    """The loss of a step and what there is to see of it, the latter without gradient. All scalars."""

    loss: Tensor
    positive: Tensor  # mean cosine similarity of what belongs together: two views of an image
    negative: Tensor | None  # mean cosine similarity to other images, None where the method compares none

    @classmethod
    def of(cls, loss: Tensor, a: Tensor, b: Tensor) -> "StepOutput":
        """With the similarities of two sets of embeddings [n, d], row i of both of the same image."""
        a, b = a.detach(), b.detach()
        return cls(loss, paired_cosine(a, b).mean(), mean_cosine_of_others(a, b))


class Method(nn.Module):
    """A way to teach `encoder`, which is `SelfSupervised`, `Supervised`, or both, as it is set.

    Each is one file, in the same order as all others.
    """

    encoder: Encoder  # image -> h, what is kept
    projector: nn.Module  # h -> z, thrown away after training

    def after_step(self, progress: float) -> None:
        """What follows the optimizer's step; `progress` is the share of the budget used, 0 to 1."""

    def trained_parameters(self) -> list[nn.Parameter]:
        """What the optimizer moves: everything that has gradients."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def steady_parameters(self) -> list[nn.Parameter]:
        """Those of them whose learning rate does not decay."""
        return []

    def learned_temperature(self) -> Tensor | None:
        """Where the temperature is now, a scalar, where it is learned."""
        return None

    def embed(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """[n, 3, side, side] -> h [n, d_h], z [n, d_z]."""
        h = self.encoder(images)
        return h, self.projector(h)

    def embed_view(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """h and z of what stands as `view_2` in a step: another view of an image, unless the method says otherwise."""
        return self.embed(view)

    def parts(self) -> dict[str, nn.Module]:
        """What is looked at, and kept after training, by the names that weights are stored under."""
        return {"encoder": self.encoder, "projector": self.projector}

    def project(self, view: Tensor) -> Tensor:
        """[n, 3, side, side] -> z [n, d_z]."""
        return self.embed(view)[1]


class SelfSupervised(Method, ABC):
    """A method that learns from views alone."""

    @abstractmethod
    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """One step on two views [n, 3, side, side] of the same n images."""


class Supervised(Method, ABC):
    """A method that is told the classes."""

    @abstractmethod
    def supervised_step(self, view_1: Tensor, view_2: Tensor, labels: Tensor) -> StepOutput:
        """One step on two views [n, 3, side, side] of the same n images, of the classes `labels` [n]."""


def without_gradient(network: nn.Module) -> nn.Module:
    """Close `network` to the optimizer: it is moved by hand only."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """Exponential moving average of the parameters: target <- momentum * target + (1 - momentum) * online.

    Each product is rounded before they are added, so that every processor comes to the same bits.
    """
    for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
        slow.mul_(momentum).add_(fast * (1 - momentum))


def rising(start: float, progress: float) -> float:
    """A momentum that rises from `start` to 1 along half a cosine: BYOL, arXiv:2006.07733, section 3.2."""
    return 1 - (1 - start) * (math.cos(math.pi * progress) + 1) / 2
