"""What every encoder offers."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.models.microbatches import in_microbatches


class Encoder(nn.Module):
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

    def features(self, images: Tensor) -> Tensor:
        """The network itself."""
        raise NotImplementedError
