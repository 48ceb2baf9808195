"""SentenceDataset: what every loader of sentences returns and everything downstream (vocabulary, search) takes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.records import FloatArray

Labels = NDArray[np.int64]
DocumentKind = Literal["answer", "distractor", "other"]
QueryKind = Literal["keyword-heavy", "ordinary"]


@dataclass(frozen=True, eq=False)
class SentenceSplit:
    """Sentences with what is known of them."""

    sentences: tuple[str, ...]  # n
    labels: Labels | None = None  # [n], the topics; None where there are none
    positives: tuple[str, ...] = ()  # one a sentence; or none at all: then a sentence is its own positive
    hard: tuple[str, ...] = ()  # one hard negative a sentence, or none at all

    def __len__(self) -> int:
        return len(self.sentences)


@dataclass(frozen=True, eq=False)
class GradedPairs:
    """Pairs of sentences with how much they have in common, for rank correlation: row i of `a` with row i of `b`."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    grades: FloatArray  # [pairs], 0 (unrelated) to 1 (the same in other words)


@dataclass(frozen=True, eq=False)
class Search:
    """Queries, and the documents in which each has one that answers it."""

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    relevant: NDArray[np.int64]  # [queries], the place of the answer in `documents`
    kinds: tuple[DocumentKind, ...] = ()  # one a document, or none where they are not told apart
    query_kinds: tuple[QueryKind, ...] = ()  # one a query, or none where they are not told apart

    def places_of(self, kind: QueryKind) -> NDArray[np.int64]:
        """Which queries are of a kind: places in `queries`."""
        return np.flatnonzero(np.array([found == kind for found in self.query_kinds], np.bool_)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class SentenceDataset:
    """Sentences to train on and sentences that are never trained on."""

    name: str  # for people: "Made-up sentences"
    train: SentenceSplit
    test: SentenceSplit
    class_names: tuple[str, ...] = ()  # by topic; empty where there are none
    notes: tuple[str, ...] = ()  # what a person should know of how the data was read, one sentence each
    pairs: GradedPairs | None = None
    search: Search | None = None
