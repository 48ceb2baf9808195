"""A first layer that is not learned: it takes out what neighbouring pixels have in common."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

MOST_IMAGES = 1_000  # that are looked at
APART = 3  # pixels between two patches of an image: a hundred each at 32 pixels
FLOOR = 0.01  # added to each variance, of pixels of variance 1: directions that hardly vary are mostly noise


def whiten(convolution: nn.Conv2d, images: NDArray[np.uint8]) -> None:
    """Give `convolution` filters that whiten patches of `images` [n, side, side, 3].

    The directions in which patches vary most, each scaled to variance 1, and their opposites, as ReLU lets only one
    side of each pass: arXiv:2404.00498, section 3.2. Where there are fewer directions, the other filters stay as drawn.
    """
    filters = convolution.out_channels
    directions = whitening(_patches(images, convolution.kernel_size[0]))[: -(-filters // 2)]
    both = torch.cat([directions, -directions])[:filters]
    with torch.no_grad():
        convolution.weight[: len(both)] = both.reshape(-1, *convolution.weight.shape[1:])


def whitening(patches: Tensor) -> Tensor:
    """The matrix [d, d] that whitens `patches` [n, d], the strongest direction first.

    Krizhevsky 2009, Learning multiple layers of features from tiny images, appendix A, before it is turned back.
    """
    centred = patches - patches.mean(dim=0)
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(patches))
    # An eigenvector's sign is anybody's: fixed, so that another processor comes to the same filters.
    largest = directions.abs().argmax(dim=0, keepdim=True)
    directions = directions * directions.gather(0, largest).sign()
    whitened: Tensor = (directions / torch.sqrt(variances + FLOOR)).T.flip(0)
    return whitened


def _patches(images: NDArray[np.uint8], side: int) -> Tensor:
    """Evenly spread ones [n, 3 * side * side], of pixels normalised by channel.

    In double precision, and without random numbers: the weights that are drawn next stay as they are.
    """
    rows = np.unique(np.linspace(0, len(images) - 1, min(len(images), MOST_IMAGES)).round().astype(np.int64))
    pixels = torch.from_numpy(np.asarray(images[rows])).permute(0, 3, 1, 2).double() / 255
    mean, std = (statistic(dim=(0, 2, 3), keepdim=True) for statistic in (pixels.mean, pixels.std))
    patches = F.unfold((pixels - mean) / std.clamp(min=1 / 255), side, stride=APART)
    return patches.transpose(1, 2).reshape(-1, 3 * side * side)
