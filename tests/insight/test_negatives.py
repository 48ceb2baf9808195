"""Negatives and positives, their weights and what follows from them, against loops over all pairs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.insight.negatives import (
    ANCHOR_CHUNK,
    HARDNESS_BLOCK,
    Anchors,
    HardNegatives,
    Weighing,
    compare_anchors,
    hardest_anchors,
    hardness,
    row_cosines,
    same_class,
    view_losses,
    weigh_all,
)

N, D = 12, 5


def _rows(n: int = N, d: int = D, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def hardest_negatives(
    z: NDArray[np.float32], *, temperature: float, anchors: int, negatives: int, labels: NDArray[np.int64] | None = None
) -> HardNegatives:
    """As the page asks for them."""
    rows = hardest_anchors(hardness(z), anchors, labels)
    return compare_anchors(z, rows, negatives=negatives, alike=same_class(labels)).at(temperature)


def _cosine(z: NDArray[np.float32]) -> NDArray[np.float64]:
    unit = z.astype(np.float64) / np.linalg.norm(z, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


def _naive_weights(cosine: NDArray[np.float64], anchor: int, temperature: float) -> dict[int, float]:
    """Share of each other row in the softmax over all other rows."""
    others = [j for j in range(len(cosine)) if j != anchor]
    top = max(cosine[anchor, j] for j in others)
    raised = {j: math.exp((cosine[anchor, j] - top) / temperature) for j in others}
    return {j: value / sum(raised.values()) for j, value in raised.items()}


@settings(max_examples=25, deadline=None)
@given(
    st.integers(2, N), st.integers(1, 15), st.integers(1, 15), st.integers(0, 99), st.sampled_from((0.01, 0.1, 10.0))
)
def test_each_anchor_has_its_most_similar_rows_in_order(
    n: int, anchors: int, negatives: int, seed: int, temperature: float
) -> None:
    z = _rows(n, seed=seed)
    cosine = _cosine(z)
    found = hardest_negatives(z, temperature=temperature, anchors=anchors, negatives=negatives)
    k = min(negatives, n - 1)
    assert found.anchors.shape == (min(anchors, n),)
    assert found.negatives.shape == found.similarities.shape == found.weights.shape == (min(anchors, n), k)
    for anchor, rows, similarities, weights in zip(
        found.anchors, found.negatives, found.similarities, found.weights, strict=True
    ):
        assert anchor not in rows
        hardest = sorted((cosine[anchor, j] for j in range(n) if j != anchor), reverse=True)[:k]
        np.testing.assert_allclose(similarities, hardest, atol=1e-6)
        np.testing.assert_allclose(cosine[anchor, rows], similarities, atol=1e-6)
        expected = _naive_weights(cosine, int(anchor), temperature)
        np.testing.assert_allclose(weights, [expected[int(j)] for j in rows], rtol=2e-4, atol=1e-6)
    assert (np.diff(found.similarities[:, 0]) <= 1e-6).all()


@pytest.mark.parametrize("temperature", [1e-3, 0.1, 10.0])
def test_weights_of_all_negatives_are_one_together(temperature: float) -> None:
    found = hardest_negatives(_rows(), temperature=temperature, anchors=N, negatives=N - 1)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)
    assert np.isfinite(found.weights).all()
    assert (found.weights >= 0).all()
    assert (np.diff(found.weights, axis=1) <= 1e-7).all()


def test_a_low_temperature_sees_the_hardest_alone() -> None:
    found = hardest_negatives(_rows(), temperature=1e-3, anchors=1, negatives=3)
    assert found.weights[0, 0] > 0.99
    even = hardest_negatives(_rows(), temperature=10.0, anchors=1, negatives=3)
    np.testing.assert_allclose(even.weights, 1 / (N - 1), rtol=0.2)


def test_without_labels_the_hardest_come_first() -> None:
    z = _rows()
    cosine = _cosine(z)
    np.fill_diagonal(cosine, -2)
    found = hardest_negatives(z, temperature=0.1, anchors=5, negatives=1)
    np.testing.assert_allclose(cosine.max(axis=1)[found.anchors], np.sort(cosine.max(axis=1))[::-1][:5], atol=1e-6)


@pytest.mark.parametrize("anchors", [1, 3, 4, 7, N])
def test_one_anchor_a_class_as_long_as_there_are_classes(anchors: int) -> None:
    z, labels = _rows(), np.arange(N, dtype=np.int64) % 4
    cosine = _cosine(z)
    np.fill_diagonal(cosine, -2)
    hardest = cosine.max(axis=1)
    found = hardest_negatives(z, temperature=0.1, anchors=anchors, negatives=2, labels=labels)
    leading, rest = found.anchors[:4], found.anchors[4:]
    assert len(set(labels[leading])) == len(leading) == min(anchors, 4)
    for anchor in leading:
        assert hardest[anchor] == pytest.approx(hardest[labels == labels[anchor]].max(), abs=1e-6)
    for part in (leading, rest):
        assert (np.diff(hardest[part]) <= 1e-6).all()
    assert len(set(found.anchors.tolist())) == anchors


@pytest.mark.parametrize("n", [2, HARDNESS_BLOCK - 1, HARDNESS_BLOCK, HARDNESS_BLOCK + 1, 3 * HARDNESS_BLOCK + 7])
def test_each_image_is_as_hard_as_its_nearest_other_one(n: int) -> None:
    z = _rows(n)
    cosine = _cosine(z)
    np.fill_diagonal(cosine, -2)
    found = hardness(z)
    np.testing.assert_allclose(found, cosine.max(axis=1), atol=1e-6)
    nearest = cosine.argmax(axis=1)
    mutual = nearest[nearest] == np.arange(n)
    np.testing.assert_array_equal(found[mutual], found[nearest[mutual]])  # to the bit: a pair is compared once


def test_no_image_is_harder_than_the_same_image() -> None:
    z = np.repeat(_rows(40, 64), 2, axis=0)
    assert hardness(z).max() <= 1
    np.testing.assert_allclose(hardness(z), 1, atol=1e-6)
    assert hardness(np.array([[1, 0], [-1, 0]], np.float32)).tolist() == [-1, -1]


def test_a_planted_pair_is_found() -> None:
    z = np.eye(8, dtype=np.float32)
    z[5] = z[2] + 0.1 * z[5]
    found = hardest_negatives(z, temperature=0.1, anchors=2, negatives=1)
    assert {tuple(pair) for pair in zip(found.anchors.tolist(), found.negatives[:, 0].tolist(), strict=True)} == {
        (2, 5),
        (5, 2),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1])
def test_where_there_are_no_others_there_is_nothing_to_see(n: int) -> None:
    found = hardest_negatives(_rows(n), temperature=0.1, anchors=4, negatives=6)
    assert found.negatives.shape == found.similarities.shape == found.weights.shape == (len(found.anchors), 0)
    assert len(found.anchors) == 0
    with_labels = hardest_negatives(_rows(n), temperature=0.1, anchors=4, negatives=6, labels=np.zeros(n, np.int64))
    assert len(with_labels.anchors) == 0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_equal_embeddings_weigh_all_alike(value: float) -> None:
    found = hardest_negatives(np.full((N, D), value, np.float32), temperature=1e-3, anchors=3, negatives=N - 1)
    np.testing.assert_allclose(found.weights, 1 / (N - 1), rtol=1e-3)


def test_what_is_no_number_is_no_error() -> None:
    found = hardest_negatives(np.full((N, D), np.nan, np.float32), temperature=0.1, anchors=3, negatives=2)
    assert found.negatives.shape == (3, 2)
    assert np.isfinite(found.similarities).all() and np.isfinite(found.weights).all()


TEMPERATURES = st.sampled_from((0.001, 0.03, 0.1, 1.0, 10.0))


def _labels(n: int, classes: int, seed: int = 0) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, classes, n)


def _views(z: NDArray[np.float32], seed: int = 1) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).standard_normal(z.shape)
    return (z + 0.5 * noise).astype(np.float32)


def _naive_effective(cosine: NDArray[np.float64], anchor: int, temperature: float) -> float:
    weights = _naive_weights(cosine, anchor, temperature).values()
    return math.exp(-sum(weight * math.log(weight) for weight in weights if weight > 0))


def _shares(weighing: Weighing) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert weighing.alike_share is not None and weighing.even_share is not None
    return weighing.alike_share, weighing.even_share


def _naive_loss(z: NDArray[np.float32], view: NDArray[np.float32], i: int, temperature: float) -> float:
    """-log of the share of the view among itself and the other images, shifted by the largest."""
    cosine = _cosine(np.concatenate([z, view[[i]]]))[i]
    candidates = [len(z), *(j for j in range(len(z)) if j != i)]
    top = max(cosine[j] for j in candidates)
    total = sum(math.exp((cosine[j] - top) / temperature) for j in candidates)
    return float(math.log(total) - (cosine[len(z)] - top) / temperature)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, N), st.integers(0, 99), TEMPERATURES, st.integers(1, 4))
def test_every_figure_of_chosen_anchors_is_that_of_the_loops(
    n: int, seed: int, temperature: float, classes: int
) -> None:
    z, labels = _rows(n, seed=seed), _labels(n, classes, seed)
    view = _views(z, seed)
    rows = np.random.default_rng(seed).permutation(n)[:3]
    cosine = _cosine(z)
    found = compare_anchors(z, rows, negatives=4, z_view=view, alike=same_class(labels)).at(temperature)
    assert found.anchors.tolist() == rows.tolist()
    assert found.positives is not None and found.positive_weights is not None and found.alike is not None
    alike_share, even_share = _shares(found.weighing)
    for place, i in enumerate(rows.tolist()):
        weights = _naive_weights(cosine, i, temperature)
        same = [j for j in weights if labels[j] == labels[i]]
        assert found.weighing.effective[place] == pytest.approx(_naive_effective(cosine, i, temperature), rel=2e-3)
        assert alike_share[place] == pytest.approx(sum(weights[j] for j in same), abs=1e-3)
        assert even_share[place] == pytest.approx(len(same) / (n - 1))
        assert found.alike[place].tolist() == [labels[j] == labels[i] for j in found.negatives[place]]
        assert found.positives[place] == pytest.approx(_cosine(np.stack([z[i], view[i]]))[0, 1], abs=1e-6)
        expected = math.exp(-_naive_loss(z, view, i, temperature))
        assert found.positive_weights[place] == pytest.approx(expected, rel=2e-3, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 40), st.integers(0, 999), st.floats(0.001, 100), st.integers(1, 5))
def test_what_holds_of_all_weights(n: int, seed: int, temperature: float, classes: int) -> None:
    z, labels = _rows(n, seed=seed), _labels(n, classes, seed)
    found = compare_anchors(z, np.arange(n), negatives=n - 1, alike=same_class(labels)).at(temperature)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)
    assert (found.weighing.effective >= 1).all() and (found.weighing.effective <= n - 1).all()
    assert found.alike is not None
    alike_share, _ = _shares(found.weighing)
    others = np.where(found.alike, 0, found.weights).sum(axis=1)
    np.testing.assert_allclose(alike_share + others, 1, atol=1e-5)
    assert (alike_share >= 0).all() and (alike_share <= 1).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 30), st.integers(0, 99))
def test_the_effective_number_grows_with_the_temperature(n: int, seed: int) -> None:
    anchors = compare_anchors(_rows(n, seed=seed), np.arange(n), negatives=1)
    numbers = [anchors.at(temperature).weighing.effective for temperature in (0.001, 0.01, 0.1, 1, 10)]
    assert (np.diff(numbers, axis=0) >= -1e-3).all()


@pytest.mark.parametrize("temperature", [0.001, 0.1, 10.0])
@pytest.mark.parametrize("n", [2, 3, 50])
def test_equally_similar_images_all_count(n: int, temperature: float) -> None:
    for z in (np.eye(n, dtype=np.float32), np.ones((n, D), np.float32)):
        np.testing.assert_allclose(weigh_all(z, temperature).effective, n - 1, rtol=1e-3)


def test_at_a_low_temperature_only_a_unique_hardest_counts() -> None:
    z = np.array([[1, 0], [0.9, 0.1], [0.5, 0.5], [-1, 0.2]], np.float32)
    np.testing.assert_allclose(weigh_all(z, 0.001).effective, 1, atol=1e-3)
    twins = np.array([[1, 0], [1, 0], [1, 0], [-1, 0]], np.float32)
    np.testing.assert_allclose(weigh_all(twins, 0.001).effective, [2, 2, 2, 3], rtol=1e-3)


def test_anchors_weighed_twice_are_compared_once() -> None:
    z = _rows()
    anchors = compare_anchors(z, np.array([3, 1]), negatives=5)
    before = anchors.cosines.copy()
    for temperature in (0.05, 2.0, 0.05):
        again = compare_anchors(z, np.array([3, 1]), negatives=5).at(temperature)
        np.testing.assert_array_equal(anchors.at(temperature).weights, again.weights)
    np.testing.assert_array_equal(anchors.cosines, before)
    np.testing.assert_array_equal(anchors.at(0.05).negatives, anchors.at(2.0).negatives)


def test_the_hardest_are_the_anchors_that_are_compared() -> None:
    z, labels = _rows(), _labels(N, 3)
    rows = hardest_anchors(hardness(z), 5, labels)
    found = hardest_negatives(z, temperature=0.2, anchors=5, negatives=4, labels=labels)
    np.testing.assert_array_equal(found.anchors, rows)
    assert found.alike is not None
    assert hardest_negatives(z, temperature=0.2, anchors=5, negatives=4).alike is None


@pytest.mark.parametrize("n", [ANCHOR_CHUNK - 1, ANCHOR_CHUNK, ANCHOR_CHUNK + 1, 2 * ANCHOR_CHUNK + 7])
def test_images_that_are_taken_in_chunks_have_the_same_figures(n: int) -> None:
    z, labels = _rows(n), _labels(n, 7)
    all_at_once = compare_anchors(z, np.arange(n), negatives=1, z_view=_views(z), alike=same_class(labels)).at(0.1)
    found = weigh_all(z, 0.1, same_class(labels))
    np.testing.assert_allclose(found.effective, all_at_once.weighing.effective, rtol=1e-4)
    for share, expected in zip(_shares(found), _shares(all_at_once.weighing), strict=True):
        np.testing.assert_allclose(share, expected, rtol=1e-3, atol=1e-6)
    assert all_at_once.positive_weights is not None
    np.testing.assert_allclose(view_losses(z, _views(z), 0.1), -np.log(all_at_once.positive_weights), atol=1e-3)
    hardest = np.argsort(-all_at_once.similarities[:, 0], kind="stable")
    np.testing.assert_allclose(
        all_at_once.similarities[hardest_anchors(hardness(z), 9), 0],
        all_at_once.similarities[hardest[:9], 0],
        atol=1e-6,
    )


def test_means_are_over_all_anchors() -> None:
    z, labels = _rows(30), _labels(30, 3)
    found = weigh_all(z, 0.1, same_class(labels))
    cosine = _cosine(z)
    shares = []
    for i in range(30):
        weights = _naive_weights(cosine, i, 0.1)
        shares.append(sum(weight for j, weight in weights.items() if labels[j] == labels[i]))
    assert found.mean_effective == pytest.approx(
        np.mean([_naive_effective(cosine, i, 0.1) for i in range(30)]), rel=1e-4
    )
    assert found.mean_alike_share == pytest.approx(np.mean(shares), rel=1e-3)
    even = [(np.sum(labels == labels[i]) - 1) / 29 for i in range(30)]
    assert found.mean_even_share == pytest.approx(np.mean(even), rel=1e-5)
    unknown = weigh_all(z, 0.1)
    assert unknown.mean_alike_share is None and unknown.mean_even_share is None


def test_near_duplicates_serve_where_there_are_no_labels() -> None:
    z = _rows(4)
    duplicates = np.zeros((4, 4), np.bool_)
    duplicates[0, 2] = duplicates[2, 0] = True
    found = weigh_all(z, 0.5, duplicates.__getitem__)
    weights = _naive_weights(_cosine(z), 0, 0.5)
    np.testing.assert_allclose(_shares(found)[0], [weights[2], 0, _naive_weights(_cosine(z), 2, 0.5)[0], 0], atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, N), st.integers(0, 99), TEMPERATURES)
def test_the_loss_of_a_view_is_that_of_the_loop(n: int, seed: int, temperature: float) -> None:
    z = _rows(n, seed=seed)
    losses = view_losses(z, _views(z, seed), temperature)
    expected = [_naive_loss(z, _views(z, seed), i, temperature) for i in range(n)]
    np.testing.assert_allclose(losses, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.001, 0.1])
def test_the_loss_of_views_that_tell_nothing_is_chance(temperature: float) -> None:
    same = np.ones((N, D), np.float32)
    np.testing.assert_allclose(view_losses(same, same, temperature), math.log(N), rtol=1e-3)
    apart = np.eye(N, dtype=np.float32)
    np.testing.assert_allclose(view_losses(apart, apart, 0.01), 0, atol=1e-6)


def test_one_class_only_is_a_share_of_one() -> None:
    found = weigh_all(_rows(), 0.1, same_class(np.zeros(N, np.int64)))
    for share in _shares(found):
        np.testing.assert_allclose(share, 1, atol=1e-6)


def _finite(anchors: Anchors, temperature: float) -> bool:
    found = anchors.at(temperature)
    weighing = found.weighing
    figures = (
        found.similarities, found.weights, found.positives, found.positive_weights,
        weighing.effective, weighing.alike_share, weighing.even_share,
    )  # fmt: skip
    return all(figure is not None and np.isfinite(figure).all() for figure in figures)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 0.0, 1e30])
@pytest.mark.parametrize("temperature", [0.001, 0.1])
def test_a_row_that_is_no_direction_leaves_all_figures_finite(bad: float, temperature: float) -> None:
    z, view, labels = _rows(), _views(_rows()), _labels(N, 3)
    z[2], view[5], z[7, 1] = bad, bad, bad
    assert _finite(
        compare_anchors(z, np.array([2, 0, 5]), negatives=4, z_view=view, alike=same_class(labels)), temperature
    )
    assert np.isfinite(view_losses(z, view, temperature)).all()
    weighing = weigh_all(z, temperature, same_class(labels))
    assert np.isfinite(weighing.effective).all() and np.isfinite(_shares(weighing)).all()
    assert np.isfinite(hardness(z)).all() and row_cosines(z, view)[2] == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1])
def test_without_different_images_there_are_no_negatives(n: int) -> None:
    z, labels = _rows(n), np.zeros(n, np.int64)
    assert _finite(compare_anchors(z, np.arange(n), negatives=3, z_view=z, alike=same_class(labels)), 0.1)
    weighing = weigh_all(z, 0.1, same_class(labels))
    assert weighing.effective.tolist() == [0] * n
    assert (weighing.mean_effective, weighing.mean_alike_share, weighing.mean_even_share) == (0, 0, 0)
    assert view_losses(z, z, 0.1).tolist() == [0] * n
    assert hardness(z).tolist() == [-1] * n
    assert hardest_anchors(hardness(z), 3, labels).tolist() == []
