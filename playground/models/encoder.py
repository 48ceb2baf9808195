"""Base class of all encoders, and microbatches: the gradient of a large batch with the memory of some of its parts."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from playground.models.recompute import on_copied_statistics, track_saved_tensors

MOST_KEPT_BYTES = 304 * 2**20  # enough for the activations of 4,096 photographs in the small encoder


def in_microbatches(network: nn.Module, features: Callable[[Tensor], Tensor], images: Tensor, most: int) -> Tensor:
    """`features(images)` [n, d] for images [n, ...], at most `most` rows at a time; `features` belongs to `network`.

    Activations are kept for backward where all of them fit into `MOST_KEPT_BYTES`. Otherwise those of the first part
    are kept, and those of as many others as fit, with fewer tensors (`recompute`). The remaining parts use gradient
    caching, arXiv:2101.06983: their embeddings are computed without keeping activations, and computed again in the
    backward pass. Batch norm has separate statistics for each part, as if each were on a GPU of its own; running
    statistics are updated in the first pass only.
    """
    parts = torch.tensor_split(images, -(-len(images) // most))
    if not torch.is_grad_enabled():
        return torch.cat([features(part) for part in parts])

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), on_copied_statistics(network)

    def pass_on(part: Tensor, spare: bool) -> tuple[Tensor, int]:
        with track_saved_tensors([part, *network.parameters(), *network.buffers()], spare=spare) as kept:
            return features(part), kept.size

    first, size = pass_on(parts[0], spare=False)
    made, room, spare = [first], MOST_KEPT_BYTES - size, size * len(parts) > MOST_KEPT_BYTES
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
    microbatch: int | None = None  # in training, the largest number of images that pass at a time

    def prepare(self, images: NDArray[np.uint8]) -> None:
        """Called before training: computes fixed layers from images [n, side, side, 3], where there are any."""

    def forward(self, images: Tensor) -> Tensor:
        """Images [n, 3, side, side] -> h [n, feature_dim], in microbatches where these are set."""
        if self.training and self.microbatch and len(images) > self.microbatch:
            return in_microbatches(self, self.features, images, self.microbatch)
        return self.features(images)

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Images [n, 3, side, side] -> h [n, feature_dim], in one pass."""
