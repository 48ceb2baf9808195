"""Triplet and pairwise margin losses against the papers' loops, their miners, and pytorch-metric-learning."""

from collections import Counter
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.losses import ContrastiveLoss, TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner, TripletMarginMiner
from pytorch_metric_learning.reducers import DoNothingReducer, MeanReducer
from torch import Tensor

from playground.losses import MINERS, Miner, pairwise_margin, triplet
from tests.losses import papers
from tests.losses.embeddings import (
    DTYPES,
    KINDS,
    D,
    N,
    assert_bfloat16_is_exact,
    assert_is_the_papers,
    assert_same,
    embeddings,
    with_gradients,
)

IMAGES = torch.arange(N)  # each a class of its own: positives are views
CLASSES = torch.tensor([0, 1, 0, 2, 1, 0])
MARGINS = (None, 0.0, 0.2, 0.9, 1.9)  # None: soft

every_kind = pytest.mark.parametrize("kind", KINDS)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)
every_miner = pytest.mark.parametrize("mining", MINERS)
every_margin = pytest.mark.parametrize("margin", MARGINS)
each_labelling = pytest.mark.parametrize("labels", [IMAGES, CLASSES], ids=["images", "classes"])


def _views(kind: str, dtype: torch.dtype = torch.float64, n: int = N) -> list[Tensor]:
    return [embeddings(kind, n, seed, dtype) for seed in range(2)]


def _mined(
    z_1: Tensor, z_2: Tensor, labels: Tensor, mining: str, seed: int = 0
) -> tuple[Miner, list[tuple[int, int, int]]]:
    """The triplets that the loss mines, and a miner that mines them again."""
    chosen: list[tuple[Tensor, Tensor]] = []

    def watched(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        chosen.append(MINERS[mining](distances, positives, negatives))
        return chosen[-1]

    torch.manual_seed(seed)
    triplet(z_1, z_2, labels, watched, 0.2)
    ((positive, negative),) = chosen
    anchors = range(len(positive))
    return lambda *_: (positive, negative), list(zip(anchors, positive.tolist(), negative.tolist(), strict=True))


def _distances(z_1: Tensor, z_2: Tensor) -> Callable[[int, int], float]:
    rows = [papers.unit(row) for row in torch.cat([z_1, z_2]).double()]
    return lambda i, j: papers.distance(rows[i], rows[j]).item()


@every_dtype
@every_margin
@each_labelling
@every_kind
@every_miner
def test_triplet_and_its_gradients_are_the_papers(
    mining: str, kind: str, labels: Tensor, margin: float | None, dtype: torch.dtype
) -> None:
    views = _views(kind, dtype)
    again, chosen = _mined(views[0], views[1], labels, mining)
    assert_is_the_papers(
        lambda a, b: triplet(a, b, labels, again, margin),
        lambda shaken, *given: papers.triplet(shaken, chosen, margin, *given),
        views,
        steepness=2,
        # Equal points have no gradient of their distance; with a zero row all others are 1 apart, and gaps are 0.
        at_an_edge=kind == "duplicate" or (kind == "zero" and margin == 0),
    )


@every_dtype
@pytest.mark.parametrize("margin", [0.01, 0.5, 0.9, 1.9])
@every_kind
def test_pairwise_margin_and_its_gradients_are_the_papers(kind: str, margin: float, dtype: torch.dtype) -> None:
    assert_is_the_papers(
        lambda a, b: pairwise_margin(a, b, margin),
        lambda shaken, *given: papers.pairwise_margin(shaken, margin, *given),
        _views(kind, dtype),
        steepness=2,
        at_an_edge=kind == "duplicate",
    )


@every_kind
def test_bfloat16_is_exact(kind: str) -> None:
    for margin in (None, 0.2):
        assert_bfloat16_is_exact(lambda a, b, m=margin: triplet(a, b, CLASSES, MINERS["batch_hard"], m), _views(kind))
    assert_bfloat16_is_exact(lambda a, b: pairwise_margin(a, b, 1.0), _views(kind))


def test_gradients_are_those_of_finite_differences() -> None:
    views = [tensor.requires_grad_() for tensor in _views("random")]
    for mining in ("batch_hard", "semi_hard"):
        for margin in MARGINS:
            assert torch.autograd.gradcheck(
                lambda a, b, mine=MINERS[mining], m=margin: triplet(a, b, IMAGES, mine, m), views
            )
    for margin in (0.5, 0.9, 1.9):
        assert torch.autograd.gradcheck(lambda a, b, m=margin: pairwise_margin(a, b, m), views)


# The miners

sizes = st.tuples(st.integers(2, 7), st.integers(2, 5), st.integers(1, 4), st.integers(0, 999))  # n, d, classes, seed


def _drawn(size: tuple[int, int, int, int]) -> tuple[Tensor, Tensor, Tensor]:
    n, d, classes, seed = size
    g = torch.Generator().manual_seed(seed)
    z = torch.randn(2, n, d, generator=g, dtype=torch.float64)
    return z[0], z[1], torch.randint(classes, (n,), generator=g)


@settings(max_examples=60, deadline=None)
@given(sizes, st.sampled_from(list(MINERS)))
def test_each_anchor_gets_another_of_its_class_and_one_of_a_different_class(
    size: tuple[int, int, int, int], mining: str
) -> None:
    z_1, z_2, labels = _drawn(size)
    of = [*labels.tolist(), *labels.tolist()]
    for anchor, positive, negative in _mined(z_1, z_2, labels, mining, size[-1])[1]:
        assert positive != anchor
        assert of[positive] == of[anchor]
        assert of[negative] != of[anchor] or len(set(of)) == 1  # with a single class there is none, and no triplet


@settings(max_examples=60, deadline=None)
@given(sizes)
def test_batch_hard_takes_the_farthest_positive_and_the_nearest_negative(size: tuple[int, int, int, int]) -> None:
    z_1, z_2, labels = _drawn(size)
    distance, of = _distances(z_1, z_2), [*labels.tolist(), *labels.tolist()]
    if len(set(of)) == 1:
        return
    for a, p, n in _mined(z_1, z_2, labels, "batch_hard")[1]:
        others = [i for i in range(len(of)) if i != a]
        assert distance(a, p) == pytest.approx(max(distance(a, i) for i in others if of[i] == of[a]), abs=1e-12)
        assert distance(a, n) == pytest.approx(min(distance(a, i) for i in others if of[i] != of[a]), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(sizes)
def test_semi_hard_takes_the_nearest_negative_beyond_the_positive(size: tuple[int, int, int, int]) -> None:
    z_1, z_2, labels = _drawn(size)
    distance, of = _distances(z_1, z_2), [*labels.tolist(), *labels.tolist()]
    if len(set(of)) == 1:
        return
    for a, p, n in _mined(z_1, z_2, labels, "semi_hard", size[-1])[1]:
        negatives = [distance(a, i) for i in range(len(of)) if of[i] != of[a]]
        beyond = [d for d in negatives if d > distance(a, p) + 1e-12]
        assert distance(a, n) == pytest.approx(min(beyond) if beyond else max(negatives), abs=1e-12)


def test_random_takes_all_that_is_allowed_equally_often() -> None:
    z_1, z_2 = _views("random")
    drawn = Counter(found for seed in range(600) for found in _mined(z_1, z_2, CLASSES, "random", seed)[1][:2])
    of = [*CLASSES.tolist(), *CLASSES.tolist()]
    allowed = {
        (a, p, n)
        for a in range(2)
        for p in range(2 * N)
        for n in range(2 * N)
        if p != a and of[p] == of[a] and of[n] != of[a]
    }
    assert set(drawn) == allowed
    for anchor, combinations in ((0, 5 * 6), (1, 3 * 8)):
        expected = 600 / combinations
        counts = [drawn[found] for found in allowed if found[0] == anchor]
        assert len(counts) == combinations
        assert max(abs(count - expected) for count in counts) < 5 * expected**0.5


def test_semi_hard_takes_any_positive() -> None:
    z_1, z_2 = _views("random")
    drawn = {
        positive for seed in range(99) for a, positive, _ in _mined(z_1, z_2, CLASSES, "semi_hard", seed)[1] if a == 0
    }
    assert drawn == {2, 5, 6, 8, 11}


@every_miner
@every_margin
def test_a_single_class_has_no_triplets(margin: float | None, mining: str) -> None:
    views = _views("random")
    value, gradients = with_gradients(lambda a, b: triplet(a, b, torch.zeros(N), MINERS[mining], margin), views)
    assert value.item() == 0
    assert not any(gradient.any() for gradient in gradients)


def test_anchors_without_a_negative_are_left_out_of_the_mean() -> None:
    """A miner may name anything for them."""
    z_1, z_2 = _views("random")
    seen: list[Tensor] = []

    def watched(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(negatives.any(dim=1))
        return MINERS["batch_hard"](distances, positives, negatives)

    value = triplet(z_1[:1], z_2[:1], torch.zeros(1), watched, 0.2)
    assert value.item() == 0
    assert not seen[0].any()


# pytorch-metric-learning. Its own choice leaves triplets and pairs out of a mean whose loss is 0. Ours does so for the
# negative pairs alone, so it is told to take the mean of all. With duplicates another of equal rows may be mined.

unequal = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("duplicate", "zero")])


@every_margin
@each_labelling
@unequal
def test_batch_hard_triplet_is_that_of_pytorch_metric_learning(kind: str, labels: Tensor, margin: float | None) -> None:
    smooth = {"margin": 0.0, "smooth_loss": True} if margin is None else {"margin": margin}
    theirs, mine, of = TripletMarginLoss(reducer=MeanReducer(), **smooth), BatchHardMiner(), labels.repeat(2)

    def mined(a: Tensor, b: Tensor) -> Tensor:
        z = torch.cat([a, b])
        loss: Tensor = theirs(z, of, mine(z.detach(), of))
        return loss

    assert_same(lambda a, b: triplet(a, b, labels, MINERS["batch_hard"], margin), mined, _views(kind))


@each_labelling
@every_kind
def test_the_value_is_theirs_with_equal_rows_too(kind: str, labels: Tensor) -> None:
    z_1, z_2 = _views(kind)
    z, of = torch.cat([z_1, z_2]), labels.repeat(2)
    expected = TripletMarginLoss(margin=0.2, reducer=MeanReducer())(z, of, BatchHardMiner()(z, of)).item()
    assert triplet(z_1, z_2, labels, MINERS["batch_hard"], 0.2).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
@each_labelling
@unequal
def test_semi_hard_triplets_are_among_those_of_pytorch_metric_learning(kind: str, labels: Tensor, seed: int) -> None:
    views, of = _views(kind), labels.repeat(2)
    z, distance = torch.cat(views), _distances(*views)
    # All that lie beyond the positive: the margin, which they also ask for, is no matter of the miner's here.
    theirs = list(zip(*(t.tolist() for t in TripletMarginMiner(4.0, "semihard")(z, of)), strict=True))
    for a, p, n in _mined(views[0], views[1], labels, "semi_hard", seed)[1]:
        beyond = [(anchor, positive, negative) for anchor, positive, negative in theirs if (anchor, positive) == (a, p)]
        if beyond:
            assert (a, p, n) == min(beyond, key=lambda found: distance(a, found[2]))
        else:
            assert distance(a, n) <= distance(a, p)


@pytest.mark.parametrize("margin", [0.5, 0.9, 1.9])
@every_kind
def test_pairwise_margin_is_that_of_pytorch_metric_learning(kind: str, margin: float) -> None:
    """Theirs has neither squares nor halves."""
    theirs, images = ContrastiveLoss(pos_margin=0, neg_margin=margin, reducer=DoNothingReducer()), IMAGES.repeat(2)

    def squared(a: Tensor, b: Tensor) -> Tensor:
        found = theirs(torch.cat([a, b]), images)
        pull, push = (found[f"{side}_loss"]["losses"] for side in ("pos", "neg"))
        loss: Tensor = pull.square().mean() / 2 + push.square().sum() / (push > 0).sum().clamp(min=1) / 2
        return loss

    assert_same(lambda a, b: pairwise_margin(a, b, margin), squared, _views(kind))


# What holds for all embeddings


@settings(max_examples=40, deadline=None)
@given(sizes, st.sampled_from(MARGINS))
def test_views_length_rotation_and_order_do_not_matter(size: tuple[int, int, int, int], margin: float | None) -> None:
    z_1, z_2, labels = _drawn(size)
    n, d = z_1.shape
    g = torch.Generator().manual_seed(size[-1])
    turn = torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64))[0]
    long = 0.1 + torch.rand(n, 1, generator=g, dtype=torch.float64)
    order = torch.randperm(n, generator=g)

    def both(a: Tensor, b: Tensor, labels: Tensor) -> list[float]:
        far = 0.7 if margin is None else margin
        return [triplet(a, b, labels, MINERS["batch_hard"], margin).item(), pairwise_margin(a, b, far).item()]

    expected = pytest.approx(both(z_1, z_2, labels), abs=1e-9)
    assert both(z_2, z_1, labels) == expected
    assert both(z_1 @ turn * long, z_2 @ turn / long, labels) == expected
    assert both(z_1[order], z_2[order], labels[order]) == expected


def test_only_pairs_within_the_margin_count_in_the_mean() -> None:
    """However many others there are."""
    near, far = torch.tensor([[1.0, 0.0, 0], [1.0, 0.1, 0]]), torch.tensor([[-1.0, 0, 0], [0, -1.0, 0], [0, 0, 1.0]])
    few, many = pairwise_margin(near, near, 0.5), pairwise_margin(torch.cat([near, far]), torch.cat([near, far]), 0.5)
    assert many.item() == pytest.approx(few.item(), abs=1e-7)
    d = 2 * torch.sin(torch.atan(torch.tensor(0.1)) / 2).item()
    assert few.item() == pytest.approx((0.5 - d) ** 2 / 2, abs=1e-7)


def test_a_single_image_has_no_negatives() -> None:
    z_1, z_2 = torch.eye(D)[:1], torch.eye(D)[1:2]
    assert pairwise_margin(z_1, z_2, 1.0).item() == pytest.approx(1.0)  # d^2 / 2


@pytest.mark.parametrize("apart", [1e-3, 1e-4])
def test_small_distances_are_not_lost_in_float32(apart: float) -> None:
    """By dot products a distance of 0.0001 between unit vectors would be 0, or 0.0005."""
    z_1 = torch.tensor([[1.0, 0.0], [1.0, 2 * apart]])
    z_2 = torch.tensor([[1.0, apart], [1.0, 3 * apart]])
    loss = triplet(z_1, z_2, torch.arange(2), MINERS["batch_hard"], 0.0)
    # From 0, 1, 2, 3 times as far along: anchors 0 and 3 are off by 1 - 2, which is none; 1 and 2 by 1 - 1.
    assert loss.item() == pytest.approx(0, abs=1e-6 * apart + 2e-7)
    pull = pairwise_margin(z_1, z_2, 1e-9)
    assert pull.item() == pytest.approx(apart**2 / 2, rel=4 * 6e-8 / apart)
