"""Has the encoder collapsed? Figures of one set of embeddings, and a verdict in words. Numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.records import Geometry, Insight

Array = NDArray[np.floating]
Verdict = Literal["healthy", "dimensional", "complete", "unclear"]
Layer = Literal["h", "z"]
LAYERS: tuple[Layer, ...] = ("h", "z")
SETTLED_STEPS = 100  # at least: before, a low rank is the untrained encoder's


FEW = 10.0  # directions: so low a rank is an alarm of its own, unless there are hardly more to use


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a verdict begins. The literature gives none beyond 0, 1/sqrt(d) and chance."""

    complete_uniformity: float  # above: all images in one place
    cone_uniformity: float  # above: a cone, whose mean direction takes the rank; a low rank alone is no alarm then
    dimensional_rank: float  # below, as a share of min(n, d): few directions in use
    clear_rank: float  # above: many
    clear_std: float

    def alarm(self, rank_limit: int) -> float:
        """The rank below which few directions are in use."""
        return max(self.dimensional_rank * rank_limit, min(FEW, 0.2 * rank_limit))


# Calibrated on the controls of the tests (isotropic, constant plus noise, low-rank and rotated, clusters, narrow cone)
# and on runs of all methods on three data sets, healthy ones and such as were made to collapse: see
# docs/measurements.md and tests/benchmarks/calibration.py.
THRESHOLDS: Mapping[Layer, Thresholds] = {
    "z": Thresholds(
        complete_uniformity=-0.25, cone_uniformity=-1.0, dimensional_rank=0.08, clear_rank=0.12, clear_std=0.25
    ),
    # Behind a ReLU all embeddings lie in a cone, and z collapses long before h does.
    "h": Thresholds(
        complete_uniformity=-0.1, cone_uniformity=-0.1, dimensional_rank=0.12, clear_rank=0.16, clear_std=0.2
    ),
}
HOPELESS = 0.03  # a rank below this share of its limit is an alarm in a cone as well


def unit_rows(z: Array) -> Array:
    """Rows of `z` [n, d] scaled to length one; a row that is not finite has NaN in it."""
    with np.errstate(invalid="ignore"):
        unit: Array = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-6)
    return unit


def feature_std(z: Array) -> float:
    """sqrt(d) * mean over dimensions of std(z/|z|): 1 is isotropic, 0 collapsed. SimSiam, arXiv:2011.10566, 4.1."""
    return float(np.sqrt(z.shape[1]) * unit_rows(z).std(axis=0).mean())


def singular_values(z: Array) -> NDArray[np.float64]:
    """Of `z` [n, d], the largest first: [min(n, d)], uncentred. NaN where `z` is not finite.

    From the eigenvalues of the smaller Gram matrix, in float64: a tenth of the time of a decomposition, and exact to
    1e-8 of the largest one, which no figure here can tell from 0.
    """
    if not np.isfinite(z).all():
        return np.full(min(z.shape), np.nan)
    exact = z.astype(np.float64)
    gram = exact.T @ exact if z.shape[0] > z.shape[1] else exact @ exact.T
    values: NDArray[np.float64] = np.sqrt(np.clip(np.linalg.eigvalsh(gram)[::-1], 0, None))
    return values


def effective_rank(z: Array) -> float:
    """RankMe, arXiv:2210.02885, equation 1: exp of the entropy of the singular values of `z`, uncentred, unsquared.

    Between 1 and min(n, d), NaN where `z` is not finite. Centring would hide a complete collapse: the noise that is
    left has full rank.
    """
    if not np.isfinite(z).all():
        return float("nan")
    singular = singular_values(z)
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


def geometry(embeddings: Array, layer: Layer, *, settled: bool) -> Geometry:
    """The figures of `embeddings` [n, d] of one layer, and the verdict on them; see `verdict_when`."""
    std, rank = feature_std(embeddings), effective_rank(unit_rows(embeddings))
    limit, uniform = min(embeddings.shape), uniformity(embeddings)
    verdict = verdict_when(settled, judge(std, rank, limit, uniform, THRESHOLDS[layer]))
    return Geometry(verdict, std, rank, limit, uniform)


def judge(std: float, rank: float, rank_limit: int, uniform: float, limits: Thresholds = THRESHOLDS["z"]) -> Verdict:
    """The verdict on one set of embeddings, from the three figures together: each alone is blind to some collapse.

    A small std alone is no complete collapse: it is also that of units of which most are dead.
    """
    if not np.isfinite([std, rank, uniform]).all():
        return "unclear"
    if uniform > limits.complete_uniformity:
        return "complete"
    if rank < HOPELESS * rank_limit or (rank < limits.alarm(rank_limit) and uniform <= limits.cone_uniformity):
        return "dimensional"
    clear = max(limits.clear_rank * rank_limit, limits.alarm(rank_limit))
    return "healthy" if rank >= clear and std >= limits.clear_std else "unclear"


def verdict_when(settled: bool, verdict: Verdict) -> Verdict:
    """`verdict`, but for an encoder that has hardly begun (see `settled_after`): it is not called collapsed.

    Untrained encoders map all images to nearly the same direction, and their figures are those of a collapse.
    """
    return verdict if settled or verdict == "healthy" else "unclear"


def settled_after(warmup_steps: int) -> int:
    """The step from which on an alarm is raised: by then learning has gone on at full rate for a while."""
    return max(SETTLED_STEPS, 2 * warmup_steps)


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """The verdict is this one from the look after `step` steps on."""

    step: int
    verdict: str


def of_layer(insight: Insight, layer: Layer) -> Geometry:
    """The figures of one layer."""
    return insight.h if layer == "h" else insight.z


def verdict_changes(insights: Sequence[Insight], layer: Layer) -> list[VerdictChange]:
    """Where the verdict on a layer changed; the first one counts only where it is more than "not yet clear"."""
    changes, last = [], "unclear"
    for insight in insights:
        verdict = of_layer(insight, layer).verdict
        if verdict != last:
            changes.append(VerdictChange(insight.step, verdict))
        last = verdict
    return changes


def spectrum(embeddings: Array) -> NDArray[np.float64]:
    """Singular values of the unit rows of `embeddings` [n, d] as shares of the largest: [min(n, d)], from 1 down.

    A few steep ones and then nothing is a dimensional collapse, one alone a complete one.
    """
    values = singular_values(unit_rows(embeddings))
    shares: NDArray[np.float64] = values / max(float(values[0]), 1e-12)
    return shares
