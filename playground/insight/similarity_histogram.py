"""Histograms of the cosines of positive pairs, pairs of one class and pairs of different images. Numpy only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray
from playground.insight.distances import finite_unit_rows
from playground.insight.negatives import cosines_of_all, row_cosines
from playground.records import FloatArray

PairKind = Literal["positives", "same class", "other classes", "different"]

MOST_ROWS: Final = 2000  # two million pairs, which take about a tenth of a second
HISTOGRAM_BINS: Final = 80
EDGES: Final[FloatArray] = np.linspace(-1, 1, HISTOGRAM_BINS + 1, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class SimilarityHistogram:
    """Histogram of the cosines of pairs of one kind. The mean of "same class" is the tolerance: arXiv:2012.09740."""

    kind: PairKind
    density: FloatArray  # [HISTOGRAM_BINS] between EDGES: its integral from -1 to 1 is 1
    mean: float
    pairs: int  # number of pairs, each counted once

    def words(self, samples: str = "images") -> str:
        """The kind, where the pairs are of `samples`."""
        return f"different {samples}" if self.kind == "different" else self.kind


def similarity_histograms(
    z: AnyFloatArray, z_view: AnyFloatArray | None = None, labels: NDArray[np.int64] | None = None
) -> list[SimilarityHistogram]:
    """A histogram of each kind that has pairs, among at most `MOST_ROWS` evenly spread rows of `z` [n, d].

    Positives: row i of `z` and row i of `z_view` [n, d], a view of the same image. Pairs of different rows are split by
    class where there are `labels` [n], and are all "different" otherwise.
    """
    rows = np.unique(np.linspace(0, len(z) - 1, min(MOST_ROWS, len(z))).round().astype(np.int64))
    found = []
    if z_view is not None:
        cosines = row_cosines(z[rows], z_view[rows])
        found += _make_histograms(("positives",), *_count_bins(cosines, np.zeros(len(rows), np.int64), 1))
    kinds: tuple[PairKind, ...] = ("different",) if labels is None else ("same class", "other classes")
    counts, sums = np.zeros((len(kinds), HISTOGRAM_BINS), np.int64), np.zeros(len(kinds))
    for cosines, kind in _pair_cosines(z[rows], None if labels is None else labels[rows]):
        more_counts, more_sums = _count_bins(cosines, kind, len(kinds))
        counts, sums = counts + more_counts, sums + more_sums
    return found + _make_histograms(kinds, counts, sums)


def mean_similarity(z: AnyFloatArray) -> float:
    """Mean cosine of all pairs of different rows of `z` [n, d]; NaN below two rows."""
    n, unit = len(z), finite_unit_rows(z).astype(np.float64)
    if n < 2:
        return float("nan")
    # The sum over all pairs is the squared length of the sum.
    return float(((unit.sum(axis=0) ** 2).sum() - (unit**2).sum()) / (n * (n - 1)))


def _pair_cosines(z: AnyFloatArray, labels: NDArray[np.int64] | None) -> Iterator[tuple[FloatArray, NDArray[np.int64]]]:
    """Yields cosines [m] of pairs of rows, each pair once, and kinds [m]: 1 where their labels differ, else 0."""
    for rows, cosines in cosines_of_all(z):
        later = rows[:, None] < np.arange(len(z))
        kind = np.zeros_like(later) if labels is None else labels[rows, None] != labels
        yield cosines[later], kind[later].astype(np.int64)


def _count_bins(
    cosines: FloatArray, kind: NDArray[np.int64], kinds: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Counts [kinds, HISTOGRAM_BINS] of `cosines` [m] in each bin, by `kind` [m], and their sums [kinds]."""
    bins = np.minimum(((cosines + 1) * (HISTOGRAM_BINS / 2)).astype(np.int64), HISTOGRAM_BINS - 1)
    counts = np.bincount(kind * HISTOGRAM_BINS + bins, minlength=kinds * HISTOGRAM_BINS).astype(np.int64)
    sums = np.bincount(kind, weights=cosines, minlength=kinds).astype(np.float64)
    return counts.reshape(kinds, HISTOGRAM_BINS), sums


def _make_histograms(
    kinds: tuple[PairKind, ...], counts: NDArray[np.int64], sums: NDArray[np.float64]
) -> list[SimilarityHistogram]:
    pairs = counts.sum(axis=1)
    return [
        SimilarityHistogram(kind, (count * (HISTOGRAM_BINS / 2 / n)).astype(np.float32), float(total / n), int(n))
        for kind, count, total, n in zip(kinds, counts, sums, pairs, strict=True)
        if n
    ]
