"""SentenceDataset, returned by every loader of sentences."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.records import FloatArray, Labels

DocumentKind = Literal["answer", "distractor", "other"]
QueryKind = Literal["keyword-heavy", "ordinary"]


@dataclass(frozen=True, eq=False)
class SentenceSplit:
    """Sentences with labels, positives and hard negatives."""

    sentences: tuple[str, ...]  # [n]
    labels: Labels | None = None  # [n], the topics; None where there are none
    positives: tuple[str, ...] = ()  # [n], or () where each sentence is its own positive
    hard: tuple[str, ...] = ()  # [n] hard negatives, or ()

    def __len__(self) -> int:
        return len(self.sentences)


@dataclass(frozen=True, eq=False)
class GradedPairs:
    """Pairs of sentences, row i of `a` and row i of `b`, with their graded similarity, for rank correlation."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    grades: FloatArray  # [pairs], 0 (unrelated) to 1 (the same in other words)


@dataclass(frozen=True, eq=False)
class Search:
    """Queries and documents; each query has one document that answers it."""

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    relevant: NDArray[np.int64]  # [queries], index of the answer in `documents`
    kinds: tuple[DocumentKind, ...] = ()  # [documents], or () where unknown
    query_kinds: tuple[QueryKind, ...] = ()  # [queries], or () where unknown

    def queries_of_kind(self, kind: QueryKind) -> NDArray[np.int64]:
        """Indices [k] into `queries` of those of `kind`."""
        return np.flatnonzero(np.array([found == kind for found in self.query_kinds], np.bool_)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class SentenceDataset:
    """Training and test sentences, with benchmarks where there are any."""

    name: str  # for people: "Made-up sentences"
    train: SentenceSplit
    test: SentenceSplit
    class_names: tuple[str, ...] = ()  # by topic; empty where there are none
    notes: tuple[str, ...] = ()  # remarks on how the data were read, one sentence each
    pairs: GradedPairs | None = None
    search: Search | None = None
