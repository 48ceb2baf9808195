"""The modality gap and zero-shot classes against plain arithmetic."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.insight.text.modality_gap import (
    Accuracies,
    accuracies,
    class_embeddings,
    classify_zero_shot,
    modality_gap,
    parted_share,
)


def _rows(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _unit(row: np.ndarray) -> np.ndarray:
    unit: np.ndarray = row / np.sqrt((row**2).sum())
    return unit


def test_gap_of_opposite_and_of_equal_kinds() -> None:
    one, other = np.array([[3.0, 0], [1, 0]]), np.array([[-2.0, 0], [-5, 0], [-1, 0]])
    assert modality_gap(one, other) == pytest.approx(2)
    assert modality_gap(_rows(0, 20, 5), _rows(0, 20, 5)) == 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 100))
def test_gap_is_that_of_a_loop_and_lengths_do_not_matter(seed: int, scale: float) -> None:
    image, text = _rows(seed, 7, 4), _rows(seed + 1, 9, 4)
    means = [sum(_unit(row) for row in rows) / len(rows) for rows in (image, text)]
    expected = math.sqrt(sum((a - b) ** 2 for a, b in zip(*means, strict=True)))
    assert modality_gap(image * scale, text) == pytest.approx(expected, rel=1e-4)
    assert 0 <= modality_gap(image, text) <= 2


def test_parted_share_is_that_of_a_loop() -> None:
    image = _rows(0, 30, 3)
    text = image + 0.7 * _rows(1, 30, 3)
    parted = 0
    for i in range(30):
        others = [float(_unit(image[i]) @ _unit(image[j])) for j in range(30) if j != i]
        parted += max(others) >= float(_unit(image[i]) @ _unit(text[i]))
    assert 0 < parted < 30
    assert parted_share(image, text) == pytest.approx(parted / 30)


def test_parted_share_of_cones_and_of_equal_halves() -> None:
    image = np.eye(4, dtype=np.float32)
    assert parted_share(image, image) == 0
    assert parted_share(image, -image) == 1
    assert parted_share(np.ones((5, 3)), np.ones((5, 3))) == 1  # all in one place: no image knows its text
    assert math.isnan(parted_share(image[:1], image[:1]))


def test_more_images_than_are_looked_at_at_a_time() -> None:
    image = _rows(2, 1100, 16)
    assert parted_share(image, image + 0.01 * _rows(3, 1100, 16)) < 0.01
    assert parted_share(image, np.roll(image, 7, axis=0)) > 0.95


def test_a_class_is_the_mean_direction_of_its_prompts() -> None:
    prompts = _rows(0, 3, 5, 8)
    found = class_embeddings(prompts)
    for row, own in zip(found, prompts, strict=True):
        np.testing.assert_allclose(row, _unit(np.sum([_unit(prompt) for prompt in own], axis=0)), atol=1e-6)
    np.testing.assert_allclose(class_embeddings(prompts * np.arange(1, 6)[:, None]), found, atol=1e-6)


def test_zero_shot_takes_the_most_similar_class() -> None:
    classes = np.array([[1.0, 0], [0, 2], [-1, 0]])
    predicted, scores = classify_zero_shot(np.array([[5.0, 1], [-1, 0.1], [0.2, 0.3]]), classes)
    assert predicted.tolist() == [0, 2, 1]
    assert predicted.dtype == np.int64
    assert scores[1].tolist() == pytest.approx(
        [-math.cos(math.atan(0.1)), math.sin(math.atan(0.1)), math.cos(math.atan(0.1))]
    )


def test_what_is_no_number_is_called_something() -> None:
    predicted, scores = classify_zero_shot(np.array([[np.nan, 1]]), np.eye(2))
    assert predicted.tolist() == [0]
    assert np.isfinite(scores).all()


def test_accuracies_by_what_was_held_out() -> None:
    predicted, labels = np.array([0, 1, 2, 2, 0]), np.array([0, 1, 1, 2, 1])
    held_out = np.array([False, False, False, True, True])
    assert accuracies(predicted, labels, held_out) == Accuracies(0.6, 2 / 3, 0.5)
    assert accuracies(predicted, labels, np.zeros(5, np.bool_)) == Accuracies(0.6, 0.6, None)
    assert accuracies(predicted[:0], labels[:0], held_out[:0]) == Accuracies(None, None, None)
