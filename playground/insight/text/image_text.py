"""Images and their captions in one space: who is found by whom, who is confused with whom, and batches of pairs to look
at. Numpy only.

All take `image` [n, d] and `text` [n, d], of which row i of both belong together, and `captions` [n], one number for
all captions that are equal (see `numbered`): any of those is as right for an image as its own. A row that is not finite
lies at the origin, with a cosine of 0 to all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array
from playground.insight.distances import chunks, finite_unit_rows
from playground.insight.maps import Map, pca_map
from playground.insight.retrieval import chance_recall, ranks, recall_at
from playground.insight.text.modality_gap import modality_gap

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Paired:
    """What one look tells of all n pairs."""

    caption_ranks: Rows  # [n] where the right caption of each image comes among all captions, 1 is first
    image_ranks: Rows  # [n] where the right image of each caption comes among all images
    lead: Floats  # [n] by how much the most similar wrong caption is nearer to the image; -inf where none is wrong
    rivals: Rows  # [n] the pair of that caption
    gap: float  # between the means of both kinds, 0 to 2

    def recall(self, k: int) -> tuple[float, float]:
        """Shares of images whose caption, and of captions whose image, is among the first `k`: 0 to 1."""
        return recall_at(self.caption_ranks, k), recall_at(self.image_ranks, k)


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Some pairs, all images with all captions."""

    rows: Rows  # [b] which pairs
    cosines: Floats  # [b, b] of image i with caption j
    right: Mask  # [b, b] whether caption j is image i's, or equal to it

    def probabilities(self, temperature: float) -> Floats:
        """Of each caption given the image, [b, b]: a row adds up to 1, as in the loss. `temperature` > 0."""
        return np.asarray(np.exp(_log_softmax(self.cosines / np.float32(temperature))), np.float32)

    def loss(self, temperature: float) -> float:
        """CLIP's, in nats: the mean of both directions, arXiv:2103.00020, figure 3. Chance is ln b."""
        scaled = self.cosines / np.float32(temperature)
        both = [np.diagonal(_log_softmax(part)).mean() for part in (scaled, scaled.T)]
        return float(-np.mean(both))

    @property
    def found(self) -> int:
        """How many images have a right caption before all wrong ones."""
        return int((ranks(self.cosines, self.right) == 1).sum())


@dataclass(frozen=True, eq=False, slots=True)
class Candidates:
    """The most similar wrong answers to one query, the most similar first."""

    rows: Rows  # [k] which pairs they are of
    cosines: Floats  # [k]
    ranks: Rows  # [k] among all answers, right ones included


def numbered(texts: Sequence[str]) -> Rows:
    """One number for all texts that are equal, from 0 to the number of different ones less one: [n]."""
    return np.unique(np.array(texts, dtype=np.str_), return_inverse=True)[1].astype(np.int64).reshape(-1)


def compare_pairs(image: Array, text: Array, captions: Rows) -> Paired:
    """All images with all captions, some at a time."""
    images, texts = finite_unit_rows(image), finite_unit_rows(text)
    n = len(images)
    caption_ranks, image_ranks, rivals = (np.zeros(n, np.int64) for _ in range(3))
    lead = np.full(n, -np.inf, np.float32)
    for rows in chunks(np.arange(n)):
        right = captions[rows, None] == captions
        cosines = images[rows] @ texts.T
        caption_ranks[rows] = ranks(cosines, right)
        image_ranks[rows] = ranks(texts[rows] @ images.T, right)
        best = np.where(right, cosines, -np.inf).max(axis=1)
        cosines[right] = -np.inf
        rivals[rows] = cosines.argmax(axis=1)
        lead[rows] = cosines.max(axis=1) - best
    return Paired(caption_ranks, image_ranks, lead, rivals, modality_gap(image, text))


def chance(captions: Rows, k: int) -> float:
    """Recall at `k`, either way, of answers in any order: the more captions are equal, the higher."""
    answers, queries = np.unique(np.bincount(captions), return_counts=True)
    found = [chance_recall(k, len(captions), int(r)) * r * q for r, q in zip(answers, queries, strict=True) if r]
    return float(sum(found) / max(len(captions), 1))


def mixed_rows(captions: Rows, labels: Rows | None, count: int, number: int) -> Rows:
    """Batch `number` of `count` pairs, as many of each class as of any other, those of one class side by side.

    Equal captions are in one batch only where there are too few others. The same for the same arguments.
    """
    rng = np.random.default_rng([number, len(captions)])
    classes = np.zeros(len(captions), np.int64) if labels is None else labels
    order = rng.permutation(len(captions))
    again = _times_before(captions[order])  # whether an equal caption came before
    order = order[np.argsort(again, kind="stable")]
    turn = _times_before(classes[order])  # its class' first, then each one's second, ...
    chosen = order[np.lexsort((rng.permutation(classes.max(initial=0) + 1)[classes[order]], turn, np.sort(again) > 0))]
    rows = chosen[:count]
    return np.asarray(rows[np.lexsort((rows, classes[rows]))])


def confused_rows(paired: Paired, count: int, number: int) -> Rows:
    """Batch `number` of `count` pairs that are confused with one another: an image whose wrong caption leads most, then
    the pair of that caption, then the next image. The last batch may be short; none where there is no wrong caption."""
    order = np.argsort(-paired.lead, kind="stable")
    order = order[np.isfinite(paired.lead[order])]
    couples = np.stack([order, paired.rivals[order]], axis=1).reshape(-1)
    _, first = np.unique(couples, return_index=True)
    rows = couples[np.sort(first)]
    start = number % max(-(-len(rows) // count), 1) * count
    return np.asarray(rows[start : start + count])


def batch_of(image: Array, text: Array, captions: Rows, rows: Rows) -> Batch:
    """The pairs `rows` [b]."""
    cosines = np.clip(finite_unit_rows(image[rows]) @ finite_unit_rows(text[rows]).T, -1, 1)
    return Batch(rows, cosines.astype(np.float32), captions[rows, None] == captions[rows])


def wrong_captions(image: Array, text: Array, captions: Rows, row: int, k: int) -> Candidates:
    """Of image `row` the `k` most similar captions that are not its own, each caption once."""
    return _wrong(finite_unit_rows(text) @ finite_unit_rows(image[[row]])[0], captions, row, k, once=True)


def wrong_images(image: Array, text: Array, captions: Rows, row: int, k: int) -> Candidates:
    """Of caption `row` the `k` most similar images that it does not belong to."""
    return _wrong(finite_unit_rows(image) @ finite_unit_rows(text[[row]])[0], captions, row, k, once=False)


def joint_map(image: Array, text: Array, previous: Map | None = None) -> Map:
    """PCA of both kinds together, [2n, 2]: images, then captions; turned to lie as `previous` did."""
    return pca_map(np.concatenate([finite_unit_rows(image), finite_unit_rows(text)]), previous)


def _wrong(cosines: Floats, captions: Rows, row: int, k: int, *, once: bool) -> Candidates:
    order = np.argsort(-cosines, kind="stable")
    order = order[captions[order] != captions[row]]
    if once:
        order = order[_times_before(captions[order]) == 0]
    found = order[:k]
    places = (cosines[None, :] > cosines[found, None]).sum(axis=1) + 1
    return Candidates(found, cosines[found], places.astype(np.int64))


def _times_before(values: Rows) -> Rows:
    """How many times each of `values` [n] occurs before its own place."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.searchsorted(ordered, ordered)  # where the run of equal ones begins
    times = np.empty(len(values), np.int64)
    times[order] = np.arange(len(values)) - starts
    return times


def _log_softmax(scaled: Floats) -> Floats:
    """Over the columns of each row."""
    shifted = scaled - scaled.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)
