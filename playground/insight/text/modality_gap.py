"""Modality gap between images and texts in a joint space, and zero-shot classification. Numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray
from playground.insight.distances import finite_unit_rows, iterate_chunks
from playground.records import FloatArray, Labels


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Accuracies of classification, 0 to 1; None where there are no such images."""

    all: float | None
    seen: float | None  # of combinations that occur in training
    held_out: float | None  # of combinations that never do


def modality_gap(image: AnyFloatArray, text: AnyFloatArray) -> float:
    """|mean of images - mean of texts| of the unit rows of `image` [n, d] and `text` [m, d]: 0 to 2.

    Liang et al., arXiv:2203.02053, section 3.2. 0: both have the same mean.
    """
    apart = finite_unit_rows(image).mean(axis=0) - finite_unit_rows(text).mean(axis=0)
    return float(np.linalg.norm(apart))


def parted_share(image: AnyFloatArray, text: AnyFloatArray) -> float:
    """Share of n pairs whose image is at least as similar to another image as to its own text, by cosine: 0 to 1.

    `image`, `text` [n, d], row i of both belong together. 1: images and texts are separate, however well pairs are
    matched. NaN below two pairs.
    """
    if len(image) < 2:
        return float("nan")
    images, texts = finite_unit_rows(image), finite_unit_rows(text)
    own = (images * texts).sum(axis=1)
    parted = 0
    for rows in iterate_chunks(np.arange(len(images))):
        others = images[rows] @ images.T
        others[np.arange(len(rows)), rows] = -np.inf
        parted += int((others.max(axis=1) >= own[rows]).sum())
    return parted / len(images)


def class_embeddings(prompts: AnyFloatArray) -> FloatArray:
    """Embeddings [classes, d] of classes from those of their prompts [classes, prompts, d].

    The mean of the unit rows of the prompts, normalised again: CLIP, arXiv:2103.00020, section 3.1.4.
    """
    classes, count, d = prompts.shape
    unit = finite_unit_rows(prompts.reshape(classes * count, d)).reshape(classes, count, d)
    return finite_unit_rows(unit.mean(axis=1))


def classify_zero_shot(image: AnyFloatArray, classes: AnyFloatArray) -> tuple[Labels, FloatArray]:
    """Zero-shot classes [n] of `image` [n, d], the most similar of `classes` [c, d], and cosines with all [n, c]."""
    scores: FloatArray = finite_unit_rows(image) @ finite_unit_rows(classes).T
    return scores.argmax(axis=1).astype(np.int64), scores


def accuracies(predicted: Labels, labels: Labels, held_out: NDArray[np.bool_]) -> Accuracies:
    """Accuracies of `predicted` [n] for `labels` [n]: of all images, and by the mask `held_out` [n]."""
    right = predicted == labels
    return Accuracies(_mean_or_none(right), _mean_or_none(right[~held_out]), _mean_or_none(right[held_out]))


def _mean_or_none(right: NDArray[np.bool_]) -> float | None:
    return float(right.mean()) if len(right) else None
