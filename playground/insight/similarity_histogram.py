"""How similar are views of one image, images of one class, and different images? Histograms of cosines, numpy only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array
from playground.insight.distances import finite_unit_rows
from playground.insight.negatives import cosines_of_all, paired_cosine

Floats = NDArray[np.float32]
Kind = Literal["positives", "same class", "other classes", "different"]

MOST_ROWS: Final = 2000  # two million pairs, which take about a tenth of a second
BINS: Final = 80
EDGES: Final[Floats] = np.linspace(-1, 1, BINS + 1, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Similarities:
    """The cosines of pairs of one kind. The mean of "same class" is their tolerance: arXiv:2012.09740."""

    kind: Kind
    density: Floats  # [BINS] between EDGES: its integral from -1 to 1 is 1
    mean: float
    pairs: int  # how many there are, each counted once

    def words(self, samples: str = "images") -> str:
        """The kind, where the pairs are of `samples`."""
        return f"different {samples}" if self.kind == "different" else self.kind


def similarities(z: Array, z_view: Array | None = None, labels: NDArray[np.int64] | None = None) -> list[Similarities]:
    """One of each kind of which there are pairs, among at most `MOST_ROWS` evenly spread rows of `z` [n, d].

    Positives: row i of `z` and row i of `z_view` [n, d], a view of the same image. Pairs of different rows are told
    apart by class where there are `labels` [n], and are all "different" where there are none.
    """
    rows = np.unique(np.linspace(0, len(z) - 1, min(MOST_ROWS, len(z))).round().astype(np.int64))
    found = []
    if z_view is not None:
        cosines = paired_cosine(z[rows], z_view[rows])
        found += _of_kinds(("positives",), *_counted(cosines, np.zeros(len(rows), np.int64), 1))
    kinds: tuple[Kind, ...] = ("different",) if labels is None else ("same class", "other classes")
    counts, sums = np.zeros((len(kinds), BINS), np.int64), np.zeros(len(kinds))
    for cosines, kind in _pairs(z[rows], None if labels is None else labels[rows]):
        more_counts, more_sums = _counted(cosines, kind, len(kinds))
        counts, sums = counts + more_counts, sums + more_sums
    return found + _of_kinds(kinds, counts, sums)


def mean_similarity(z: Array) -> float:
    """Mean cosine of all pairs of different rows of `z` [n, d]; NaN with fewer than two rows."""
    n, unit = len(z), finite_unit_rows(z).astype(np.float64)
    if n < 2:
        return float("nan")
    # The sum over all pairs is the squared length of the sum.
    return float(((unit.sum(axis=0) ** 2).sum() - (unit**2).sum()) / (n * (n - 1)))


def _pairs(z: Array, labels: NDArray[np.int64] | None) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Cosines of all pairs of rows, each pair once, some at a time; and 1 where their labels differ, else 0."""
    for rows, cosines in cosines_of_all(z):
        later = rows[:, None] < np.arange(len(z))
        kind = np.zeros_like(later) if labels is None else labels[rows, None] != labels
        yield cosines[later], kind[later].astype(np.int64)


def _counted(cosines: Floats, kind: NDArray[np.int64], kinds: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many of `cosines` [m] of each kind fall into each bin, [kinds, BINS], and their sums, [kinds]."""
    bins = np.minimum(((cosines + 1) * (BINS / 2)).astype(np.int64), BINS - 1)
    counts = np.bincount(kind * BINS + bins, minlength=kinds * BINS).astype(np.int64)
    sums = np.bincount(kind, weights=cosines, minlength=kinds).astype(np.float64)
    return counts.reshape(kinds, BINS), sums


def _of_kinds(kinds: tuple[Kind, ...], counts: NDArray[np.int64], sums: NDArray[np.float64]) -> list[Similarities]:
    pairs = counts.sum(axis=1)
    return [
        Similarities(kind, (count * (BINS / 2 / n)).astype(np.float32), float(total / n), int(n))
        for kind, count, total, n in zip(kinds, counts, sums, pairs, strict=True)
        if n
    ]
