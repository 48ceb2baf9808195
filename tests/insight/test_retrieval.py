"""Ranks and their figures against loops, scikit-learn and scipy; chance against drawing at random."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import label_ranking_average_precision_score

from playground.insight.retrieval import (
    chance_mrr,
    chance_recall,
    equal_texts,
    mean_reciprocal_rank,
    rank_both_ways,
    ranks,
    recall_at,
    spearman,
)


def _similarities(seed: int, queries: int, documents: int, *, levels: int = 0) -> np.ndarray:
    """With `levels` there are that many values only: many ties."""
    random = np.random.default_rng(seed)
    if levels:
        return random.integers(levels, size=(queries, documents)).astype(np.float32)
    return random.normal(size=(queries, documents)).astype(np.float32)


def _naive(row: np.ndarray, answers: np.ndarray) -> int:
    """The best place of an answer where all wrong ones that are as similar come first."""
    best = max(value for value, right in zip(row, answers, strict=True) if right)
    return 1 + sum(bool(value >= best) for value, right in zip(row, answers, strict=True) if not right)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    queries=st.integers(1, 6),
    documents=st.integers(1, 9),
    levels=st.sampled_from([0, 1, 3]),
)
def test_ranks_are_those_of_a_loop(seed: int, queries: int, documents: int, levels: int) -> None:
    similarities = _similarities(seed, queries, documents, levels=levels)
    random = np.random.default_rng(seed)
    places = random.integers(documents, size=queries)
    answers = random.random((queries, documents)) < 0.3
    answers[np.arange(queries), places] = True
    one = [_naive(row, np.arange(documents) == place) for row, place in zip(similarities, places, strict=True)]
    several = [_naive(row, right) for row, right in zip(similarities, answers, strict=True)]
    assert ranks(similarities, places).tolist() == one
    assert ranks(similarities, answers).tolist() == several


def test_reciprocal_rank_is_label_ranking_precision_of_one_answer() -> None:
    """scikit-learn counts ties against the answer as well."""
    for levels in (0, 4):
        similarities, places = _similarities(1, 50, 20, levels=levels), np.arange(50) % 20
        theirs = label_ranking_average_precision_score(places[:, None] == np.arange(20), similarities)
        assert mean_reciprocal_rank(ranks(similarities, places)) == pytest.approx(theirs)


def test_equal_embeddings_find_nothing() -> None:
    assert ranks(np.ones((4, 10), np.float32), np.arange(4)).tolist() == [10] * 4


def test_what_is_no_number_comes_last_where_it_is_the_answer_and_before_where_it_is_not() -> None:
    similarities = np.array([[np.nan, 0.1, 0.2], [0.9, np.nan, 0.1], [np.nan] * 3], np.float32)
    assert ranks(similarities, np.array([0, 0, 1])).tolist() == [3, 2, 3]
    assert ranks(similarities[:1], np.array([[True, False, True]])).tolist() == [1]


@pytest.mark.parametrize(
    "relevant", [np.array([0, 3]), np.array([0, -1]), np.zeros((2, 3), np.bool_), np.ones((2, 2), np.bool_)]
)
def test_a_query_without_an_answer(relevant: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Every query needs an answer"):
        ranks(_similarities(0, 2, 3), relevant)


def test_recall() -> None:
    found = np.array([1, 2, 2, 5, 11])
    assert [recall_at(found, k) for k in (1, 2, 5, 10, 11)] == [0.2, 0.6, 0.8, 0.8, 1.0]
    assert math.isnan(recall_at(found[:0], 1))
    assert math.isnan(mean_reciprocal_rank(found[:0]))


@pytest.mark.parametrize(("k", "documents", "relevant"), [(1, 10, 1), (5, 10, 1), (5, 10, 3), (20, 10, 1), (3, 4, 2)])
def test_chance_is_what_random_similarities_give(k: int, documents: int, relevant: int) -> None:
    queries = 40_000
    answers = np.tile(np.arange(documents) < relevant, (queries, 1))
    found = ranks(_similarities(0, queries, documents), answers)
    assert recall_at(found, k) == pytest.approx(chance_recall(k, documents, relevant), abs=0.01)
    if relevant == 1:
        assert mean_reciprocal_rank(found) == pytest.approx(chance_mrr(documents), abs=0.01)


def test_chance_of_one_answer() -> None:
    assert chance_recall(5, 1000) == pytest.approx(0.005)
    assert chance_mrr(3) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_an_equal_caption_is_as_right_as_ones_own() -> None:
    texts = ("a star", "a disc", "a star")
    assert equal_texts(texts).tolist() == [[True, False, True], [False, True, False], [True, False, True]]
    similarities = np.array([[0.1, 0.5, 0.9], [0.8, 0.7, 0.2], [0.3, 0.2, 0.1]], np.float32)
    found = rank_both_ways(similarities, texts)
    assert found.texts_of_images.tolist() == [1, 2, 1]
    assert found.images_of_texts.tolist() == [2, 1, 1]


def test_both_ways_of_different_texts_are_diagonals() -> None:
    similarities = _similarities(3, 12, 12)
    found = rank_both_ways(similarities, [str(n) for n in range(12)])
    np.testing.assert_array_equal(found.texts_of_images, ranks(similarities, np.arange(12)))
    np.testing.assert_array_equal(found.images_of_texts, ranks(similarities.T, np.arange(12)))


def test_spearman_is_pearson_of_ranks() -> None:
    random = np.random.default_rng(0)
    a, b = random.integers(5, size=60), random.normal(size=60)
    expected = np.corrcoef(stats.rankdata(a), stats.rankdata(b))[0, 1]
    assert spearman(a.astype(np.float32), b) == pytest.approx(expected)
    assert spearman(b, np.exp(b)) == pytest.approx(1)


@pytest.mark.parametrize("a", [[1.0], [2.0, 2.0, 2.0], [1.0, np.nan, 2.0]])
def test_no_correlation_where_there_is_nothing_to_rank(a: list[float]) -> None:
    values = np.array(a)
    assert math.isnan(spearman(values, np.arange(len(a), dtype=float)))
    assert math.isnan(spearman(np.arange(len(a), dtype=float), values))
