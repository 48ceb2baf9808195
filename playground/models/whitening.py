"""Whitening filters for a first layer that is not learned: they remove the correlation of neighbouring pixels."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

MOST_IMAGES = 1_000  # of which patches are taken
PATCH_STRIDE = 3  # pixels between two patches: a hundred patches of an image of 32 pixels
VARIANCE_FLOOR = 0.01  # added to variances, for pixels of variance 1: directions of small variance are mostly noise


def whiten_filters(convolution: nn.Conv2d, images: NDArray[np.uint8]) -> None:
    """Set filters of `convolution` that whiten patches of `images` [n, side, side, 3].

    These are the principal directions of the patches, scaled to variance 1, and their negatives, as ReLU passes only
    one side: arXiv:2404.00498, section 3.2. Filters beyond the number of directions keep their random values.
    """
    filters = convolution.out_channels
    directions = whitening_matrix(_patches(images, convolution.kernel_size[0]))[: -(-filters // 2)]
    both = torch.cat([directions, -directions])[:filters]
    with torch.no_grad():
        convolution.weight[: len(both)] = both.reshape(-1, *convolution.weight.shape[1:])


def whitening_matrix(patches: Tensor) -> Tensor:
    """The matrix [d, d] that whitens `patches` [n, d], the strongest direction first.

    Krizhevsky 2009, Learning multiple layers of features from tiny images, appendix A, without the rotation back.
    """
    centred = patches - patches.mean(dim=0)
    variances, directions = torch.linalg.eigh(centred.T @ centred / len(patches))
    # The sign of an eigenvector is arbitrary: it is fixed, so that all processors get the same filters.
    largest = directions.abs().argmax(dim=0, keepdim=True)
    directions = directions * directions.gather(0, largest).sign()
    whitened: Tensor = (directions / torch.sqrt(variances + VARIANCE_FLOOR)).T.flip(0)
    return whitened


def _patches(images: NDArray[np.uint8], side: int) -> Tensor:
    """Patches [m, 3 * side * side] of evenly spread images, with channels normalised.

    In double precision, and without random numbers, so that the weights drawn afterwards do not change.
    """
    rows = np.unique(np.linspace(0, len(images) - 1, min(len(images), MOST_IMAGES)).round().astype(np.int64))
    pixels = torch.from_numpy(np.asarray(images[rows])).permute(0, 3, 1, 2).double() / 255
    mean, std = (statistic(dim=(0, 2, 3), keepdim=True) for statistic in (pixels.mean, pixels.std))
    patches = F.unfold((pixels - mean) / std.clamp(min=1 / 255), side, stride=PATCH_STRIDE)
    return patches.transpose(1, 2).reshape(-1, 3 * side * side)
