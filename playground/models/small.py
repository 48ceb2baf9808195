"""The small encoder: learns something worth seeing within a minute on two CPU cores."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.config.encoder import SmallConfig
from playground.models.encoder import Encoder
from playground.models.pooling import MaxPool
from playground.models.sparing import norm_relu
from playground.models.whitening import whiten


class SmallEncoder(Encoder):
    """Four 3x3 convolutions, widths w, 2w, 4w, 8w; `feature_dim` = 8w.

    Pooling comes *before* batch norm and ReLU: the same parameters on a quarter of the pixels, a third faster.
    """

    def __init__(self, config: SmallConfig, side: int) -> None:
        super().__init__()
        w = config.width
        # Larger images are halved by the first convolution, which keeps their cost near that of 32 pixels.
        stride = 1 if side <= 32 else 2
        self.blocks = nn.Sequential(
            _block(3, w, stride=stride), _block(w, 2 * w), _block(2 * w, 4 * w), _block(4 * w, 8 * w, pool=False)
        )
        self.feature_dim = 8 * w
        self.whitened = config.first_layer == "whitening"
        if self.whitened:
            self.first.requires_grad_(False)

    @property
    def first(self) -> nn.Conv2d:
        """The first convolution."""
        return cast(nn.Conv2d, self.get_submodule("blocks.0.0"))

    def prepare(self, images: NDArray[np.uint8]) -> None:
        """A first layer that is not learned is made from `images`."""
        if self.whitened:
            whiten(self.first, images)

    def features(self, x: Tensor) -> Tensor:
        """[n, 3, side, side] -> h [n, 8w]."""
        features: Tensor = self.blocks(x).mean(dim=(2, 3))
        return features


class Block(nn.Sequential):
    """A convolution, pooling where there is any, batch norm and ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, side, side] -> the block's channels, half the side with pooling."""
        *before, norm, _relu = self
        for layer in before:
            x = layer(x)
        return norm_relu(norm, x)


def _block(inputs: int, outputs: int, *, stride: int = 1, pool: bool = True) -> Block:
    # No bias: batch norm would subtract it again.
    convolution = nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
    pooling = [MaxPool()] if pool else []
    return Block(convolution, *pooling, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
