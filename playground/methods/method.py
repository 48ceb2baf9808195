"""What every method offers to the training loop and to the figures."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.models import Encoder


@dataclass(frozen=True, slots=True)
class StepOutput:
    """The loss of a step and what there is to see of it, the latter without gradient."""

    loss: Tensor  # scalar
    positives: Tensor  # [n] cosine similarities of views of the same image
    negatives: Tensor | None  # [n, k] cosine similarities to other images, None where the method has none


class Method(nn.Module):
    """A way to teach `encoder` without labels. A subclass is one file, in the same order as all others."""

    encoder: Encoder  # image -> h, what is kept
    projector: nn.Module  # h -> z, thrown away after training

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """One step on two views [n, 3, side, side] of the same n images."""
        raise NotImplementedError

    def after_step(self, progress: float) -> None:
        """What follows the optimizer's step; `progress` is the share of the budget used, 0 to 1."""

    def trained_parameters(self) -> list[nn.Parameter]:
        """What the optimizer moves: everything that has gradients."""
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def embed(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """[n, 3, side, side] -> h [n, d_h], z [n, d_z]."""
        h = self.encoder(images)
        return h, self.projector(h)


def without_gradient(network: nn.Module) -> nn.Module:
    """Close `network` to the optimizer: it is moved by hand only."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """Exponential moving average of the parameters: target <- momentum * target + (1 - momentum) * online."""
    for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
        slow.mul_(momentum).add_(fast, alpha=1 - momentum)
