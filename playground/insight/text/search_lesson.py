"""The search lesson: retrieval of answers by an encoder of sentences, and by keywords (TF-IDF) as its baseline.

A document misleads a search by keywords where it repeats the words of a query without answering it. Imports sklearn and
scipy when used.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from playground.data.sentences.dataset import GradedPairs, Search
from playground.insight.arrays import RowIndices
from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import (
    Ranks,
    chance_mrr,
    chance_recall,
    mean_reciprocal_rank,
    recall_at,
    spearman,
)
from playground.records import FloatArray
from playground.vocabulary import words_of

Role = Literal["answer", "keyword-heavy", "other"]
MOST_QUERIES, MOST_DOCUMENTS = 300, 1500  # that a page evaluates: a person's own data may have a thousand times as many
KEYWORD_HEAVY: Final = 0.4  # keyword similarity from which on a document has most of the words of a query
FREQUENT_SHARE: Final = 0.2  # share of documents from which on a word says nothing about their content
FREQUENT_LEAST: Final = 5  # documents, in which a word may always be
_WORD_SPLIT = re.compile(r"(\w+(?:['\u2019]\w+)*)")


def keyword_similarities(queries: Sequence[str], documents: Sequence[str]) -> FloatArray:
    """TF-IDF cosines [queries, documents] of queries and documents, 0 to 1.

    As in scikit-learn, with its smoothing
    (https://scikit-learn.org/stable/modules/feature_extraction.html#tfidf-term-weighting), with weights from the
    documents. The words are those of text encoders. Order, and words in no document, are ignored.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import, and only needed here

    if not any(map(words_of, documents)):  # sklearn raises an error without any word
        return np.zeros((len(queries), len(documents)), np.float32)
    weights = TfidfVectorizer(analyzer=words_of, dtype=np.float32)
    of_documents = weights.fit_transform(documents)
    return np.asarray((weights.transform(queries) @ of_documents.T).toarray(), np.float32)


class Score(NamedTuple):
    """Recall and mean reciprocal rank of a search, each 0 to 1."""

    recall_at_1: float
    recall_at_5: float
    mrr: float


class RankedDocuments(NamedTuple):
    """The first documents for a query, and the rank of its answer."""

    places: RowIndices  # [count], indices of documents, the most similar first
    values: FloatArray  # [count], their similarities
    rank: int  # of the answer among all documents, from 1
    answer: float  # similarity of the answer


class Agreement(NamedTuple):
    """Similarities of graded pairs, and their rank correlation with the grades."""

    values: FloatArray  # [pairs]
    spearman: float


def score_ranks(found: Ranks) -> Score:
    """The score of the ranks of answers [queries]."""
    return Score(recall_at(found, 1), recall_at(found, 5), mean_reciprocal_rank(found))


def chance_score(documents: int) -> Score:
    """The score of `documents` in random order, one of which is the answer."""
    return Score(chance_recall(1, documents), chance_recall(5, documents), chance_mrr(documents))


def query_groups(search: Search) -> dict[str, RowIndices]:
    """Kind -> indices [k] of its queries; "all" where kinds are unknown."""
    if not search.query_kinds:
        return {"all": np.arange(len(search.queries))}
    found = {"keyword-heavy": search.queries_of_kind("keyword-heavy"), "ordinary": search.queries_of_kind("ordinary")}
    return {name: places for name, places in found.items() if len(places)}


def limit_search(search: Search, queries: int = MOST_QUERIES, documents: int = MOST_DOCUMENTS) -> Search:
    """`search` with at most so many queries and documents, evenly spread; each query keeps its answer.

    All answers are kept, so that there may be more than `documents`.
    """
    asked = evenly_spaced(len(search.queries), queries)
    answers = np.unique(search.relevant[asked])
    others = np.setdiff1d(np.arange(len(search.documents)), answers)
    others = others[evenly_spaced(len(others), max(documents - len(answers), 0))]
    kept = np.union1d(answers, others)
    return Search(
        tuple(search.queries[place] for place in asked),
        tuple(search.documents[place] for place in kept),
        np.searchsorted(kept, search.relevant[asked]).astype(np.int64),
        tuple(search.kinds[place] for place in kept) if search.kinds else (),
        tuple(search.query_kinds[place] for place in asked) if search.query_kinds else (),
    )


def order_by_hardness(here: Ranks, by_words: Ranks) -> RowIndices:
    """Indices [queries], by rank of the answer: `here` [queries] of the encoder, `by_words` [queries] of TF-IDF.

    The worst rank of the encoder comes first; among equal ones, the worst rank of TF-IDF.
    """
    return np.lexsort((np.arange(len(here)), -by_words, -here)).astype(np.int64)


def rank_documents(similarities: FloatArray, answer: int, count: int) -> RankedDocuments:
    """The first `count` documents by `similarities` [documents]; among equal ones the answer is last, as in `ranks`."""
    order = np.lexsort((np.arange(len(similarities)) == answer, -similarities))
    rank = int(np.flatnonzero(order == answer)[0]) + 1
    places = order[:count].astype(np.int64)
    return RankedDocuments(places, similarities[places], rank, float(similarities[answer]))


def document_role(place: int, answer: int, by_words: FloatArray) -> Role:
    """The role of the document at index `place` for a query with that `answer`.

    Keyword-heavy is a wrong document with a keyword similarity of at least KEYWORD_HEAVY and at least that of the
    answer. `by_words` [documents] are the keyword similarities.
    """
    if place == answer:
        return "answer"
    return "keyword-heavy" if by_words[place] >= max(KEYWORD_HEAVY, float(by_words[answer])) else "other"


def frequent_words(documents: Sequence[str]) -> frozenset[str]:
    """Words in more than a fifth of the documents and in more than five, such as "the"."""
    counts = Counter(word for text in documents for word in set(words_of(text)))
    return frozenset(
        word for word, count in counts.items() if count > max(FREQUENT_SHARE * len(documents), FREQUENT_LEAST)
    )


def shared_parts(text: str, query: str, frequent: frozenset[str] = frozenset()) -> list[tuple[str, bool]]:
    """`text` in parts, each with whether it is also a word of `query` and not `frequent`.

    The concatenated parts are `text`. In scripts without spaces a part is one character.
    """
    wanted = set(words_of(query)) - frequent
    parts: list[tuple[str, bool]] = []
    for part in _WORD_SPLIT.split(text):
        pieces = list(part) if len(words_of(part)) > 1 else [part]
        parts += [(piece, bool(wanted.intersection(words_of(piece)))) for piece in pieces if piece]
    return parts


def grade_agreement(pairs: GradedPairs, h_a: FloatArray, h_b: FloatArray) -> Agreement:
    """Agreement of the cosines of `h_a` and `h_b` [pairs, d] with the grades: STS, arXiv:2104.08821, section 5."""
    cosines: FloatArray = (finite_unit_rows(h_a) * finite_unit_rows(h_b)).sum(axis=1)
    return Agreement(cosines, spearman(cosines, pairs.grades))


def keyword_agreement(pairs: GradedPairs) -> Agreement:
    """Agreement of TF-IDF with the grades, with weights from the sentences of all pairs."""
    count = len(pairs.a)
    found = keyword_similarities(pairs.a, (*pairs.a, *pairs.b))
    values = found[np.arange(count), count + np.arange(count)]
    return Agreement(values, spearman(values, pairs.grades))


def evenly_spaced(count: int, most: int) -> RowIndices:
    """Indices of at most `most` of `count` items, evenly spaced from the first to the last."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)
