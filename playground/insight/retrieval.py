"""Retrieval: how high does what is looked for come? Ranks and their figures, each with what chance gives. Numpy only;
scipy when called.

A tie counts against the encoder: one that makes all embeddings equal finds nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array

Ranks = NDArray[np.int64]  # [queries], 1 is first


@dataclass(frozen=True, eq=False, slots=True)
class BothWays:
    """Ranks of what belongs together, of images and texts in the same order."""

    texts_of_images: Ranks  # [n]
    images_of_texts: Ranks  # [n]


def ranks(similarities: Array, relevant: NDArray[np.int64] | NDArray[np.bool_]) -> Ranks:
    """Where the answer of each query comes among the documents, by `similarities` [queries, documents].

    `relevant` is the place of the one answer, [queries], or says of each document whether it answers,
    [queries, documents]: then the first answer counts, and other answers do not come before it. What is as similar as
    the answer, or is no number, comes before it. Raises ValueError where a query has no answer.
    """
    answers = relevant if relevant.dtype == np.bool_ else _at(relevant.astype(np.int64), similarities.shape[1])
    if answers.shape != similarities.shape or not answers.any(axis=1).all():
        raise ValueError(f"Every query needs an answer: similarities {similarities.shape}, relevant {relevant.shape}.")
    # What is no number is as unlike as can be; fmax takes the larger of those that are numbers.
    best = np.fmax.reduce(np.where(answers, similarities, -np.inf), axis=1)
    behind = similarities < best[:, None]
    before: Ranks = np.count_nonzero(~behind & ~answers, axis=1).astype(np.int64)
    return before + 1


def recall_at(found: Ranks, k: int) -> float:
    """Share of queries with an answer among the first `k`, 0 to 1; NaN without queries."""
    return float((found <= k).mean()) if len(found) else float("nan")


def mean_reciprocal_rank(found: Ranks) -> float:
    """Mean of 1 / rank: 1 where every answer comes first. NaN without queries."""
    return float((1 / found).mean()) if len(found) else float("nan")


def chance_recall(k: int, documents: int, relevant: int = 1) -> float:
    """Recall at `k` of documents in any order, where `relevant` of them answer: 1 - C(d - r, k) / C(d, k)."""
    k = min(k, documents)
    return 1 - math.comb(documents - relevant, k) / math.comb(documents, k)


def chance_mrr(documents: int) -> float:
    """Mean reciprocal rank of one answer among documents in any order: (1 + 1/2 + ... + 1/d) / d."""
    return float((1 / np.arange(1, documents + 1)).mean())


def equal_texts(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which of n texts are the same, [n, n]: where captions repeat, any equal one is as right as one's own."""
    _, number = np.unique(np.array(texts, dtype=np.str_), return_inverse=True)
    return np.equal.outer(number, number)


def both_ways(similarities: Array, texts: Sequence[str]) -> BothWays:
    """Ranks of texts among images and images among texts. `similarities` [n, n]: image i and text i belong together,
    and so does image i with every text that equals text i."""
    same = equal_texts(texts)
    return BothWays(ranks(similarities, same), ranks(similarities.T, same))


def spearman(a: Array, b: Array) -> float:
    """Spearman's rank correlation of `a` [n] and `b` [n], ties sharing the mean of their ranks: -1 to 1.

    NaN with fewer than two, where one of both is constant, or not finite.
    """
    from scipy import stats  # slow to import, and only needed here

    if len(a) < 2 or not (np.isfinite(a).all() and np.isfinite(b).all()) or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(stats.spearmanr(a, b).statistic)


def _at(places: NDArray[np.int64], documents: int) -> NDArray[np.bool_]:
    """One answer a query, [queries, documents]; a place that is out of range is none."""
    answers: NDArray[np.bool_] = places[:, None] == np.arange(documents)
    return answers
