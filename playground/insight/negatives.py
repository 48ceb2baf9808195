"""The hardest negatives: which different images does the encoder take for nearly the same? Numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array, unit_rows


@dataclass(frozen=True, slots=True)
class HardNegatives:
    """For each of a anchors its k most similar different images, the hardest first. Of fewer than two images none."""

    anchors: NDArray[np.int64]  # [a] rows of z
    negatives: NDArray[np.int64]  # [a, k] rows of z
    similarities: Array  # [a, k] cosines
    weights: Array  # [a, k] share of the softmax weight over all different images


def hardest_negatives(
    z: Array, *, temperature: float, anchors: int, negatives: int, labels: NDArray[np.int64] | None = None
) -> HardNegatives:
    """The anchors whose hardest negative is most similar, one a class as long as there are classes left.

    `z` [n, d], `labels` [n] or None. A negative's weight is exp(s/tau) over the sum for all different images:
    arXiv:2012.09740, section 3.
    """
    if len(z) < 2:
        return _none()
    unit = unit_rows(z.astype(np.float32))
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    k = min(negatives, len(z) - 1)
    rows = _hardest_anchors(cosine.max(axis=1), min(anchors, len(z)), labels)
    found = np.argsort(-cosine[rows], axis=1, kind="stable")[:, :k]
    weights = _softmax(cosine[rows] / temperature)
    return HardNegatives(
        rows, found, np.take_along_axis(cosine[rows], found, axis=1), np.take_along_axis(weights, found, axis=1)
    )


def _none() -> HardNegatives:
    rows, floats = np.empty((0, 0), np.int64), np.empty((0, 0), np.float32)
    return HardNegatives(np.empty(0, np.int64), rows, floats, floats)


def _hardest_anchors(hardness: Array, count: int, labels: NDArray[np.int64] | None) -> NDArray[np.int64]:
    order = np.argsort(-hardness, kind="stable")
    if labels is None:
        return order[:count]
    _, first = np.unique(labels[order], return_index=True)
    leading = np.sort(first)  # the hardest of each class, in order of hardness
    rest = np.setdiff1d(np.arange(len(order)), leading)
    chosen: NDArray[np.int64] = order[np.concatenate([leading, rest])[:count]]
    return chosen


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights: Array = raised / raised.sum(axis=1, keepdims=True)
    return weights
