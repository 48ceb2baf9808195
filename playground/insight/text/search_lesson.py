"""The search lesson: how well queries find what answers them, and what misleads a search that counts words. Numpy only;
sklearn and scipy when called.

A document misleads where it repeats the words of a query and does not answer it.

Search by words alone, which every encoder of sentences has to beat. Numpy; sklearn when called.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.data.sentences.dataset import GradedPairs, Search
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
from playground.text import words_of


def keyword_similarities(queries: Sequence[str], documents: Sequence[str]) -> FloatArray:
    """Cosines of the word counts of queries and documents, [queries, documents], 0 to 1.

    A word counts the less the more documents have it: TF-IDF as in scikit-learn, with its smoothing
    (https://scikit-learn.org/stable/modules/feature_extraction.html#tfidf-term-weighting), learned from the documents.
    The words are those that text encoders read. Order, and words that no document has, count for nothing.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # slow to import, and only needed here

    if not any(map(words_of, documents)):  # of no words at all sklearn makes an error
        return np.zeros((len(queries), len(documents)), np.float32)
    weights = TfidfVectorizer(analyzer=words_of, dtype=np.float32)
    of_documents = weights.fit_transform(documents)
    return np.asarray((weights.transform(queries) @ of_documents.T).toarray(), np.float32)


Places = NDArray[np.int64]
Role = Literal["answer", "keyword-heavy", "other"]
MOST_QUERIES, MOST_DOCUMENTS = 300, 1500  # that a page tries out: a person's own may be a thousand times as many
HEAVY: Final = 0.4  # keyword similarity from which on a document has most of what a query is about
OFTEN: Final = 0.2  # share of documents from which on a word says nothing of what they are about
FEW: Final = 5  # documents, which a word may always be in
_WORD = re.compile(r"(\w+(?:['\u2019]\w+)*)")


class Score(NamedTuple):
    """Each 0 to 1."""

    recall_at_1: float
    recall_at_5: float
    mrr: float


class Listed(NamedTuple):
    """The documents that come first for a query."""

    places: Places  # [count], the first first
    values: FloatArray  # [count], their similarities
    rank: int  # where the answer comes, 1 is first: further down than `places` go or among them
    answer: float  # its similarity


class Agreement(NamedTuple):
    """Similarities of graded pairs, and their rank correlation with the grades."""

    values: FloatArray  # [pairs]
    spearman: float


def score(found: Ranks) -> Score:
    """Of the ranks of answers."""
    return Score(recall_at(found, 1), recall_at(found, 5), mean_reciprocal_rank(found))


def chance(documents: int) -> Score:
    """Of so many documents in any order, one of which answers."""
    return Score(chance_recall(1, documents), chance_recall(5, documents), chance_mrr(documents))


def groups_of(search: Search) -> dict[str, Places]:
    """The queries of each kind; all together where they are not told apart."""
    if not search.query_kinds:
        return {"all": np.arange(len(search.queries))}
    found = {"keyword-heavy": search.places_of("keyword-heavy"), "ordinary": search.places_of("ordinary")}
    return {name: places for name, places in found.items() if len(places)}


def part_of(search: Search, queries: int = MOST_QUERIES, documents: int = MOST_DOCUMENTS) -> Search:
    """At most so many queries and documents, evenly taken, each query with its answer; all of them where they fit.

    At least the answers are kept: `documents` may be exceeded by them.
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


def hardest_first(here: Ranks, by_words: Ranks) -> Places:
    """The queries in the order in which they are worth a look: `here` are an encoder's ranks, [queries].

    First those whose answer the encoder does not put first, the furthest down first; then those that it gets right
    where words do not; then the rest.
    """
    return np.lexsort((np.arange(len(here)), -by_words, -here)).astype(np.int64)


def listed(similarities: FloatArray, answer: int, count: int) -> Listed:
    """The first `count` documents by `similarities` [documents]; of equal ones the answer comes last, as in `ranks`."""
    order = np.lexsort((np.arange(len(similarities)) == answer, -similarities))
    rank = int(np.flatnonzero(order == answer)[0]) + 1
    places = order[:count].astype(np.int64)
    return Listed(places, similarities[places], rank, float(similarities[answer]))


def role(place: int, answer: int, by_words: FloatArray) -> Role:
    """What the document at `place` is to a query with that `answer`; `by_words` [documents] are keyword similarities.

    Keyword-heavy is a wrong one that has most of what the query is about, and no less of it than the answer.
    """
    if place == answer:
        return "answer"
    return "keyword-heavy" if by_words[place] >= max(HEAVY, float(by_words[answer])) else "other"


def frequent_words(documents: Sequence[str]) -> frozenset[str]:
    """Those in more than a fifth of the documents, and in more than five, such as "the": to share them says nothing."""
    counts = Counter(word for text in documents for word in set(words_of(text)))
    return frozenset(word for word, count in counts.items() if count > max(OFTEN * len(documents), FEW))


def shared_parts(text: str, query: str, frequent: frozenset[str] = frozenset()) -> list[tuple[str, bool]]:
    """`text` in parts, each with whether it is a word of `query` too that is not `frequent`.

    All parts together are `text`. Where words are written without spaces a part is one character.
    """
    wanted = set(words_of(query)) - frequent
    parts: list[tuple[str, bool]] = []
    for part in _WORD.split(text):
        pieces = list(part) if len(words_of(part)) > 1 else [part]
        parts += [(piece, bool(wanted.intersection(words_of(piece)))) for piece in pieces if piece]
    return parts


def agreement(pairs: GradedPairs, h_a: FloatArray, h_b: FloatArray) -> Agreement:
    """Of the cosines of `h_a` [pairs, d] with `h_b` [pairs, d]: STS, as in SimCSE, arXiv:2104.08821, section 5."""
    cosines: FloatArray = (finite_unit_rows(h_a) * finite_unit_rows(h_b)).sum(axis=1)
    return Agreement(cosines, spearman(cosines, pairs.grades))


def keyword_agreement(pairs: GradedPairs) -> Agreement:
    """The same of TF-IDF, with the weights of words from the sentences of all pairs."""
    count = len(pairs.a)
    found = keyword_similarities(pairs.a, (*pairs.a, *pairs.b))
    values = found[np.arange(count), count + np.arange(count)]
    return Agreement(values, spearman(values, pairs.grades))


def evenly_spaced(count: int, most: int) -> Places:
    """At most `most` of `count` places, from the first to the last."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)
