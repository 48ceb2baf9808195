"""What an evaluation finds: figures that say how they were measured. Numpy only, so that pages and figures read them.

Flow: `training.evaluating` yields these, `runs.evaluations` keeps them, `figures` draws them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.records import FloatArray

Labels = NDArray[np.int64]
MeasureName = Literal["knn", "linear", "separation", "fine-tuned"]
EncoderName = Literal["trained", "untrained", "from scratch"]  # from scratch: no weights but those of the labels
SHARES = (0.01, 0.1, 1.0)  # of the training labels, as in SimCLR, arXiv:2002.05709, table 7


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. Only figures of the same protocol may be compared."""

    name: MeasureName
    encoder: EncoderName
    share: float | None  # of the training labels that were used, as asked for; None where the figure uses none
    value: float | None  # an accuracy on the test images, 0 to 1, or a ratio; None where it cannot be told
    protocol: str  # in words: all that has a bearing on the value, real number of labels included


@dataclass(frozen=True, eq=False, slots=True)
class Confusion:
    """Which class the linear probe took for which."""

    class_names: tuple[str, ...]
    counts: NDArray[np.int64]  # [classes, classes] test images: a row a true class, a column a predicted one
    protocol: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know of the figures, or why there are none."""

    sentence: str


Finding = Measure | Confusion | Note


def confusion_matrix(labels: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """Counts [classes, classes] of `labels` [n] (rows) and what was `predicted` [n] for them (columns)."""
    pairs = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes).astype(np.int64)


def by_row(counts: NDArray[np.int64]) -> FloatArray:
    """`counts` [c, c] as shares of their row; NaN for a class without images."""
    totals = counts.sum(axis=1, keepdims=True).astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: FloatArray = (counts / totals).astype(np.float32)
    return shares


def draw_labelled(labels: Labels, share: float, seed: int) -> NDArray[np.int64]:
    """Rows of `labels` [n] whose label may be used: about `share` of them, as many of each class, at least one.

    A class with fewer images than its part gives all it has. A larger share holds the rows of a smaller one, so that
    two shares differ in what was added only. Sorted; a share of 1 is every row.
    """
    if share >= 1:
        return np.arange(len(labels))
    classes = np.unique(labels)
    each = max(1, round(share * len(labels) / max(len(classes), 1)))
    rows = (np.flatnonzero(labels == label) for label in classes)
    drawn = [np.random.default_rng([seed, number]).permutation(own)[:each] for number, own in enumerate(rows)]
    return np.sort(np.concatenate(drawn))
