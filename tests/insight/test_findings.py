"""What an evaluation finds: confusions, and which labels may be used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix as reference

from playground.insight.evaluation import LABEL_SHARES, confusion_matrix, draw_labelled, normalise_rows


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_confusions_are_scikit_learns(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels, predicted = rng.integers(0, classes, (2, 300))
    found = confusion_matrix(labels, predicted, classes)
    np.testing.assert_array_equal(found, reference(labels, predicted, labels=range(classes)))
    np.testing.assert_allclose(
        normalise_rows(found), reference(labels, predicted, labels=range(classes), normalize="true"), rtol=1e-6
    )


def test_a_class_without_images_has_a_row_of_no_numbers() -> None:
    counts = confusion_matrix(np.array([0, 0, 2]), np.array([0, 1, 1]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 0]]
    shares = normalise_rows(counts)
    assert np.isnan(shares[1]).all()
    assert shares[[0, 2]].tolist() == [[0.5, 0.5, 0], [0, 1, 0]]


@given(
    sizes=st.lists(st.integers(0, 400), min_size=1, max_size=8).filter(any),
    share=st.floats(0.001, 0.999),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_class_gives_as_many_labels_and_at_least_one(sizes: list[int], share: float, seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes)).astype(np.int64)
    rows = draw_labelled(labels, share, seed)
    assert (np.diff(rows) > 0).all()
    present = sum(size > 0 for size in sizes)
    each = max(1, round(share * len(labels) / present))
    assert np.bincount(labels[rows], minlength=len(sizes)).tolist() == [min(size, each) for size in sizes]


def test_more_labels_hold_the_fewer_ones_and_another_seed_draws_others() -> None:
    labels = np.arange(4000) % 10
    drawn = [draw_labelled(labels, share, 0) for share in LABEL_SHARES]
    assert [len(rows) for rows in drawn] == [40, 400, 4000]
    assert set(drawn[0]) < set(drawn[1]) < set(drawn[2])
    np.testing.assert_array_equal(drawn[0], draw_labelled(labels, 0.01, 0))
    assert set(drawn[0]) != set(draw_labelled(labels, 0.01, 1))
    # Not the same places of each class: the draws of two classes have nothing to do with each other.
    assert len({tuple(drawn[0][labels[drawn[0]] == label] // 10) for label in range(10)}) == 10
