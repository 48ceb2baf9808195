"""Invariance of embeddings to perturbations of the images. Numpy only."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray
from playground.insight.collapse import unit_rows

SAME_WITHIN = 1e-5  # embeddings that differ by less than this share of their length differ by rounding alone


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """A transform that gives embeddings of original images mean 0 and covariance 1: arXiv:2111.11398, section 3.

    Without it, embeddings in nearly the same direction, as of untrained and collapsed networks, have a cosine near 1
    whatever the images are.
    """

    mean: NDArray[np.float64]  # [d]
    axes: NDArray[np.float64]  # [d, k], the directions in which the images differ
    scales: NDArray[np.float64]  # [k], factors along these
    rest: float  # the factor of all other directions

    @classmethod
    def of(cls, reference: AnyFloatArray) -> Self:
        """The whitening of embeddings `reference` [n, d] of original images; more images are better.

        The covariance is shrunk towards a multiple of the identity, so that directions of tiny variance are not
        amplified: oracle approximating shrinkage, arXiv:0907.4698, equation 23 without its terms in 2/d, as in
        scikit-learn. Where all embeddings are equal, everything is mapped to zero.
        """
        z = reference.astype(np.float64)
        mean = z.mean(axis=0)
        variances, axes = _principal_axes(z - mean)
        if not variances.sum() > SAME_WITHIN**2 * (mean @ mean):
            return cls(mean, axes, np.zeros_like(variances), 0.0)
        found = _shrink_variances(np.append(variances, np.zeros(z.shape[1] - len(variances))), len(z))
        scales = 1 / np.sqrt(found)
        return cls(mean, axes, scales[: len(variances)], float(scales[-1]))

    def units(self, z: AnyFloatArray) -> NDArray[np.float64]:
        """Whitened unit rows [n, d] of `z` [n, d]; a row of zeros stays zero."""
        centred = z.astype(np.float64) - self.mean
        whitened = self.rest * centred + (centred @ self.axes) * (self.scales - self.rest) @ self.axes.T
        return unit_rows(whitened).astype(np.float64)

    def similarity(self, plain: AnyFloatArray, changed: AnyFloatArray) -> float:
        """Mean cosine of the whitened rows of `plain` [m, d] with the same rows of `changed`, -1 to 1.

        1 is fully invariant, different images are at about 0 on average, and a collapsed network is at 0. NaN where an
        embedding is not finite.
        """
        return float((self.units(plain) * self.units(changed)).sum(axis=1).mean())


def _principal_axes(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances [k] and axes [d, k] of `centred` [n, d], k at most min(n, d).

    With fewer images than dimensions, by the Gram matrix: for d = 8,192 the covariance takes 20 s, this 0.1 s.
    """
    n, d = centred.shape
    if n >= d:
        variances, axes = np.linalg.eigh(centred.T @ centred / n)
        return variances, axes
    variances, of_images = np.linalg.eigh(centred @ centred.T / n)
    some = variances > variances[-1] * n * np.finfo(np.float64).eps  # the others are rounding
    axes = centred.T @ of_images[:, some] / np.sqrt(n * variances[some])
    return variances[some], axes


def _shrink_variances(variances: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Variances [d] along the principal axes of `count` embeddings, shrunk towards their mean."""
    d, level, squares = len(variances), float(variances.mean()), float((variances**2).sum())
    unevenness = squares - d * level**2  # 0 where all variances are equal
    share = min(1.0, (squares + (d * level) ** 2) / max((count + 1) * unevenness, 1e-300))
    shrunk: NDArray[np.float64] = (1 - share) * np.maximum(variances, 0) + share * level
    return shrunk
