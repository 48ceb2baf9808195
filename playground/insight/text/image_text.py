"""Comparison of n images with their captions in a joint space: ranks, confusions, and batches of pairs. Numpy only.

All functions take `image` [n, d] and `text` [n, d], of which row i of both belong together, and `captions` [n], a
number that equal captions share (see `number_texts`): an equal caption is as right for an image as its own. A row that
is not finite counts as 0, with a cosine of 0 to all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.insight.arrays import AnyFloatArray, Mask, RowIndices
from playground.insight.distances import finite_unit_rows, iterate_chunks
from playground.insight.maps import Map, pca_map
from playground.insight.retrieval import chance_recall, ranks, recall_at
from playground.insight.text.modality_gap import modality_gap
from playground.records import FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class PairComparison:
    """Ranks and confusions of all n pairs of one snapshot."""

    caption_ranks: RowIndices  # [n] rank, from 1, of the right caption of each image among all captions
    image_ranks: RowIndices  # [n] rank of the right image of each caption among all images
    lead: FloatArray  # [n] cosine of the most similar wrong caption minus that of the right one; -inf without one
    rivals: RowIndices  # [n] the row of that wrong caption
    gap: float  # distance of the means of images and texts, 0 to 2

    def recall(self, k: int) -> tuple[float, float]:
        """Recall at `k`, 0 to 1: of captions by images, and of images by captions."""
        return recall_at(self.caption_ranks, k), recall_at(self.image_ranks, k)


@dataclass(frozen=True, eq=False, slots=True)
class PairBatch:
    """A batch of b pairs: all its images compared with all its captions."""

    rows: RowIndices  # [b] rows of the pairs
    cosines: FloatArray  # [b, b] of image i with caption j
    right: Mask  # [b, b] whether caption j is that of image i, or equal to it

    def probabilities(self, temperature: float) -> FloatArray:
        """Probabilities [b, b] of captions given the image, as in the loss at `temperature` > 0; rows add up to 1."""
        return np.asarray(np.exp(_log_softmax(self.cosines / np.float32(temperature))), np.float32)

    def loss(self, temperature: float) -> float:
        """CLIP's loss in nats, the mean of both directions, arXiv:2103.00020, figure 3. Chance is ln b."""
        scaled = self.cosines / np.float32(temperature)
        both = [np.diagonal(_log_softmax(part)).mean() for part in (scaled, scaled.T)]
        return float(-np.mean(both))

    @property
    def found(self) -> int:
        """Number of images whose most similar caption is right."""
        return int((ranks(self.cosines, self.right) == 1).sum())


@dataclass(frozen=True, eq=False, slots=True)
class Candidates:
    """The k most similar wrong answers to one query, the most similar first."""

    rows: RowIndices  # [k] rows of their pairs
    cosines: FloatArray  # [k]
    ranks: RowIndices  # [k] from 1, among all answers, right ones included


def number_texts(texts: Sequence[str]) -> RowIndices:
    """Numbers [n] of `texts` [n], from 0; equal texts have the same number."""
    return np.unique(np.array(texts, dtype=np.str_), return_inverse=True)[1].astype(np.int64).reshape(-1)


def compare_pairs(image: AnyFloatArray, text: AnyFloatArray, captions: RowIndices) -> PairComparison:
    """Compare all images [n, d] with all captions [n, d], in chunks."""
    images, texts = finite_unit_rows(image), finite_unit_rows(text)
    n = len(images)
    caption_ranks, image_ranks, rivals = (np.zeros(n, np.int64) for _ in range(3))
    lead = np.full(n, -np.inf, np.float32)
    for rows in iterate_chunks(np.arange(n)):
        right = captions[rows, None] == captions
        cosines = images[rows] @ texts.T
        caption_ranks[rows] = ranks(cosines, right)
        image_ranks[rows] = ranks(texts[rows] @ images.T, right)
        best = np.where(right, cosines, -np.inf).max(axis=1)
        cosines[right] = -np.inf
        rivals[rows] = cosines.argmax(axis=1)
        lead[rows] = cosines.max(axis=1) - best
    return PairComparison(caption_ranks, image_ranks, lead, rivals, modality_gap(image, text))


def chance_pair_recall(captions: RowIndices, k: int) -> float:
    """Recall at `k`, in either direction, of a random order, for `captions` [n]; equal captions make it higher."""
    answers, queries = np.unique(np.bincount(captions), return_counts=True)
    found = [chance_recall(k, len(captions), int(r)) * r * q for r, q in zip(answers, queries, strict=True) if r]
    return float(sum(found) / max(len(captions), 1))


def mixed_rows(captions: RowIndices, labels: RowIndices | None, count: int, number: int) -> RowIndices:
    """Rows [b] of batch `number` of `count` pairs, with equally many of each class, those of one class adjacent.

    `captions` [n], `labels` [n]. Equal captions are in one batch only where there are too few others. Deterministic.
    """
    rng = np.random.default_rng([number, len(captions)])
    classes = np.zeros(len(captions), np.int64) if labels is None else labels
    order = rng.permutation(len(captions))
    again = _times_before(captions[order])  # number of equal captions before
    order = order[np.argsort(again, kind="stable")]
    turn = _times_before(classes[order])  # the first of each class, then the second of each, ...
    chosen = order[np.lexsort((rng.permutation(classes.max(initial=0) + 1)[classes[order]], turn, np.sort(again) > 0))]
    rows = chosen[:count]
    return np.asarray(rows[np.lexsort((rows, classes[rows]))])


def confused_rows(paired: PairComparison, count: int, number: int) -> RowIndices:
    """Rows [b] of batch `number` of `count` pairs that are confused with one another.

    The image with the largest lead of a wrong caption, then the pair of that caption, then the next image. The last
    batch may be short; empty where there is no wrong caption.
    """
    order = np.argsort(-paired.lead, kind="stable")
    order = order[np.isfinite(paired.lead[order])]
    couples = np.stack([order, paired.rivals[order]], axis=1).reshape(-1)
    _, first = np.unique(couples, return_index=True)
    rows = couples[np.sort(first)]
    start = number % max(-(-len(rows) // count), 1) * count
    return np.asarray(rows[start : start + count])


def make_pair_batch(image: AnyFloatArray, text: AnyFloatArray, captions: RowIndices, rows: RowIndices) -> PairBatch:
    """The batch of the pairs `rows` [b] of `image` [n, d], `text` [n, d] and `captions` [n]."""
    cosines = np.clip(finite_unit_rows(image[rows]) @ finite_unit_rows(text[rows]).T, -1, 1)
    return PairBatch(rows, cosines.astype(np.float32), captions[rows, None] == captions[rows])


def wrong_captions(image: AnyFloatArray, text: AnyFloatArray, captions: RowIndices, row: int, k: int) -> Candidates:
    """The `k` captions [n, d] most similar to image `row` that are not its own; equal captions occur once."""
    return _wrong_candidates(finite_unit_rows(text) @ finite_unit_rows(image[[row]])[0], captions, row, k, once=True)


def wrong_images(image: AnyFloatArray, text: AnyFloatArray, captions: RowIndices, row: int, k: int) -> Candidates:
    """The `k` images [n, d] most similar to caption `row` that have another caption."""
    return _wrong_candidates(finite_unit_rows(image) @ finite_unit_rows(text[[row]])[0], captions, row, k, once=False)


def joint_map(image: AnyFloatArray, text: AnyFloatArray, previous: Map | None = None) -> Map:
    """PCA map [2n, 2] of images and captions [n, d] together, images first; aligned to `previous` [2n, 2]."""
    return pca_map(np.concatenate([finite_unit_rows(image), finite_unit_rows(text)]), previous)


def _wrong_candidates(cosines: FloatArray, captions: RowIndices, row: int, k: int, *, once: bool) -> Candidates:
    order = np.argsort(-cosines, kind="stable")
    order = order[captions[order] != captions[row]]
    if once:
        order = order[_times_before(captions[order]) == 0]
    found = order[:k]
    places = (cosines[None, :] > cosines[found, None]).sum(axis=1) + 1
    return Candidates(found, cosines[found], places.astype(np.int64))


def _times_before(values: RowIndices) -> RowIndices:
    """Number of earlier occurrences of each of `values` [n]: [n]."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.searchsorted(ordered, ordered)  # the first index of the run of equal values
    times = np.empty(len(values), np.int64)
    times[order] = np.arange(len(values)) - starts
    return times


def _log_softmax(scaled: FloatArray) -> FloatArray:
    """Log-softmax [b, b] over the columns of each row."""
    shifted = scaled - scaled.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)
