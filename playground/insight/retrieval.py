"""Retrieval: ranks of answers, recall and mean reciprocal rank, with their values by chance. Imports scipy when used.

Ties count against the encoder: one with equal embeddings for everything finds nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray

Ranks = NDArray[np.int64]  # [queries], 1 is first


@dataclass(frozen=True, eq=False, slots=True)
class BothWays:
    """Ranks of n matching images and texts, in both directions."""

    texts_of_images: Ranks  # [n] rank of the text among all texts, for each image
    images_of_texts: Ranks  # [n] rank of the image among all images, for each text


def ranks(similarities: AnyFloatArray, relevant: NDArray[np.int64] | NDArray[np.bool_]) -> Ranks:
    """Rank [queries] of the answer of each query among the documents, by `similarities` [queries, documents].

    `relevant` is the index of the answer [queries], or a mask of answers [queries, documents], of which the best
    counts and the others do not come before it. Documents as similar as the answer, and NaN, come before it. Raises
    ValueError where a query has no answer.
    """
    answers = relevant if relevant.dtype == np.bool_ else _answer_mask(relevant.astype(np.int64), similarities.shape[1])
    if answers.shape != similarities.shape or not answers.any(axis=1).all():
        raise ValueError(f"Every query needs an answer: similarities {similarities.shape}, relevant {relevant.shape}.")
    # An answer with NaN has the lowest similarity; fmax ignores NaN beside numbers.
    best = np.fmax.reduce(np.where(answers, similarities, -np.inf), axis=1)
    behind = similarities < best[:, None]
    before: Ranks = np.count_nonzero(~behind & ~answers, axis=1).astype(np.int64)
    return before + 1


def recall_at(found: Ranks, k: int) -> float:
    """Share of the ranks `found` [queries] that are at most `k`, 0 to 1; NaN without queries."""
    return float((found <= k).mean()) if len(found) else float("nan")


def mean_reciprocal_rank(found: Ranks) -> float:
    """Mean of 1 / rank over `found` [queries]: 1 where every answer comes first; NaN without queries."""
    return float((1 / found).mean()) if len(found) else float("nan")


def chance_recall(k: int, documents: int, relevant: int = 1) -> float:
    """Recall at `k` of d documents in random order, r `relevant` among them: 1 - C(d - r, k) / C(d, k)."""
    k = min(k, documents)
    return 1 - math.comb(documents - relevant, k) / math.comb(documents, k)


def chance_mrr(documents: int) -> float:
    """Mean reciprocal rank of one answer among d documents in random order: (1 + 1/2 + ... + 1/d) / d."""
    return float((1 / np.arange(1, documents + 1)).mean())


def equal_texts(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Mask [n, n] of equal texts: an equal caption is as right as the own one."""
    _, number = np.unique(np.array(texts, dtype=np.str_), return_inverse=True)
    return np.equal.outer(number, number)


def rank_both_ways(similarities: AnyFloatArray, texts: Sequence[str]) -> BothWays:
    """Ranks in both directions by `similarities` [n, n], image i (row) with text j; text i and equal ones are right."""
    same = equal_texts(texts)
    return BothWays(ranks(similarities, same), ranks(similarities.T, same))


def spearman(a: AnyFloatArray, b: AnyFloatArray) -> float:
    """Spearman's rank correlation of `a` [n] and `b` [n], -1 to 1; ties share the mean of their ranks.

    NaN below two values, and where either is constant or not finite.
    """
    from scipy import stats  # slow to import, and only needed here

    if len(a) < 2 or not (np.isfinite(a).all() and np.isfinite(b).all()) or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(stats.spearmanr(a, b).statistic)


def _answer_mask(places: NDArray[np.int64], documents: int) -> NDArray[np.bool_]:
    """Mask [queries, documents] of the answers at `places` [queries]; an index out of range gives none."""
    answers: NDArray[np.bool_] = places[:, None] == np.arange(documents)
    return answers
