"""Images and captions compared, against plain loops and the functions that compare all pairs at once."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.insight.retrieval import rank_both_ways
from playground.insight.text.image_text import (
    PairComparison,
    chance_pair_recall,
    compare_pairs,
    confused_rows,
    joint_map,
    make_pair_batch,
    mixed_rows,
    number_texts,
    wrong_captions,
    wrong_images,
)
from playground.insight.text.modality_gap import modality_gap


def _rows(seed: int, n: int, d: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def _texts(seed: int, n: int, different: int) -> list[str]:
    return [f"caption {number}" for number in np.random.default_rng(seed).integers(different, size=n)]


def _cosines(image: np.ndarray, text: np.ndarray) -> np.ndarray:
    unit = [z / np.linalg.norm(z, axis=1, keepdims=True) for z in (image, text)]
    return np.asarray(unit[0] @ unit[1].T)


def test_equal_texts_have_equal_numbers() -> None:
    assert number_texts(["b", "a", "b", "<c>"]).tolist() == [2, 1, 2, 0]
    assert number_texts([]).tolist() == []


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 40), different=st.integers(1, 40))
def test_ranks_are_those_of_all_pairs_at_once(seed: int, n: int, different: int) -> None:
    image, text, texts = _rows(seed, n), _rows(seed + 1, n), _texts(seed, n, different)
    found = compare_pairs(image, text, number_texts(texts))
    expected = rank_both_ways(_cosines(image, text).astype(np.float32), texts)
    assert found.caption_ranks.tolist() == expected.texts_of_images.tolist()
    assert found.image_ranks.tolist() == expected.images_of_texts.tolist()
    assert found.gap == modality_gap(image, text)


def test_the_rival_is_the_most_similar_caption_that_is_no_right_one() -> None:
    image, text, texts = _rows(0, 30), _rows(1, 30), _texts(2, 30, 8)
    cosines, found = _cosines(image, text), compare_pairs(image, text, number_texts(texts))
    for i in range(30):
        wrong = {j: cosines[i, j] for j in range(30) if texts[j] != texts[i]}
        right = max(cosines[i, j] for j in range(30) if texts[j] == texts[i])
        assert found.rivals[i] == max(wrong, key=wrong.__getitem__)
        assert found.lead[i] == pytest.approx(max(wrong.values()) - right, abs=1e-5)
        assert (found.lead[i] < 0) == (found.caption_ranks[i] == 1)


def test_more_pairs_than_are_compared_at_a_time() -> None:
    image = _rows(0, 1100, 16)
    found = compare_pairs(image, image + 0.1 * _rows(1, 1100, 16), np.arange(1100))
    assert found.recall(1) == (1, 1)
    assert compare_pairs(image, np.roll(image, 1, axis=0), np.arange(1100)).recall(1) == (0, 0)


def test_a_collapsed_encoder_finds_nothing_and_one_that_diverged_does_no_harm() -> None:
    ones = np.ones((12, 4), np.float32)
    assert compare_pairs(ones, ones, np.arange(12)).recall(5) == (0, 0)
    found = compare_pairs(np.full((12, 4), np.nan, np.float32), ones, np.arange(12))
    assert found.recall(1) == (0, 0) and np.isfinite(found.lead).all()


def test_where_all_captions_are_equal_none_is_wrong() -> None:
    found = compare_pairs(_rows(0, 9), _rows(1, 9), np.zeros(9, np.int64))
    assert found.recall(1) == (1, 1) and np.isneginf(found.lead).all()
    assert confused_rows(found, 4, 0).tolist() == []
    assert chance_pair_recall(np.zeros(9, np.int64), 1) == 1
    for answers in (wrong_captions, wrong_images):
        assert len(answers(_rows(0, 9), _rows(1, 9), np.zeros(9, np.int64), 2, 3).rows) == 0


@pytest.mark.parametrize("captions", [[0, 1, 2, 3, 4], [0, 0, 1, 2, 2], [0, 0, 0, 0, 1]])
@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_chance_is_that_of_all_orders(captions: list[int], k: int) -> None:
    found = [
        any(captions[document] == captions[query] for document in order[:k])
        for query in range(5)
        for order in permutations(range(5))
    ]
    assert chance_pair_recall(np.array(captions), k) == pytest.approx(sum(found) / len(found))


def test_a_batch_has_as_many_of_each_class_side_by_side() -> None:
    labels = np.repeat(np.arange(4), [50, 30, 5, 15])
    seen = set()
    for number in range(20):
        rows = mixed_rows(np.arange(100), labels, 8, number)
        assert labels[rows].tolist() == [0, 0, 1, 1, 2, 2, 3, 3] and len(set(rows)) == 8
        assert rows.tolist() == mixed_rows(np.arange(100), labels, 8, number).tolist()
        seen.add(tuple(rows))
    assert len(seen) == 20
    assert len(set(mixed_rows(np.arange(100), None, 12, 0))) == 12
    assert len(set(labels[mixed_rows(np.arange(100), labels, 3, 1)])) == 3  # fewer than there are classes


def test_equal_captions_come_into_a_batch_last() -> None:
    captions = np.repeat(np.arange(12), 5)
    labels = captions // 3  # four classes of three captions each
    for number in range(10):
        assert len(set(captions[mixed_rows(captions, labels, 12, number)])) == 12
        many = mixed_rows(captions, labels, 16, number)
        assert len(set(many)) == 16 and np.bincount(labels[many]).tolist() == [4, 4, 4, 4]


def test_confused_pairs_come_with_the_pair_they_are_taken_for() -> None:
    lead = np.array([0.1, 0.5, -0.2, 0.3, -0.4, -np.inf], np.float32)
    rivals = np.array([4, 3, 0, 1, 2, 0])
    paired = PairComparison(np.ones(6, np.int64), np.ones(6, np.int64), lead, rivals, 0.5)
    assert confused_rows(paired, 2, 0).tolist() == [1, 3]  # and the other way round, which adds nothing
    assert confused_rows(paired, 2, 1).tolist() == [0, 4]
    assert confused_rows(paired, 2, 2).tolist() == [2]
    assert confused_rows(paired, 2, 3).tolist() == [1, 3]  # from the beginning


def test_a_batch_is_its_pairs_with_each_other() -> None:
    image, text, captions = _rows(0, 20), _rows(1, 20), np.arange(20) // 2
    rows = np.array([3, 7, 2, 11])
    batch = make_pair_batch(image, text, captions, rows)
    np.testing.assert_allclose(batch.cosines, _cosines(image, text)[np.ix_(rows, rows)], atol=1e-6)
    expected = np.eye(4, dtype=bool)
    expected[0, 2] = expected[2, 0] = True  # 3 and 2 are described alike
    assert (batch.right == expected).all()
    best = [any(batch.cosines[i, j] == max(batch.cosines[i]) for j in np.flatnonzero(expected[i])) for i in range(4)]
    assert batch.found == sum(best)


@pytest.mark.parametrize("temperature", [1.0, 0.07, 0.01])
def test_probabilities_and_loss_by_a_loop(temperature: float) -> None:
    batch = make_pair_batch(_rows(0, 8), _rows(1, 8), np.arange(8), np.arange(8))
    raised = np.exp(batch.cosines.astype(np.float64) / temperature)
    losses = []
    for i in range(8):
        losses += [-math.log(raised[i, i] / raised[i].sum()), -math.log(raised[i, i] / raised[:, i].sum())]
        np.testing.assert_allclose(batch.probabilities(temperature)[i], raised[i] / raised[i].sum(), atol=1e-5)
    assert batch.loss(temperature) == pytest.approx(sum(losses) / 16, rel=1e-4)


def test_wrong_answers_are_the_most_similar_ones_and_each_caption_comes_once() -> None:
    image, text, captions = _rows(0, 40), _rows(1, 40), np.random.default_rng(3).integers(12, size=40)
    cosines = _cosines(image, text)
    found = wrong_captions(image, text, captions, 5, 6)
    told = captions[found.rows].tolist()
    assert captions[5] not in told and len(set(told)) == 6
    best = sorted((max(cosines[5, captions == c]) for c in set(captions) - {captions[5]}), reverse=True)[:6]
    np.testing.assert_allclose(found.cosines, best, atol=1e-6)
    assert found.ranks.tolist() == [1 + int((cosines[5] > cosines[5, row]).sum()) for row in found.rows]
    images = wrong_images(image, text, captions, 5, 6)
    wrong = np.flatnonzero(captions != captions[5])
    assert images.rows.tolist() == wrong[np.argsort(-cosines[wrong, 5])][:6].tolist()


def test_the_map_holds_both_kinds_and_lies_as_the_one_before() -> None:
    image, text = _rows(0, 30) + 3, _rows(1, 30) - 3
    xy = joint_map(image, text)
    assert xy.shape == (60, 2)
    apart = np.linalg.norm(xy[:30].mean(axis=0) - xy[30:].mean(axis=0))
    assert apart > 2 * xy[:30].std()
    np.testing.assert_allclose(joint_map(image, text, -xy), -xy, atol=1e-4)
