"""Has the encoder collapsed? Figures of one set of embeddings, and a verdict in words. Numpy only."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Verdict = Literal["healthy", "dimensional", "complete", "unclear"]

# Calibrated on the controls of the tests (isotropic, constant plus noise, low-rank and rotated, clusters, narrow cone)
# and on runs of the methods here; the literature gives no thresholds beyond 0, 1/sqrt(d) and chance.
COMPLETE_STD = 0.1
COMPLETE_UNIFORMITY = -0.1
DIMENSIONAL_RANK = 0.12  # share of min(n, d)
CLEAR_RANK = 0.15
CLEAR_STD = 0.25


def unit_rows(z: Array) -> Array:
    """Rows of `z` [n, d] scaled to length one."""
    unit: Array = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-6)
    return unit


def feature_std(z: Array) -> float:
    """sqrt(d) * mean over dimensions of std(z/|z|): 1 is isotropic, 0 collapsed. SimSiam, arXiv:2011.10566, 4.1."""
    return float(np.sqrt(z.shape[1]) * unit_rows(z).std(axis=0).mean())


def effective_rank(z: Array) -> float:
    """RankMe, arXiv:2210.02885, equation 1: exp of the entropy of the singular values of `z`, uncentred, unsquared.

    Between 1 and min(n, d). Centring would hide a complete collapse: the noise that is left has full rank.
    """
    singular = np.linalg.svd(z, compute_uv=False)
    shares = singular / max(float(singular.sum()), 1e-12) + 1e-7
    return float(np.exp(-(shares * np.log(shares)).sum()))


def uniformity(z: Array) -> float:
    """log of the mean of exp(-2 |x-y|^2) over pairs of unit rows: arXiv:2005.10242, section 4.1.2. Collapsed: 0."""
    unit = unit_rows(z.astype(np.float64))
    distances = np.clip(2 - 2 * unit @ unit.T, 0, None)[np.triu_indices(len(unit), k=1)]
    return float(np.log(np.exp(-2 * distances).mean()))


def alignment(z_1: Array, z_2: Array) -> float:
    """Mean squared distance of the unit rows of two views of the same images: arXiv:2005.10242, section 4.1.1."""
    return float(((unit_rows(z_1) - unit_rows(z_2)) ** 2).sum(axis=1).mean())


def judge(std: float, rank: float, rank_limit: int, uniform: float) -> Verdict:
    """The verdict on one set of embeddings, from the three figures together: each alone is blind to some collapse."""
    if not np.isfinite([std, rank, uniform]).all():
        return "unclear"
    if std < COMPLETE_STD or uniform > COMPLETE_UNIFORMITY:
        return "complete"
    if rank < DIMENSIONAL_RANK * rank_limit:
        return "dimensional"
    if rank < CLEAR_RANK * rank_limit or std < CLEAR_STD:
        return "unclear"
    return "healthy"
