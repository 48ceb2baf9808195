"""Negatives: which different images does the encoder take for nearly the same, and how does the softmax weigh them?

Cosines do not change with the temperature: `compare` works them out once for some anchors, `Anchors.at` weighs them.
Numpy only. A row that is not finite lies at the origin, with a cosine of 0 to all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array
from playground.insight.distances import finite_unit_rows

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Alike = Callable[[Rows], Mask]  # rows [a] -> [a, n]: which images are no true negatives of them

CHUNK = 250  # anchors compared with all images at a time: with 5,000 images 5 MB
BLOCK = 100  # the same where each pair is looked at once: 2 MB, which a core's own cache holds
_NO_WEIGHT = -1e4  # exp of it is 0, and 0 times it is 0


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the softmax over all n-1 different images spreads its weight, for each of a anchors.

    All are 0 where there is no different image. Shares are None where it is not known which images are alike.
    """

    effective: Floats  # [a] effective number of negatives, exp of the entropy of the weights: 1 to n-1
    alike_share: Floats | None  # [a] share of the weight that falls on false negatives
    even_share: Floats | None  # [a] the same if all weighed the same, as at an infinite temperature

    @property
    def mean_effective(self) -> float:
        """Over the anchors, 0 where there are none; so the two below, which are None where the share is."""
        return _mean(self.effective)

    @property
    def mean_alike_share(self) -> float | None:
        return None if self.alike_share is None else _mean(self.alike_share)

    @property
    def mean_even_share(self) -> float | None:
        return None if self.even_share is None else _mean(self.even_share)


@dataclass(frozen=True, slots=True)
class HardNegatives:
    """For each of a anchors its positive and its k most similar different images, the hardest first."""

    anchors: Rows  # [a] rows of z
    negatives: Rows  # [a, k] rows of z
    similarities: Floats  # [a, k] cosines
    weights: Floats  # [a, k] share of the softmax weight over all different images
    alike: Mask | None  # [a, k] whether it is a false negative
    weighing: Weighing  # over all different images, not only these k
    positives: Floats | None  # [a] cosine with the anchor's own view
    positive_weights: Floats | None  # [a] share of the view where it is among the candidates, as in the loss


@dataclass(frozen=True, slots=True)
class Anchors:
    """Some images compared with all: what does not change with the temperature."""

    rows: Rows  # [a] rows of z
    cosines: Floats  # [a, n], -inf with itself
    negatives: Rows  # [a, k] the most similar different images, the hardest first
    positives: Floats | None  # [a] cosine with the own view
    alike: Mask | None  # [a, n]

    def at(self, temperature: float) -> HardNegatives:
        """Weighed by exp(s/temperature) over the sum for all different images: arXiv:2012.09740, section 3.

        `temperature` > 0.
        """
        weights, effective, soft_maximum = _softmax(self.cosines, temperature)
        positive_weights = None
        if self.positives is not None:
            positive_weights = np.exp(-_loss(soft_maximum, self.positives, temperature))
        return HardNegatives(
            self.rows,
            self.negatives,
            np.take_along_axis(self.cosines, self.negatives, axis=1),
            np.take_along_axis(weights, self.negatives, axis=1),
            None if self.alike is None else np.take_along_axis(self.alike, self.negatives, axis=1),
            _weighing(weights, effective, self.alike),
            self.positives,
            positive_weights,
        )


def compare(
    z: Array, rows: Rows, *, negatives: int, z_view: Array | None = None, alike: Alike | None = None
) -> Anchors:
    """The images `rows` [a] of `z` [n, d] against all; row i of `z_view` [n, d] embeds a view of image i.

    `alike` names the false negatives, see `same_class` and `near_duplicates`.
    """
    unit = finite_unit_rows(z)
    cosines = _cosines(unit, rows)
    k = max(0, min(negatives, len(z) - 1))
    return Anchors(
        rows,
        cosines,
        np.argsort(-cosines, axis=1, kind="stable")[:, :k],
        None if z_view is None else paired_cosine(z[rows], z_view[rows]),
        None if alike is None else alike(rows) & np.isfinite(cosines),
    )


def hardness(z: Array) -> Floats:
    """Cosine of each image of `z` [n, d] with its hardest negative: [n], -1 where there is no different image.

    Each pair is compared once: a block of rows with itself and with all rows behind it.
    """
    unit = finite_unit_rows(z)
    found = np.full(len(unit), -1, np.float32)
    room = np.empty(min(BLOCK, len(unit)) * len(unit), np.float32)  # taken once: a new one a block costs page faults
    for start in range(0, len(unit), BLOCK):
        rows, others = unit[start : start + BLOCK], unit[start:]
        cosines = room[: len(rows) * len(others)].reshape(len(rows), len(others))
        np.matmul(rows, others.T, out=cosines)
        np.fill_diagonal(cosines, -1)  # with itself
        for part, axis in ((found[start : start + BLOCK], 1), (found[start:], 0)):
            np.maximum(part, cosines.max(axis=axis), out=part)
    return np.minimum(found, 1)  # rounding


def hardest_anchors(hardness: Floats, count: int, labels: Rows | None = None) -> Rows:
    """Rows whose hardest negative is most similar, see `hardness` [n]; one a class as long as there are classes left.

    `labels` [n] or None. Of fewer than two images none.
    """
    if len(hardness) < 2:
        return np.empty(0, np.int64)
    order = np.argsort(-hardness, kind="stable")
    if labels is None:
        return order[:count]
    _, first = np.unique(labels[order], return_index=True)
    leading = np.sort(first)  # the hardest of each class, in order of hardness
    rest = np.setdiff1d(np.arange(len(order)), leading)
    chosen: Rows = order[np.concatenate([leading, rest])[:count]]
    return chosen


def weigh_all(z: Array, temperature: float, alike: Alike | None = None) -> Weighing:
    """Every image of `z` [n, d] as an anchor. `temperature` > 0."""
    parts = []
    for rows, cosines in cosines_of_all(z):
        weights, effective, _ = _softmax(cosines, temperature)
        parts.append(_weighing(weights, effective, None if alike is None else alike(rows) & np.isfinite(cosines)))
    effective = _joined([part.effective for part in parts])
    if alike is None:
        return Weighing(effective, None, None)
    shares = [part.alike_share for part in parts if part.alike_share is not None]
    even = [part.even_share for part in parts if part.even_share is not None]
    return Weighing(effective, _joined(shares), _joined(even))


def view_losses(z: Array, z_view: Array, temperature: float) -> Floats:
    """InfoNCE of each image, arXiv:1807.03748, equation 4, in nats: [n]. Zero is best, ln n is chance.

    -log of `HardNegatives.positive_weights`: the anchor is image i of `z` [n, d]; its n candidates are its own view,
    row i of `z_view` [n, d], and the n-1 other images, as in arXiv:2012.09740, equation 1; f is
    exp(cosine/temperature). More images make it harder: compare it within one probe set only.
    """
    positives = paired_cosine(z, z_view)
    return _joined(
        [_loss(_softmax(cosines, temperature)[2], positives[rows], temperature) for rows, cosines in cosines_of_all(z)]
    )


def same_class(labels: Rows | None) -> Alike | None:
    """Images of the class of an anchor, which a loss without labels takes for negatives. `labels` [n]."""
    if labels is None:
        return None
    return lambda rows: np.asarray(labels[rows, None] == labels)


def cosines_of_all(z: Array) -> Iterator[tuple[Rows, Floats]]:
    """All rows of `z` [n, d], at most `CHUNK` at a time: rows [a], and their cosines [a, n], -inf with themselves."""
    unit = finite_unit_rows(z)
    for start in range(0, len(z), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(z)))
        yield rows, _cosines(unit, rows)


def paired_cosine(z_1: Array, z_2: Array) -> Floats:
    """Cosine of each row of `z_1` [n, d] with the same row of `z_2`: [n]."""
    return np.asarray(np.clip((finite_unit_rows(z_1) * finite_unit_rows(z_2)).sum(axis=1), -1, 1), np.float32)


def _softmax(cosines: Floats, temperature: float) -> tuple[Floats, Floats, Floats]:
    """Weights [a, n], effective number [a], and the soft maximum [a]: temperature * log sum exp(cosine/temperature)."""
    most = cosines.shape[1] - 1
    top = cosines.max(axis=1, initial=-1)
    # Subtracted before dividing: cosines / 0.001 have lost four digits.
    shifted = np.maximum((cosines - top[:, None]) / np.float32(temperature), _NO_WEIGHT)
    raised = np.exp(shifted)
    total = raised.sum(axis=1)  # at least 1, and 0 where there is no different image
    weights = raised / np.maximum(total, 1)[:, None]
    with np.errstate(divide="ignore"):
        log_total = np.log(total)
    entropy = log_total - np.einsum("an,an->a", weights, shifted)
    effective = np.clip(np.exp(entropy), min(1, most), most)
    return weights, effective.astype(np.float32), (top + np.float32(temperature) * log_total).astype(np.float32)


def _loss(soft_maximum: Floats, positives: Floats, temperature: float) -> Floats:
    """-log of the positive's share among itself and all negatives: [a]."""
    return np.asarray(np.logaddexp(0, (soft_maximum - positives) / temperature), np.float32)


def _weighing(weights: Floats, effective: Floats, alike: Mask | None) -> Weighing:
    if alike is None:
        return Weighing(effective, None, None)
    share = np.clip(np.einsum("an,an->a", weights, alike), 0, 1)
    even = alike.sum(axis=1) / max(alike.shape[1] - 1, 1)
    return Weighing(effective, share.astype(np.float32), even.astype(np.float32))


def _cosines(unit: Floats, rows: Rows) -> Floats:
    """[a, n] of the images `rows` with all, -inf with itself."""
    cosines: Floats = unit[rows] @ unit.T
    np.clip(cosines, -1, 1, out=cosines)
    cosines[np.arange(len(rows)), rows] = -np.inf
    return cosines


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
