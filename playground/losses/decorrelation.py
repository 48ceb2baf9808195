"""Losses on the statistics of features instead of pairs: Barlow Twins, VICReg. Embeddings are not normalised."""

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.losses.similarity import at_least_float32, dot_products


def barlow_twins(z_1: Tensor, z_2: Tensor, redundancy_weight: float) -> Tensor:
    """Barlow Twins, sum (1 - C_ii)^2 + weight * sum of C_ij^2 for i != j: arXiv:2103.03230, equation 1, algorithm 1.

    C [d, d] is the cross-correlation of the features of `z_1`, `z_2` [N, d], N >= 2, over the batch.
    """
    c = dot_products(_standardize(z_1).T, _standardize(z_2).T) / len(z_1)
    agree = (1 - c.diagonal()).square().sum()
    return agree + redundancy_weight * _off_diagonal_squares(c)


def vicreg(
    z_1: Tensor, z_2: Tensor, *, invariance_weight: float, variance_weight: float, covariance_weight: float
) -> Tensor:
    """VICReg, variance, invariance and covariance of `z_1`, `z_2` [N, d], N >= 2: arXiv:2105.04906, equations 1 to 6.

    As in the authors' code, to which the weights 25, 25, 1 belong, and unlike equations 5 and 6: the squared distance
    is a mean over the d features, not their sum, and the variance term a mean over the two views.
    """
    z_1, z_2 = at_least_float32(z_1), at_least_float32(z_2)
    invariance = F.mse_loss(z_1, z_2)
    variance = (_missing_deviation(z_1) + _missing_deviation(z_2)) / 2
    covariance = _covariance_squares(z_1) + _covariance_squares(z_2)
    return invariance_weight * invariance + variance_weight * variance + covariance_weight * covariance


def _standardize(z: Tensor) -> Tensor:
    """`z` [N, d] with mean 0 and deviation 1 of each feature: batch norm without weights, as in the authors' code.

    Its 1e-5 on the variance makes a collapsed feature 0 instead of a division by zero.
    """
    z = at_least_float32(z)
    return F.batch_norm(z, None, None, training=True)


def _missing_deviation(z: Tensor) -> Tensor:
    """Mean over features of max(0, 1 - sqrt(var + 0.0001)): equation 1."""
    return F.relu(1 - torch.sqrt(z.var(dim=0) + 1e-4)).mean()


def _covariance_squares(z: Tensor) -> Tensor:
    """Sum of the squared covariances of different features, over d: equations 3 and 4."""
    centred = z - z.mean(dim=0)
    return _off_diagonal_squares(dot_products(centred.T, centred.T) / (len(z) - 1)) / z.shape[1]


def _off_diagonal_squares(matrix: Tensor) -> Tensor:
    """Sum of the squares off the diagonal, not as a difference of two large sums, which rounding would spoil."""
    return matrix.square().fill_diagonal_(0).sum()
