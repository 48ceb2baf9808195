"""The search lesson's figures, against naive ways to the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data.sentences.dataset import DocumentKind, GradedPairs, QueryKind, Search
from playground.insight.retrieval import ranks
from playground.insight.text.search_lesson import (
    chance_score,
    document_role,
    frequent_words,
    grade_agreement,
    keyword_agreement,
    limit_search,
    order_by_hardness,
    query_groups,
    rank_documents,
    score_ranks,
    shared_parts,
)

SEARCH = Search(
    ("a", "b", "c"), ("x", "y", "z", "w"), np.array([2, 0, 3]), ("answer", "other", "answer", "answer"),
    ("ordinary", "keyword-heavy", "ordinary"),
)  # fmt: skip


def test_score_and_chance() -> None:
    assert score_ranks(np.array([1, 2, 6])) == pytest.approx((1 / 3, 2 / 3, (1 + 1 / 2 + 1 / 6) / 3))
    assert chance_score(10) == pytest.approx((0.1, 0.5, sum(1 / place for place in range(1, 11)) / 10))
    assert chance_score(3).recall_at_5 == 1


def test_chance_is_what_any_order_gives() -> None:
    """Twenty thousand queries with random similarities."""
    values = np.random.default_rng(0).random((20_000, 12)).astype(np.float32)
    found = score_ranks(ranks(values, np.zeros(len(values), np.int64)))
    np.testing.assert_allclose(found, chance_score(12), atol=0.01)


def test_groups() -> None:
    assert {name: places.tolist() for name, places in query_groups(SEARCH).items()} == {
        "keyword-heavy": [1], "ordinary": [0, 2],
    }  # fmt: skip
    plain = Search(SEARCH.queries, SEARCH.documents, SEARCH.relevant)
    assert query_groups(plain)["all"].tolist() == [0, 1, 2]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(0, 50), st.booleans())
def test_a_part_keeps_each_query_with_its_answer(
    queries: int, documents: int, most: int, most_documents: int, kinds: bool
) -> None:
    relevant = np.random.default_rng(queries).integers(0, documents, queries)
    of_document: tuple[DocumentKind, ...] = tuple("other" for _ in range(documents * kinds))
    of_query: tuple[QueryKind, ...] = tuple("ordinary" for _ in range(queries * kinds))
    whole = Search(
        tuple(f"q{number}" for number in range(queries)), tuple(f"d{number}" for number in range(documents)), relevant,
        of_document, of_query,
    )  # fmt: skip
    part = limit_search(whole, most, most_documents)
    answers = {query: whole.documents[place] for query, place in zip(whole.queries, relevant, strict=True)}
    assert len(part.queries) == min(most, queries) == len(set(part.queries))
    needed = {answers[query] for query in part.queries}
    assert len(part.documents) == min(documents, max(most_documents, len(needed))) == len(set(part.documents))
    assert [part.documents[place] for place in part.relevant] == [answers[query] for query in part.queries]
    assert len(part.kinds) == len(part.documents) * kinds and len(part.query_kinds) == len(part.queries) * kinds
    if most >= queries and most_documents >= documents:
        assert (part.queries, part.documents) == (whole.queries, whole.documents)


def test_the_hardest_come_first() -> None:
    here, by_words = np.array([1, 1, 9, 2, 1, 9]), np.array([1, 5, 1, 7, 8, 3])
    assert order_by_hardness(here, by_words).tolist() == [5, 2, 3, 4, 1, 0]


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5]), min_size=1, max_size=12), st.data())
def test_a_list_fits_the_ranks(values: list[float], data: st.DataObject) -> None:
    similarities = np.array(values, np.float32)
    answer = data.draw(st.integers(0, len(values) - 1))
    found = rank_documents(similarities, answer, 4)
    assert found.rank == ranks(similarities[None], np.array([answer]))[0]
    assert found.answer == similarities[answer]
    assert found.values.tolist() == sorted(values, reverse=True)[:4] == similarities[found.places].tolist()
    if found.rank <= len(found.places):
        assert found.places[found.rank - 1] == answer


@pytest.mark.parametrize(
    ("by_words", "expected"),
    [
        ([0.1, 0.7, 0.39, 0.4], ["answer", "keyword-heavy", "other", "keyword-heavy"]),
        ([0.8, 0.7, 0.8, 0.0], ["answer", "other", "keyword-heavy", "other"]),
    ],
)
def test_what_a_document_is_to_a_query(by_words: list[float], expected: list[str]) -> None:
    assert [document_role(place, 0, np.array(by_words, np.float32)) for place in range(4)] == expected


def test_frequent_words() -> None:
    documents = ["the cat", "the dog", "The the fish", "a bird", "the end", "the way", "the sea"]
    assert frequent_words(documents) == {"the"}
    assert frequent_words([]) == frozenset()


def test_shared_words_are_told() -> None:
    parts = shared_parts('"Why the Frogman\'s dog shot" it.', "why was the frogman's dog there?", frozenset({"the"}))
    assert [part for part, shared in parts if shared] == ["Why", "Frogman's", "dog"]
    assert [part for part, shared in shared_parts("犬が走る", "犬は?") if shared] == ["犬"]


@given(st.text(), st.text())
def test_parts_are_the_text(text: str, query: str) -> None:
    parts = shared_parts(text, query)
    assert "".join(part for part, _ in parts) == text
    assert all(part[0].isalnum() or part[0] == "_" or not shared for part, shared in parts)


def test_agreement_of_cosines_with_grades() -> None:
    pairs = GradedPairs(("a b", "a b", "a b"), ("a b", "a c", "d e"), np.array([1, 0.5, 0], np.float32))
    a = np.array([[2, 0], [1, 0], [1, 0]], np.float32)
    found = grade_agreement(pairs, a, np.array([[3, 0], [1, 1], [0, 1]], np.float32))
    np.testing.assert_allclose(found.values, [1, 0.5**0.5, 0], atol=1e-6)
    assert found.spearman == pytest.approx(1)
    assert np.isnan(grade_agreement(pairs, a, a * 0).spearman)
    words = keyword_agreement(pairs)
    assert words.values[0] == pytest.approx(1) and 0 < words.values[1] < 1 and words.values[2] == 0
    assert words.spearman == pytest.approx(1)
