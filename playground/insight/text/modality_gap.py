"""Images and texts in one space: how far the two kinds lie apart, and what images are called. Numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array
from playground.insight.distances import Rows, chunks, finite_unit_rows

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Shares of images that were called by their right name, 0 to 1; None where there are no such images."""

    all: float | None
    seen: float | None  # of what was among the training pairs
    held_out: float | None  # of what never was


def modality_gap(image: Array, text: Array) -> float:
    """|mean of images - mean of texts| of the unit rows of `image` [n, d] and `text` [m, d]: 0 to 2.

    Liang et al., arXiv:2203.02053, section 3.2. 0: the two kinds lie around the same point.
    """
    apart = finite_unit_rows(image).mean(axis=0) - finite_unit_rows(text).mean(axis=0)
    return float(np.linalg.norm(apart))


def parted_share(image: Array, text: Array) -> float:
    """Share of the n pairs whose image is as near to another image as to its own text, or nearer, by cosine: 0 to 1.

    `image`, `text` [n, d], row i of both belong together. 1: images keep to images, however well the pairs are told
    apart. NaN for fewer than two pairs.
    """
    if len(image) < 2:
        return float("nan")
    images, texts = finite_unit_rows(image), finite_unit_rows(text)
    own = (images * texts).sum(axis=1)
    parted = 0
    for rows in chunks(np.arange(len(images))):
        others = images[rows] @ images.T
        others[np.arange(len(rows)), rows] = -np.inf
        parted += int((others.max(axis=1) >= own[rows]).sum())
    return parted / len(images)


def class_embeddings(prompts: Array) -> Rows:
    """One embedding a class, [classes, d], from those of its prompts [classes, prompts, d].

    The mean of the prompts' unit rows, of length one again: CLIP, arXiv:2103.00020, section 3.1.4.
    """
    classes, count, d = prompts.shape
    unit = finite_unit_rows(prompts.reshape(classes * count, d)).reshape(classes, count, d)
    return finite_unit_rows(unit.mean(axis=1))


def zero_shot(image: Array, classes: Array) -> tuple[Labels, Rows]:
    """What images [n, d] are called: the most similar of `classes` [c, d], [n], and the cosines with all, [n, c]."""
    scores: Rows = finite_unit_rows(image) @ finite_unit_rows(classes).T
    return scores.argmax(axis=1).astype(np.int64), scores


def accuracies(predicted: Labels, labels: Labels, held_out: NDArray[np.bool_]) -> Accuracies:
    """Of `predicted` [n] and `labels` [n], for all images and by whether they show what was `held_out` [n]."""
    right = predicted == labels
    return Accuracies(_share(right), _share(right[~held_out]), _share(right[held_out]))


def _share(right: NDArray[np.bool_]) -> float | None:
    return float(right.mean()) if len(right) else None
