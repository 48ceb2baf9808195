"""What every encoder offers.

A large batch through a network in parts: the gradient of the whole, at the memory of some of the parts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from playground.models.recompute import on_copied_statistics, weighed

MOST_KEPT = 304 * 2**20  # bytes: of 4,096 photographs in the small encoder all


def in_microbatches(network: nn.Module, features: Callable[[Tensor], Tensor], images: Tensor, most: int) -> Tensor:
    """`features(images)` of [n, ...], at most `most` rows at a time; `features` belongs to `network`.

    What lies between images and embeddings is kept where all of it fits into `MOST_KEPT` bytes. If not, it is kept
    whole for the first part, and sparingly (`recompute`) for as many others as fit. For the rest it is
    gradient caching, arXiv:2101.06983: they are made without keeping it, the loss sees all embeddings, and on the way
    back these parts are made once more, to have their gradient. In batch norm each part has its own statistics, as if
    it were on a GPU of its own; running ones are updated the first time only.
    """
    parts = torch.tensor_split(images, -(-len(images) // most))
    if not torch.is_grad_enabled():
        return torch.cat([features(part) for part in parts])

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), on_copied_statistics(network)

    def pass_on(part: Tensor, spare: bool) -> tuple[Tensor, int]:
        with weighed([part, *network.parameters(), *network.buffers()], spare=spare) as kept:
            return features(part), kept.size

    first, size = pass_on(parts[0], spare=False)
    made, room, spare = [first], MOST_KEPT - size, size * len(parts) > MOST_KEPT
    for part in parts[1:]:
        if size <= room:
            embedded, size = pass_on(part, spare)
            room -= size
        else:
            embedded = checkpoint(features, part, use_reentrant=False, context_fn=contexts)
        made.append(embedded)
    return torch.cat(made)


class Encoder(nn.Module, ABC):
    """Turns images [n, 3, side, side] into representations h [n, feature_dim]."""

    feature_dim: int
    microbatch: int | None = None  # while training, at most so many images pass at a time

    def prepare(self, images: NDArray[np.uint8]) -> None:
        """Before training: make what is made from images [n, side, side, 3] and not learned, where there is any."""

    def forward(self, images: Tensor) -> Tensor:
        """[n, 3, side, side] -> h [n, feature_dim]."""
        if self.training and self.microbatch and len(images) > self.microbatch:
            return in_microbatches(self, self.features, images, self.microbatch)
        return self.features(images)

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """The network itself: [n, 3, side, side] -> h [n, feature_dim]."""
