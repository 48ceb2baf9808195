"""Invariance: how far is an image's embedding the same when the image is changed? Numpy only."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array, unit_rows

SAME = 1e-5  # embeddings that differ by less than this share of their length differ by rounding alone


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Turns embeddings so that those of un-changed images have mean 0 and covariance 1: arXiv:2111.11398, section 3.

    Without it, embeddings that all lie in nearly the same direction, as those of untrained and of collapsed networks
    do, have a cosine near 1 whatever becomes of the images.
    """

    mean: NDArray[np.float64]  # [d]
    axes: NDArray[np.float64]  # [d, k], the directions in which the images differ
    scales: NDArray[np.float64]  # [k], what a length along each of them is multiplied by
    rest: float  # the same for all directions beside them

    @classmethod
    def of(cls, reference: Array) -> Self:
        """From embeddings [n, d] of un-changed images, the more the better.

        The covariance is shrunk towards a multiple of one, since directions in which few images differ by hardly
        anything would else be blown up: oracle approximating shrinkage, arXiv:0907.4698, equation 23 without its terms
        in 2/d, as in scikit-learn. Where all embeddings are the same there is nothing to compare: everything is mapped
        to zero.
        """
        z = reference.astype(np.float64)
        mean = z.mean(axis=0)
        variances, axes = _principal(z - mean)
        if not variances.sum() > SAME**2 * (mean @ mean):
            return cls(mean, axes, np.zeros_like(variances), 0.0)
        found = _shrunk(np.append(variances, np.zeros(z.shape[1] - len(variances))), len(z))
        scales = 1 / np.sqrt(found)
        return cls(mean, axes, scales[: len(variances)], float(scales[-1]))

    def units(self, z: Array) -> NDArray[np.float64]:
        """`z` [n, d] whitened, rows scaled to length one; a row of zeros stays one."""
        centred = z.astype(np.float64) - self.mean
        whitened = self.rest * centred + (centred @ self.axes) * (self.scales - self.rest) @ self.axes.T
        return unit_rows(whitened).astype(np.float64)

    def similarity(self, plain: Array, changed: Array) -> float:
        """Mean cosine of the whitened rows of `plain` [m, d] with the same rows of `changed`, -1 to 1.

        1 is wholly invariant, different images are at about 0 on average, and a collapsed network is at 0. NaN where an
        embedding is no finite number.
        """
        return float((self.units(plain) * self.units(changed)).sum(axis=1).mean())


def _principal(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances [k] and axes [d, k] of `centred` [n, d], k at most min(n, d).

    Of fewer images than dimensions by the products of images: with d = 8,192 the covariance takes 20 s, these 0.1 s.
    """
    n, d = centred.shape
    if n >= d:
        variances, axes = np.linalg.eigh(centred.T @ centred / n)
        return variances, axes
    variances, of_images = np.linalg.eigh(centred @ centred.T / n)
    some = variances > variances[-1] * n * np.finfo(np.float64).eps  # the others are rounding
    axes = centred.T @ of_images[:, some] / np.sqrt(n * variances[some])
    return variances[some], axes


def _shrunk(variances: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Variances [d] along the principal axes of `count` embeddings, drawn towards their mean."""
    d, level, squares = len(variances), float(variances.mean()), float((variances**2).sum())
    unevenness = squares - d * level**2  # 0 where all are the same already
    share = min(1.0, (squares + (d * level) ** 2) / max((count + 1) * unevenness, 1e-300))
    shrunk: NDArray[np.float64] = (1 - share) * np.maximum(variances, 0) + share * level
    return shrunk
