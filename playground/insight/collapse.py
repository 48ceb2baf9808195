"""Has the encoder collapsed? Figures of one set of embeddings, and a verdict in words. Numpy only."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Verdict = Literal["healthy", "dimensional", "complete", "unclear"]

# Calibrated on the controls of the tests (isotropic, constant plus noise, low-rank and rotated, clusters, narrow cone)
# and on runs of the methods here; the literature gives no thresholds beyond 0, 1/sqrt(d) and chance.
COMPLETE_UNIFORMITY = -0.1
DIMENSIONAL_RANK = 0.12  # share of min(n, d)
CLEAR_RANK = 0.15
SETTLED_STEPS = 100  # before which a low rank is the untrained encoder's
CLEAR_STD = 0.25


def unit_rows(z: Array) -> Array:
    """Rows of `z` [n, d] scaled to length one; a row that is not finite has NaN in it."""
    with np.errstate(invalid="ignore"):
        unit: Array = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-6)
    return unit


def feature_std(z: Array) -> float:
    """sqrt(d) * mean over dimensions of std(z/|z|): 1 is isotropic, 0 collapsed. SimSiam, arXiv:2011.10566, 4.1."""
    return float(np.sqrt(z.shape[1]) * unit_rows(z).std(axis=0).mean())


def effective_rank(z: Array) -> float:
    """RankMe, arXiv:2210.02885, equation 1: exp of the entropy of the singular values of `z`, uncentred, unsquared.

    Between 1 and min(n, d), NaN where `z` is not finite. Centring would hide a complete collapse: the noise that is
    left has full rank.
    """
    if not np.isfinite(z).all():
        return float("nan")
    singular = np.linalg.svd(z, compute_uv=False)
    shares = singular / max(float(singular.sum()), 1e-12) + 1e-7
    return float(np.exp(-(shares * np.log(shares)).sum()))


def uniformity(z: Array) -> float:
    """log of the mean of exp(-2 |x-y|^2) over pairs of unit rows: arXiv:2005.10242, section 4.1.2. Collapsed: 0.

    NaN where there is no pair.
    """
    n = len(z)
    if n < 2:
        return float("nan")
    unit = unit_rows(z.astype(np.float64))
    squared = (unit**2).sum(axis=1)  # 1, but for rows of zeros
    # In place: [n, n] is 200 MB at n = 5000.
    pairs = unit @ unit.T
    pairs *= -2
    pairs += squared[:, None]
    pairs += squared
    pairs *= -2
    np.exp(pairs, out=pairs)
    np.fill_diagonal(pairs, 0)
    return min(0.0, float(np.log(pairs.sum() / (n * (n - 1)))))


def alignment(z_1: Array, z_2: Array) -> float:
    """Mean squared distance of the unit rows of two views of the same images: arXiv:2005.10242, section 4.1.1."""
    return float(((unit_rows(z_1) - unit_rows(z_2)) ** 2).sum(axis=1).mean())


def judge(std: float, rank: float, rank_limit: int, uniform: float) -> Verdict:
    """The verdict on one set of embeddings, from the three figures together: each alone is blind to some collapse.

    A small std alone is no complete collapse: it is also that of units of which most are dead.
    """
    if not np.isfinite([std, rank, uniform]).all():
        return "unclear"
    if uniform > COMPLETE_UNIFORMITY:
        return "complete"
    if rank < DIMENSIONAL_RANK * rank_limit:
        return "dimensional"
    if rank < CLEAR_RANK * rank_limit or std < CLEAR_STD:
        return "unclear"
    return "healthy"


def verdict_after(steps: int, std: float, rank: float, rank_limit: int, uniform: float) -> Verdict:
    """`judge`, after so many steps of training: an encoder that has hardly begun is not called collapsed.

    Untrained encoders map all images to nearly the same direction, and their figures are those of a collapse.
    """
    verdict = judge(std, rank, rank_limit, uniform)
    return "unclear" if steps < SETTLED_STEPS and verdict != "healthy" else verdict
