"""Collapse detection: spread and rank of one set of embeddings, and a verdict. Numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray
from playground.records import Geometry, Insight

Verdict = Literal["healthy", "dimensional", "complete", "unclear"]
Layer = Literal["h", "z"]
LAYERS: tuple[Layer, ...] = ("h", "z")
SETTLED_STEPS = 100  # at least: an untrained encoder has a low rank too
LOW_RANK = 10.0  # an alarm for any rank limit, unless that is hardly larger
CONE_RANK = 0.03  # a rank below this share of its limit is an alarm in a cone as well


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of the verdicts. The literature gives none but 0, 1/sqrt(d) and chance."""

    complete_uniformity: float  # above: all images in one place
    cone_uniformity: float  # above: a cone, in which the mean direction lowers the rank, so that this is no alarm
    dimensional_rank: float  # below, as a share of min(n, d): few directions in use
    clear_rank: float  # above, likewise: many directions
    clear_std: float

    def alarm(self, rank_limit: int) -> float:
        """The rank below which few directions are in use."""
        return max(self.dimensional_rank * rank_limit, min(LOW_RANK, 0.2 * rank_limit))


# Calibrated on the controls of the tests (isotropic, constant plus noise, low-rank and rotated, clusters, narrow cone)
# and on runs of all methods on three data sets, healthy ones and collapsed ones: see docs/measurements.md and
# tests/benchmarks/calibration.py.
THRESHOLDS: Mapping[Layer, Thresholds] = {
    "z": Thresholds(
        complete_uniformity=-0.25, cone_uniformity=-1.0, dimensional_rank=0.08, clear_rank=0.12, clear_std=0.25
    ),
    # Behind a ReLU all embeddings lie in a cone, and z collapses long before h does.
    "h": Thresholds(
        complete_uniformity=-0.1, cone_uniformity=-0.1, dimensional_rank=0.12, clear_rank=0.16, clear_std=0.2
    ),
}


def unit_rows(z: AnyFloatArray) -> AnyFloatArray:
    """Rows of `z` [n, d] scaled to length one; a row that is not finite contains NaN."""
    with np.errstate(invalid="ignore"):
        unit: AnyFloatArray = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-6)
    return unit


def feature_std(z: AnyFloatArray) -> float:
    """sqrt(d) * mean over features of std(z/|z|), `z` [n, d]: 1 is isotropic, 0 collapsed. arXiv:2011.10566, 4.1."""
    return float(np.sqrt(z.shape[1]) * unit_rows(z).std(axis=0).mean())


def singular_values(z: AnyFloatArray) -> NDArray[np.float64]:
    """Singular values [min(n, d)] of `z` [n, d], uncentred, the largest first. NaN where `z` is not finite.

    From the eigenvalues of the smaller Gram matrix, in float64: a tenth of the time of a decomposition, and accurate to
    1e-8 of the largest value, which is 0 for all figures here.
    """
    if not np.isfinite(z).all():
        return np.full(min(z.shape), np.nan)
    exact = z.astype(np.float64)
    gram = exact.T @ exact if z.shape[0] > z.shape[1] else exact @ exact.T
    values: NDArray[np.float64] = np.sqrt(np.clip(np.linalg.eigvalsh(gram)[::-1], 0, None))
    return values


def effective_rank(z: AnyFloatArray) -> float:
    """RankMe, arXiv:2210.02885, equation 1: exp of the entropy of the singular values of `z` [n, d], uncentred.

    Between 1 and min(n, d), NaN where `z` is not finite. Centring would hide a complete collapse, as the remaining
    noise has full rank.
    """
    if not np.isfinite(z).all():
        return float("nan")
    singular = singular_values(z)
    shares = singular / max(float(singular.sum()), 1e-12) + 1e-7
    return float(np.exp(-(shares * np.log(shares)).sum()))


def uniformity(z: AnyFloatArray) -> float:
    """log of the mean of exp(-2 |x-y|^2) over pairs of unit rows of `z` [n, d]: arXiv:2005.10242, section 4.1.2.

    0 for a collapse, negative otherwise; NaN without a pair.
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


def alignment(z_1: AnyFloatArray, z_2: AnyFloatArray) -> float:
    """Mean squared distance of the unit rows of two views `z_1`, `z_2` [n, d]: arXiv:2005.10242, section 4.1.1."""
    return float(((unit_rows(z_1) - unit_rows(z_2)) ** 2).sum(axis=1).mean())


def measure_geometry(embeddings: AnyFloatArray, layer: Layer, *, settled: bool) -> Geometry:
    """Spread, rank, uniformity and verdict of `embeddings` [n, d] of one layer; see `verdict_if_settled`."""
    std, rank = feature_std(embeddings), effective_rank(unit_rows(embeddings))
    limit, uniform = min(embeddings.shape), uniformity(embeddings)
    verdict = verdict_if_settled(settled, judge(std, rank, limit, uniform, THRESHOLDS[layer]))
    return Geometry(verdict, std, rank, limit, uniform)


def judge(std: float, rank: float, rank_limit: int, uniform: float, limits: Thresholds = THRESHOLDS["z"]) -> Verdict:
    """The verdict from all three figures: each alone misses some kind of collapse.

    A small std alone is no complete collapse, as it also follows from many dead units.
    """
    if not np.isfinite([std, rank, uniform]).all():
        return "unclear"
    if uniform > limits.complete_uniformity:
        return "complete"
    if rank < CONE_RANK * rank_limit or (rank < limits.alarm(rank_limit) and uniform <= limits.cone_uniformity):
        return "dimensional"
    clear = max(limits.clear_rank * rank_limit, limits.alarm(rank_limit))
    return "healthy" if rank >= clear and std >= limits.clear_std else "unclear"


def verdict_if_settled(settled: bool, verdict: Verdict) -> Verdict:
    """`verdict` of a settled encoder (see `settled_step`); of others an alarm becomes "unclear".

    Untrained encoders map all images to nearly the same direction, as in a collapse.
    """
    return verdict if settled or verdict == "healthy" else "unclear"


def settled_step(warmup_steps: int) -> int:
    """The step from which on alarms are raised: after training at the full rate for a while."""
    return max(SETTLED_STEPS, 2 * warmup_steps)


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A new verdict, first given to the snapshot after `step` steps."""

    step: int
    verdict: str


def layer_geometry(insight: Insight, layer: Layer) -> Geometry:
    """The geometry of one layer."""
    return insight.h if layer == "h" else insight.z


def verdict_changes(insights: Sequence[Insight], layer: Layer) -> list[VerdictChange]:
    """The changes of the verdict on a layer; it begins with "unclear", which is no change."""
    changes, last = [], "unclear"
    for insight in insights:
        verdict = layer_geometry(insight, layer).verdict
        if verdict != last:
            changes.append(VerdictChange(insight.step, verdict))
        last = verdict
    return changes


def spectrum(embeddings: AnyFloatArray) -> NDArray[np.float64]:
    """Singular values [min(n, d)] of the unit rows of `embeddings` [n, d], relative to the largest, decreasing from 1.

    Few values above 0 are a dimensional collapse, a single one a complete collapse.
    """
    values = singular_values(unit_rows(embeddings))
    shares: NDArray[np.float64] = values / max(float(values[0]), 1e-12)
    return shares
