"""Hard negatives: the most similar different images, and their weights in the softmax. Numpy only.

Cosines do not depend on the temperature: `compare_anchors` computes them once, `Anchors.at` computes the weights. A row
that is not finite counts as 0, with a cosine of 0 to all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from playground.insight.arrays import AnyFloatArray, Mask, RowIndices
from playground.insight.distances import finite_unit_rows
from playground.records import FloatArray

Alike = Callable[[RowIndices], Mask]  # rows [a] -> mask [a, n] of their false negatives

ANCHOR_CHUNK = 250  # anchors compared with all images at a time: 5 MB with 5,000 images
HARDNESS_BLOCK = 100  # likewise in `hardness`: 2 MB, which fit into a core's cache
_NO_WEIGHT = -1e4  # its exp is 0, and it is finite, so that 0 times it is 0


@dataclass(frozen=True, slots=True)
class Weighing:
    """Distribution of the softmax weight over all n-1 different images, for each of a anchors.

    All are 0 where there is no different image. Shares are None where false negatives are unknown.
    """

    effective: FloatArray  # [a] effective number of negatives, exp of the entropy of the weights: 1 to n-1
    alike_share: FloatArray | None  # [a] share of the weight that falls on false negatives
    even_share: FloatArray | None  # [a] likewise with equal weights, as at an infinite temperature

    @property
    def mean_effective(self) -> float:
        """Mean of `effective` over the anchors; 0 without anchors."""
        return _mean_or_zero(self.effective)

    @property
    def mean_alike_share(self) -> float | None:
        """Mean of `alike_share`; 0 without anchors, None where it is unknown."""
        return None if self.alike_share is None else _mean_or_zero(self.alike_share)

    @property
    def mean_even_share(self) -> float | None:
        """Mean of `even_share`; 0 without anchors, None where it is unknown."""
        return None if self.even_share is None else _mean_or_zero(self.even_share)


@dataclass(frozen=True, slots=True)
class HardNegatives:
    """The k most similar different images of each of a anchors, the hardest first, and its positive."""

    anchors: RowIndices  # [a] rows of z
    negatives: RowIndices  # [a, k] rows of z
    similarities: FloatArray  # [a, k] cosines
    weights: FloatArray  # [a, k] shares of the softmax weight over all different images
    alike: Mask | None  # [a, k] whether it is a false negative
    weighing: Weighing  # over all different images, not only these k
    positives: FloatArray | None  # [a] cosine with the other view of the anchor
    positive_weights: FloatArray | None  # [a] softmax weight of that view among it and all negatives, as in the loss


@dataclass(frozen=True, slots=True)
class Anchors:
    """Cosines of some images with all, which do not depend on the temperature."""

    rows: RowIndices  # [a] rows of z
    cosines: FloatArray  # [a, n], -inf with itself
    negatives: RowIndices  # [a, k] the most similar different images, the hardest first
    positives: FloatArray | None  # [a] cosine with the own view
    alike: Mask | None  # [a, n]

    def at(self, temperature: float) -> HardNegatives:
        """The hard negatives with softmax weights at `temperature` > 0: arXiv:2012.09740, section 3."""
        weights, effective, soft_maximum = _softmax(self.cosines, temperature)
        positive_weights = None
        if self.positives is not None:
            positive_weights = np.exp(-_view_loss(soft_maximum, self.positives, temperature))
        return HardNegatives(
            self.rows,
            self.negatives,
            np.take_along_axis(self.cosines, self.negatives, axis=1),
            np.take_along_axis(weights, self.negatives, axis=1),
            None if self.alike is None else np.take_along_axis(self.alike, self.negatives, axis=1),
            _make_weighing(weights, effective, self.alike),
            self.positives,
            positive_weights,
        )


def compare_anchors(
    z: AnyFloatArray,
    rows: RowIndices,
    *,
    negatives: int,
    z_view: AnyFloatArray | None = None,
    alike: Alike | None = None,
) -> Anchors:
    """Compare the images `rows` [a] of `z` [n, d] with all; row i of `z_view` [n, d] embeds another view of image i.

    `negatives` is the number of hard negatives of each; `alike` gives the false negatives, see `same_class` and
    `near_duplicates`.
    """
    unit = finite_unit_rows(z)
    cosines = _cosines(unit, rows)
    k = max(0, min(negatives, len(z) - 1))
    return Anchors(
        rows,
        cosines,
        np.argsort(-cosines, axis=1, kind="stable")[:, :k],
        None if z_view is None else row_cosines(z[rows], z_view[rows]),
        None if alike is None else alike(rows) & np.isfinite(cosines),
    )


def hardness(z: AnyFloatArray) -> FloatArray:
    """Cosine [n] of each image of `z` [n, d] with its hardest negative; -1 where there is no different image.

    Each pair is computed once: a block of rows with itself and with all later rows.
    """
    unit = finite_unit_rows(z)
    found = np.full(len(unit), -1, np.float32)
    # Allocated once: a new buffer for each block would cost page faults.
    room = np.empty(min(HARDNESS_BLOCK, len(unit)) * len(unit), np.float32)
    for start in range(0, len(unit), HARDNESS_BLOCK):
        rows, others = unit[start : start + HARDNESS_BLOCK], unit[start:]
        cosines = room[: len(rows) * len(others)].reshape(len(rows), len(others))
        np.matmul(rows, others.T, out=cosines)
        np.fill_diagonal(cosines, -1)  # with itself
        for part, axis in ((found[start : start + HARDNESS_BLOCK], 1), (found[start:], 0)):
            np.maximum(part, cosines.max(axis=axis), out=part)
    return np.minimum(found, 1)  # rounding


def hardest_anchors(hardness: FloatArray, count: int, labels: RowIndices | None = None) -> RowIndices:
    """The `count` rows of largest `hardness` [n]; with `labels` [n], first one of each class.

    Empty for fewer than two images.
    """
    if len(hardness) < 2:
        return np.empty(0, np.int64)
    order = np.argsort(-hardness, kind="stable")
    if labels is None:
        return order[:count]
    _, first = np.unique(labels[order], return_index=True)
    leading = np.sort(first)  # the hardest of each class, in order of hardness
    rest = np.setdiff1d(np.arange(len(order)), leading)
    chosen: RowIndices = order[np.concatenate([leading, rest])[:count]]
    return chosen


def weigh_all(z: AnyFloatArray, temperature: float, alike: Alike | None = None) -> Weighing:
    """The weighing of every image of `z` [n, d] as an anchor, at `temperature` > 0."""
    parts = []
    for rows, cosines in cosines_of_all(z):
        weights, effective, _ = _softmax(cosines, temperature)
        parts.append(_make_weighing(weights, effective, None if alike is None else alike(rows) & np.isfinite(cosines)))
    effective = _concatenate([part.effective for part in parts])
    if alike is None:
        return Weighing(effective, None, None)
    shares = [part.alike_share for part in parts if part.alike_share is not None]
    even = [part.even_share for part in parts if part.even_share is not None]
    return Weighing(effective, _concatenate(shares), _concatenate(even))


def view_losses(z: AnyFloatArray, z_view: AnyFloatArray, temperature: float) -> FloatArray:
    """InfoNCE [n] of each image in nats, arXiv:1807.03748, equation 4: 0 is best, ln n is chance.

    It is -log of `HardNegatives.positive_weights`: the anchor is image i of `z` [n, d]; its n candidates are its other
    view, row i of `z_view` [n, d], and the n-1 other images, as in arXiv:2012.09740, equation 1, with
    f = exp(cosine/temperature). It grows with n, so only values of one probe set can be compared.
    """
    positives = row_cosines(z, z_view)
    return _concatenate(
        [
            _view_loss(_softmax(cosines, temperature)[2], positives[rows], temperature)
            for rows, cosines in cosines_of_all(z)
        ]
    )


def same_class(labels: RowIndices | None) -> Alike | None:
    """A function that gives the images of the same class as false negatives; None without `labels` [n]."""
    if labels is None:
        return None
    return lambda rows: np.asarray(labels[rows, None] == labels)


def cosines_of_all(z: AnyFloatArray) -> Iterator[tuple[RowIndices, FloatArray]]:
    """Yields rows [a] of `z` [n, d], a at most `ANCHOR_CHUNK`, with their cosines [a, n]; -inf with themselves."""
    unit = finite_unit_rows(z)
    for start in range(0, len(z), ANCHOR_CHUNK):
        rows = np.arange(start, min(start + ANCHOR_CHUNK, len(z)))
        yield rows, _cosines(unit, rows)


def row_cosines(z_1: AnyFloatArray, z_2: AnyFloatArray) -> FloatArray:
    """Cosine [n] of each row of `z_1` [n, d] with the same row of `z_2` [n, d]."""
    return np.asarray(np.clip((finite_unit_rows(z_1) * finite_unit_rows(z_2)).sum(axis=1), -1, 1), np.float32)


def _softmax(cosines: FloatArray, temperature: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights [a, n], effective number [a] and soft maximum [a], temperature * log sum exp(cosine/temperature)."""
    most = cosines.shape[1] - 1
    top = cosines.max(axis=1, initial=-1)
    # Subtracted before the division: cosines / 0.001 lose four digits.
    shifted = np.maximum((cosines - top[:, None]) / np.float32(temperature), _NO_WEIGHT)
    raised = np.exp(shifted)
    total = raised.sum(axis=1)  # at least 1, and 0 where there is no different image
    weights = raised / np.maximum(total, 1)[:, None]
    with np.errstate(divide="ignore"):
        log_total = np.log(total)
    entropy = log_total - np.einsum("an,an->a", weights, shifted)
    effective = np.clip(np.exp(entropy), min(1, most), most)
    return weights, effective.astype(np.float32), (top + np.float32(temperature) * log_total).astype(np.float32)


def _view_loss(soft_maximum: FloatArray, positives: FloatArray, temperature: float) -> FloatArray:
    """-log [a] of the weight of the positive among itself and all negatives."""
    return np.asarray(np.logaddexp(0, (soft_maximum - positives) / temperature), np.float32)


def _make_weighing(weights: FloatArray, effective: FloatArray, alike: Mask | None) -> Weighing:
    if alike is None:
        return Weighing(effective, None, None)
    share = np.clip(np.einsum("an,an->a", weights, alike), 0, 1)
    even = alike.sum(axis=1) / max(alike.shape[1] - 1, 1)
    return Weighing(effective, share.astype(np.float32), even.astype(np.float32))


def _cosines(unit: FloatArray, rows: RowIndices) -> FloatArray:
    """Cosines [a, n] of the images `rows` [a] with all, -inf with itself."""
    cosines: FloatArray = unit[rows] @ unit.T
    np.clip(cosines, -1, 1, out=cosines)
    cosines[np.arange(len(rows)), rows] = -np.inf
    return cosines


def _concatenate(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _mean_or_zero(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else 0.0
