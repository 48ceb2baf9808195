"""Results of an evaluation, each with its protocol. Numpy only, so that pages and figures can import it.

Flow: `inference.evaluate` yields them, `runs.folder.evaluation_files` stores them, `figures` draws them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.records import FloatArray, Labels

MeasureName = Literal["knn", "linear", "separation", "fine-tuned"]
EncoderName = Literal["trained", "untrained", "from scratch"]  # from scratch: trained on the labels alone
LABEL_SHARES = (0.01, 0.1, 1.0)  # of the training labels, as in SimCLR, arXiv:2002.05709, table 7


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric. Only metrics with the same protocol may be compared."""

    name: MeasureName
    encoder: EncoderName
    share: float | None  # requested share of the training labels; None where the metric uses none
    value: float | None  # an accuracy on the test images, 0 to 1, or a ratio; None where it is undefined
    protocol: str  # in words: everything that affects the value, with the real number of labels


@dataclass(frozen=True, eq=False, slots=True)
class Confusion:
    """Confusion matrix of the linear probe."""

    class_names: tuple[str, ...]
    counts: NDArray[np.int64]  # [classes, classes] test images: rows are true classes, columns predicted ones
    protocol: str


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on the metrics, or why there are none."""

    sentence: str


EvaluationFinding = Measure | Confusion | Note


def confusion_matrix(labels: Labels, predicted: Labels, classes: int) -> NDArray[np.int64]:
    """Counts [classes, classes] of `labels` [n] (rows) and `predicted` [n] classes (columns)."""
    pairs = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return pairs.reshape(classes, classes).astype(np.int64)


def normalise_rows(counts: NDArray[np.int64]) -> FloatArray:
    """`counts` [c, c] divided by the sum of their row; NaN for a class without images."""
    totals = counts.sum(axis=1, keepdims=True).astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: FloatArray = (counts / totals).astype(np.float32)
    return shares


def draw_labelled(labels: Labels, share: float, seed: int) -> NDArray[np.int64]:
    """Sorted rows [m] of `labels` [n] whose label may be used: about `share` of all, equally many of each class.

    At least one of each class, and all of a class that has fewer. A larger share contains the rows of a smaller one. A
    share of 1 is every row.
    """
    if share >= 1:
        return np.arange(len(labels))
    classes = np.unique(labels)
    each = max(1, round(share * len(labels) / max(len(classes), 1)))
    rows = (np.flatnonzero(labels == label) for label in classes)
    drawn = [np.random.default_rng([seed, number]).permutation(own)[:each] for number, own in enumerate(rows)]
    return np.sort(np.concatenate(drawn))
