"""Losses of the methods that predict one view from the other."""

from torch import Tensor

from playground.losses.similarity import paired_cosine


def prediction_error(prediction: Tensor, target: Tensor) -> Tensor:
    """BYOL's regression loss, 2 - 2 cos: arXiv:2006.07733, equation 2, as a mean over the rows of [N, d]."""
    return 2 - 2 * paired_cosine(prediction, target).mean()


def negative_cosine(prediction: Tensor, target: Tensor) -> Tensor:
    """SimSiam's D, -cos: arXiv:2011.10566, equation 1, as a mean over the rows of [N, d]."""
    return -paired_cosine(prediction, target).mean()
