"""The losses of CLIP and SimCSE against double loops, at chance, and where rounding could end them."""

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from playground.config.methods.clip import CLIPConfig
from playground.config.methods.simcse import SimCSEConfig
from playground.losses import clip_loss, info_nce_in_batch, logsumexp, simcse_loss
from tests.losses.embeddings import (
    DTYPES,
    KINDS,
    TEMPERATURES,
    D,
    Loss,
    N,
    Paper,
    assert_bfloat16_is_exact,
    assert_is_the_papers,
    embeddings,
    with_gradients,
)
from tests.losses.papers import Shaken, as_it_is, unit

every_kind = pytest.mark.parametrize("kind", KINDS)
every_temperature = pytest.mark.parametrize("temperature", TEMPERATURES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)


# As loops


def cross_entropy(logits: list[Tensor], of: int) -> Tensor:
    """-log of the share of one of them in a softmax."""
    top = max(logits).detach()
    total = sum((torch.exp(logit - top) for logit in logits), torch.tensor(0.0))
    return torch.log(total) - (logits[of] - top)


def clip_by_hand(shaken: Shaken, image: Tensor, text: Tensor, scale: Tensor) -> Tensor:
    """Figure 3 of arXiv:2103.00020: both axes of the logits, and their mean."""
    images, texts = ([shaken(unit(row)) for row in rows] for rows in (image, text))
    n, total = len(images), torch.tensor(0.0)
    for i in range(n):
        total = total + cross_entropy([shaken(images[i] @ texts[j] * scale) for j in range(n)], i)
        total = total + cross_entropy([shaken(images[j] @ texts[i] * scale) for j in range(n)], i)
    return total / (2 * n)


def simcse_by_hand(shaken: Shaken, anchor: Tensor, positive: Tensor, *rest: Tensor) -> Tensor:
    """Section 4 of arXiv:2104.08821, hard negatives where there are some; section 3 without."""
    *hard, temperature = rest
    a, p, h = ([shaken(unit(row)) for row in rows] for rows in (anchor, positive, hard[0] if hard else anchor[:0]))
    total = torch.tensor(0.0)
    for i in range(len(a)):
        candidates = [p[j] for j in range(len(a))] + [h[j] for j in range(len(h))]
        total = total + cross_entropy([shaken(a[i] @ other / temperature) for other in candidates], i)
    return total / len(a)


def simcse_with_hard(anchor: Tensor, positive: Tensor, hard: Tensor, temperature: Tensor) -> Tensor:
    return simcse_loss(anchor, positive, temperature, hard)


# name -> ours, the loops, how many sets of rows, and the number that goes with a temperature.
CASES: dict[str, tuple[Loss, Paper, int, Callable[[float], float]]] = {
    "clip": (clip_loss, clip_by_hand, 2, lambda temperature: 1 / temperature),
    "simcse": (simcse_loss, simcse_by_hand, 2, lambda temperature: temperature),
    "simcse, hard": (simcse_with_hard, simcse_by_hand, 3, lambda temperature: temperature),
}
every_loss = pytest.mark.parametrize("loss", CASES)


def inputs(loss: str, kind: str, temperature: float, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    _, _, sets, number = CASES[loss]
    rows = [embeddings(kind, N, seed, dtype) for seed in range(sets)]
    return [*rows, torch.tensor(number(temperature), dtype=dtype)]


@every_dtype
@every_temperature
@every_kind
@every_loss
def test_loss_and_gradients_are_those_of_the_loops(
    loss: str, kind: str, temperature: float, dtype: torch.dtype
) -> None:
    ours, paper, _, _ = CASES[loss]
    assert_is_the_papers(ours, paper, inputs(loss, kind, temperature, dtype), 1 / temperature)


@every_temperature
@every_kind
@every_loss
def test_bfloat16_is_exact(loss: str, kind: str, temperature: float) -> None:
    assert_bfloat16_is_exact(CASES[loss][0], inputs(loss, kind, temperature, torch.float32))


@every_loss
def test_autocast_rounds_nothing(loss: str) -> None:
    rows = inputs(loss, "collapsed", 0.01, torch.float32)
    value, gradients = with_gradients(CASES[loss][0], rows)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        low, others = with_gradients(CASES[loss][0], rows)
    assert torch.equal(low, value)
    assert all(torch.equal(one, other) for one, other in zip(gradients, others, strict=True))


@every_loss
def test_gradients_are_those_of_finite_differences(loss: str) -> None:
    leaves = [tensor.requires_grad_() for tensor in inputs(loss, "random", 0.4)]
    assert torch.autograd.gradcheck(CASES[loss][0], leaves)


@every_loss
def test_the_number_may_be_a_plain_one(loss: str) -> None:
    *rows, number = inputs(loss, "random", 0.5)
    ours = CASES[loss][0]
    assert ours(*rows, number.item()).item() == pytest.approx(ours(*rows, number).item(), rel=1e-12)


@every_loss
def test_a_large_batch_goes_in_parts(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = inputs(loss, "random", 0.2)
    value, gradients = with_gradients(CASES[loss][0], given)
    monkeypatch.setattr(logsumexp, "rows_per_chunk", lambda columns: 4)
    other, others = with_gradients(CASES[loss][0], given)
    torch.testing.assert_close([other, *others], [value, *gradients], rtol=1e-12, atol=1e-12)


# Against PyTorch's cross-entropy


@pytest.mark.parametrize("temperature", [0.01, 0.07, 1.0])
def test_both_are_cross_entropies_of_one_matrix(temperature: float) -> None:
    a, b, c = (F.normalize(embeddings("random", N, seed)) for seed in range(3))
    logits, target = a @ b.T / temperature, torch.arange(N)
    both = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    assert clip_loss(a, b, 1 / temperature).item() == pytest.approx(both.item(), rel=1e-10, abs=1e-12)
    beside = torch.cat([logits, a @ c.T / temperature], dim=1)
    for found, matrix in ((simcse_loss(a, b, temperature), logits), (simcse_loss(a, b, temperature, c), beside)):
        assert found.item() == pytest.approx(F.cross_entropy(matrix, target).item(), rel=1e-10, abs=1e-12)


def test_without_hard_negatives_simcse_is_one_half_of_clip() -> None:
    a, b = (embeddings("random", N, seed) for seed in range(2))
    there, back = simcse_loss(a, b, 0.1), simcse_loss(b, a, 0.1)
    assert there.item() == pytest.approx(info_nce_in_batch(a, b, 0.1).item(), rel=1e-12)
    assert clip_loss(a, b, 10).item() == pytest.approx(((there + back) / 2).item(), rel=1e-12)
    assert abs(there - back) > 0.01


# Chance and floor


@pytest.mark.parametrize("n", [2, 7, 64])
@every_temperature
def test_equal_embeddings_give_chance(temperature: float, n: int) -> None:
    same = torch.ones(n, D, dtype=torch.float64)
    assert clip_loss(same, same, 1 / temperature).item() == pytest.approx(math.log(n), abs=1e-9)
    assert CLIPConfig().chance_loss(n) == math.log(n)
    for hard, candidates in ((None, n), (same, 2 * n)):
        assert simcse_loss(same, same, temperature, hard).item() == pytest.approx(math.log(candidates), abs=1e-9)
        assert SimCSEConfig(hard_negatives=hard is not None).chance_loss(n) == math.log(candidates)


@pytest.mark.parametrize("n", [2, 3, 17])
@every_temperature
def test_the_corners_of_a_simplex_reach_the_floor(temperature: float, n: int) -> None:
    corners = torch.eye(n, dtype=torch.float64) - 1 / n
    clip = CLIPConfig(temperature=temperature, learn_temperature=False)
    simcse = SimCSEConfig(temperature=temperature, hard_negatives=False)
    assert clip_loss(corners, corners, 1 / temperature).item() == pytest.approx(clip.floor_loss(n), rel=1e-9, abs=1e-9)
    found = simcse_loss(corners, corners, temperature).item()
    assert found == pytest.approx(simcse.floor_loss(n), rel=1e-9, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 12), st.integers(1, 12), st.floats(0.01, 10), st.floats(0, 1), st.integers(0, 999))
def test_no_embedding_is_below_it(n: int, d: int, temperature: float, apart: float, seed: int) -> None:
    a, b = torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    b = a + apart * b
    floor = SimCSEConfig(temperature=temperature, hard_negatives=False).floor_loss(n)
    assert floor is not None
    for found in (simcse_loss(a, b, temperature), clip_loss(a, b, 1 / temperature)):
        assert found.item() >= floor - 1e-9 * (1 + floor)
    assert simcse_loss(a, b, temperature, a.flip(0)) > simcse_loss(a, b, temperature)  # further candidates cost


def test_no_floor_is_told_where_none_is_known() -> None:
    """Hard negatives opposite to all that is near get below the floor without them."""
    assert CLIPConfig().floor_loss(8) is None
    assert SimCSEConfig().floor_loss(8) is None
    moved = CLIPConfig().at(0.02)
    assert moved.floor_loss(8) == CLIPConfig(temperature=0.02, learn_temperature=False).floor_loss(8) is not None
    assert moved.chance_loss(8) == CLIPConfig().chance_loss(8)


# What does not matter


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 7), st.floats(0.05, 5), st.integers(0, 99))
def test_length_rotation_and_order_do_not_matter(n: int, d: int, temperature: float, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    a, b, c = torch.randn(3, n, d, generator=g, dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64))[0]
    order, long = torch.randperm(n, generator=g), 0.1 + torch.rand(3, n, 1, generator=g, dtype=torch.float64)
    moved = [(rows * lengths)[order] @ turn for rows, lengths in zip((a, b, c), long, strict=True)]
    for name, (loss, _, sets, _) in CASES.items():
        number = torch.tensor(temperature, dtype=torch.float64)
        expected = loss(*(a, b, c)[:sets], number).item()
        assert loss(*moved[:sets], number).item() == pytest.approx(expected, rel=1e-8, abs=1e-9), name


def test_hard_negatives_may_come_in_any_order_and_positives_may_not() -> None:
    a, b, c = (embeddings("random", N, seed) for seed in range(3))
    found = simcse_loss(a, b, 0.1, c).item()
    assert simcse_loss(a, b, 0.1, c.roll(1, 0)).item() == pytest.approx(found, rel=1e-12)
    assert abs(simcse_loss(a, b.roll(1, 0), 0.1, c).item() - found) > 0.01


def test_images_and_texts_may_change_places() -> None:
    a, b = (embeddings("random", N, seed) for seed in range(2))
    assert clip_loss(a, b, 20).item() == pytest.approx(clip_loss(b, a, 20).item(), rel=1e-12)


def test_a_single_pair_has_nothing_to_be_told_from() -> None:
    a, b = torch.ones(1, D), -torch.ones(1, D)
    for found in (clip_loss(a, b, 10), simcse_loss(a, b, 0.1)):
        assert found.item() == 0
    assert as_it_is(simcse_loss(a, a, 0.1, b)).item() == pytest.approx(math.log1p(math.exp(-20)), abs=1e-6)
