"""NT-Xent, InfoNCE and SupCon against the papers' loops and against independent libraries."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightly.loss import DCLLoss as LightlyDCL
from lightly.loss import NTXentLoss as LightlyNTXent
from pytorch_metric_learning.losses import NTXentLoss, SupConLoss
from pytorch_metric_learning.reducers import MeanReducer
from torch import Tensor

from playground.losses import info_nce, info_nce_in_batch, nt_xent, sup_con
from tests.losses import papers
from tests.losses.choices import CHOICES, MORE, Choice
from tests.losses.embeddings import (
    DTYPES,
    KINDS,
    TEMPERATURES,
    D,
    K,
    Loss,
    N,
    Paper,
    assert_bfloat16_is_exact,
    assert_is_the_papers,
    assert_same,
    embeddings,
    with_gradients,
)

LABELS = torch.tensor([0, 1, 0, 2, 1, 0])
Losses = tuple[Loss, Paper, list[Tensor]]

every_kind = pytest.mark.parametrize("kind", KINDS)
every_temperature = pytest.mark.parametrize("temperature", TEMPERATURES)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)
every_choice = pytest.mark.parametrize("choice", CHOICES)


def _embeddings(kind: str, *rows: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [embeddings(kind, n, seed, dtype) for seed, n in enumerate(rows)]


def _nt_xent(choice: Choice, kind: str, dtype: torch.dtype) -> Losses:
    return (
        lambda a, b, t: nt_xent(a, b, t, choice.ours),
        lambda shaken, *given: papers.nt_xent(shaken, choice.paper, *given),
        _embeddings(kind, N, N, dtype=dtype),
    )


def _info_nce(choice: Choice, kind: str, dtype: torch.dtype) -> Losses:
    return (
        lambda a, b, queue, t: info_nce(a, b, queue, t, choice.ours),
        lambda shaken, *given: papers.info_nce(shaken, choice.paper, *given),
        _embeddings(kind, N, N, K, dtype=dtype),
    )


def _info_nce_in_batch(choice: Choice, kind: str, dtype: torch.dtype) -> Losses:
    return (
        lambda a, b, t: info_nce_in_batch(a, b, t, choice.ours),
        lambda shaken, *given: papers.info_nce_in_batch(shaken, choice.paper, *given),
        _embeddings(kind, N, N, dtype=dtype),
    )


def _sup_con(choice: Choice, kind: str, dtype: torch.dtype) -> Losses:
    return (
        lambda a, b, t: sup_con(a, b, LABELS, t),
        lambda shaken, *given: papers.sup_con(shaken, LABELS.tolist(), *given),
        _embeddings(kind, N, N, dtype=dtype),
    )


CASES: dict[str, Callable[[Choice, str, torch.dtype], Losses]] = {
    "nt_xent": _nt_xent,
    "info_nce": _info_nce,
    "info_nce_in_batch": _info_nce_in_batch,
}
every_loss = pytest.mark.parametrize("loss", CASES)


@every_dtype
@every_temperature
@every_kind
@every_choice
@every_loss
def test_loss_and_gradients_are_the_papers(
    loss: str, choice: str, kind: str, temperature: float, dtype: torch.dtype
) -> None:
    ours, paper, inputs = CASES[loss](CHOICES[choice], kind, dtype)
    steepness = CHOICES[choice].sharpness / temperature
    assert_is_the_papers(ours, paper, [*inputs, torch.tensor(temperature, dtype=dtype)], steepness)


@every_dtype
@every_temperature
@pytest.mark.parametrize("kind", ["random", "collapsed"])
@pytest.mark.parametrize("choice", MORE)
def test_so_they_are_at_the_ends_of_what_may_be_set(
    choice: str, kind: str, temperature: float, dtype: torch.dtype
) -> None:
    ours, paper, inputs = _nt_xent(MORE[choice], kind, dtype)
    steepness = MORE[choice].sharpness / temperature
    assert_is_the_papers(ours, paper, [*inputs, torch.tensor(temperature, dtype=dtype)], steepness)


@every_dtype
@every_temperature
@every_kind
def test_sup_con_and_its_gradients_are_the_papers(kind: str, temperature: float, dtype: torch.dtype) -> None:
    ours, paper, inputs = _sup_con(CHOICES["plain"], kind, dtype)
    assert_is_the_papers(ours, paper, [*inputs, torch.tensor(temperature, dtype=dtype)], 1 / temperature)


@every_temperature
@every_kind
@pytest.mark.parametrize(
    ("loss", "choice"),
    [*((loss, choice) for loss in CASES for choice in CHOICES), ("sup_con", "plain")],
)
def test_bfloat16_is_exact(loss: str, choice: str, kind: str, temperature: float) -> None:
    ours, _, inputs = {**CASES, "sup_con": _sup_con}[loss](CHOICES[choice], kind, torch.float32)
    assert_bfloat16_is_exact(ours, [*inputs, torch.tensor(temperature)])


@pytest.mark.parametrize(
    ("loss", "choice"),
    [*((loss, choice) for loss in CASES for choice in (*CHOICES, *MORE)), ("sup_con", "plain")],
)
def test_gradients_are_those_of_finite_differences(loss: str, choice: str) -> None:
    ours, _, inputs = {**CASES, "sup_con": _sup_con}[loss]((CHOICES | MORE)[choice], "random", torch.float64)
    leaves = [tensor.requires_grad_() for tensor in [*inputs, torch.tensor(0.4, dtype=torch.float64)]]
    assert torch.autograd.gradcheck(ours, leaves)


@every_loss
def test_a_temperature_may_be_a_number(loss: str) -> None:
    ours, _, inputs = CASES[loss](CHOICES["hard"], "random", torch.float64)
    assert torch.equal(ours(*inputs, 0.3), ours(*inputs, torch.tensor(0.3, dtype=torch.float64)))


# Independent libraries


@every_temperature
@every_kind
def test_nt_xent_is_lightlys(kind: str, temperature: float) -> None:
    theirs = LightlyNTXent(temperature=temperature)
    assert_same(lambda a, b: nt_xent(a, b, temperature), theirs, _embeddings(kind, N, N))


@every_temperature
@every_kind
def test_decoupled_nt_xent_is_lightlys_dcl(kind: str, temperature: float) -> None:
    theirs = LightlyDCL(temperature=temperature)
    ours = CHOICES["decoupled"].ours
    assert_same(lambda a, b: nt_xent(a, b, temperature, ours), theirs, _embeddings(kind, N, N))


@every_temperature
@every_kind
def test_info_nce_is_lightlys_with_a_memory_bank(kind: str, temperature: float) -> None:
    theirs = LightlyNTXent(temperature=temperature, memory_bank_size=(K, D))
    query, key, queue = _embeddings(kind, N, N, K)

    def with_bank(query: Tensor, key: Tensor) -> Tensor:
        # The bank is taken as it is: there its rows have length one.
        theirs.memory_bank.bank = torch.nn.functional.normalize(queue, dim=1)
        loss: Tensor = theirs(query, key)
        return loss

    assert_same(lambda q, k: info_nce(q, k, queue, temperature), with_bank, [query, key])


# pytorch-metric-learning adds 1e-308 to the share of the positive: its NT-Xent ends at 708, and far off there is no
# gradient. So temperatures of 0.001, where ours goes on to 2000, are left out.
warm = pytest.mark.parametrize("temperature", [t for t in TEMPERATURES if t >= 0.01])


@warm
@every_kind
def test_nt_xent_is_that_of_pytorch_metric_learning(kind: str, temperature: float) -> None:
    theirs, images = NTXentLoss(temperature=temperature), torch.arange(N).repeat(2)
    assert_same(
        lambda a, b: nt_xent(a, b, temperature), lambda a, b: theirs(torch.cat([a, b]), images), _embeddings(kind, N, N)
    )


@warm
@every_kind
def test_info_nce_is_that_of_pytorch_metric_learning(kind: str, temperature: float) -> None:
    theirs, each = NTXentLoss(temperature=temperature), torch.arange(N)
    pairs = (each, each, each.repeat_interleave(K), N + torch.arange(K).repeat(N))  # anchors, positives; negatives
    assert_same(
        lambda q, k, queue: info_nce(q, k, queue, temperature),
        lambda q, k, queue: theirs(q, indices_tuple=pairs, ref_emb=torch.cat([k, queue])),
        _embeddings(kind, N, N, K),
    )


@warm
@every_kind
def test_info_nce_in_batch_is_that_of_pytorch_metric_learning(kind: str, temperature: float) -> None:
    theirs, images = NTXentLoss(temperature=temperature), torch.arange(N)
    assert_same(
        lambda q, k: info_nce_in_batch(q, k, temperature),
        lambda q, k: theirs(q, images, ref_emb=k, ref_labels=images.clone()),
        _embeddings(kind, N, N),
    )


@every_temperature
@every_kind
def test_sup_con_is_that_of_pytorch_metric_learning(kind: str, temperature: float) -> None:
    # Its own choice leaves anchors out of the mean whose loss is 0.
    theirs, of = SupConLoss(temperature=temperature, reducer=MeanReducer()), LABELS.repeat(2)
    assert_same(
        lambda a, b: sup_con(a, b, LABELS, temperature),
        lambda a, b: theirs(torch.cat([a, b]), of),
        _embeddings(kind, N, N),
    )


# What holds for all embeddings.

sizes = st.tuples(st.integers(2, 9), st.integers(1, 7))  # images, dimensions
temperatures = st.sampled_from(TEMPERATURES)
choices = st.sampled_from(list(CHOICES))
seeds = st.integers(0, 99)


def _drawn(count: int, size: tuple[int, int], seed: int) -> Tensor:
    return torch.randn(count, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _near(expected: Tensor) -> object:
    return pytest.approx(expected.item(), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(sizes, temperatures, choices, seeds)
def test_views_may_be_swapped(size: tuple[int, int], temperature: float, choice: str, seed: int) -> None:
    z_1, z_2 = _drawn(2, size, seed)
    negatives, labels = CHOICES[choice].ours, torch.arange(size[0]) % 3
    assert nt_xent(z_1, z_2, temperature, negatives).item() == _near(nt_xent(z_2, z_1, temperature, negatives))
    assert sup_con(z_1, z_2, labels, temperature).item() == _near(sup_con(z_2, z_1, labels, temperature))


@settings(max_examples=40, deadline=None)
@given(sizes, temperatures, choices, seeds)
def test_length_and_rotation_do_not_matter(size: tuple[int, int], temperature: float, choice: str, seed: int) -> None:
    z_1, z_2, queue = _drawn(3, size, seed)
    n, d = size
    turn, long = torch.linalg.qr(_drawn(1, (d, d), seed)[0])[0], 0.1 + _drawn(1, (n, 1), seed)[0].square()
    negatives, labels = CHOICES[choice].ours, torch.arange(n) % 3
    a, b, others = z_1 @ turn * long, z_2 @ turn, queue @ turn / long
    # At the lowest temperature a logit of 1000 is right to 1e-12 or so; what is as small as that may be all of a loss.
    found = nt_xent(a, b, temperature, negatives)
    assert found.item() == _near(nt_xent(z_1, z_2, temperature, negatives))
    assert info_nce(a, b, others, temperature, negatives).item() == _near(
        info_nce(z_1, z_2, queue, temperature, negatives)
    )
    found = info_nce_in_batch(a, b, temperature, negatives)
    assert found.item() == _near(info_nce_in_batch(z_1, z_2, temperature, negatives))
    assert sup_con(a, b, labels, temperature).item() == _near(sup_con(z_1, z_2, labels, temperature))


@settings(max_examples=40, deadline=None)
@given(sizes, temperatures, choices, seeds)
def test_images_may_come_in_any_order(size: tuple[int, int], temperature: float, choice: str, seed: int) -> None:
    z_1, z_2, queue = _drawn(3, size, seed)
    g = torch.Generator().manual_seed(seed)
    order, queue_order = (torch.randperm(size[0], generator=g) for _ in range(2))
    negatives, labels = CHOICES[choice].ours, torch.arange(size[0]) % 3
    mixed = z_1[order], z_2[order]
    assert nt_xent(*mixed, temperature, negatives).item() == _near(nt_xent(z_1, z_2, temperature, negatives))
    found = info_nce(*mixed, queue[queue_order], temperature, negatives)
    assert found.item() == _near(info_nce(z_1, z_2, queue, temperature, negatives))
    found = info_nce_in_batch(*mixed, temperature, negatives)
    assert found.item() == _near(info_nce_in_batch(z_1, z_2, temperature, negatives))
    assert sup_con(*mixed, labels[order], temperature).item() == _near(sup_con(z_1, z_2, labels, temperature))


@settings(max_examples=25, deadline=None)
@given(sizes, temperatures, seeds)
def test_sup_con_with_a_class_for_each_image_is_nt_xent(size: tuple[int, int], temperature: float, seed: int) -> None:
    z_1, z_2 = _drawn(2, size, seed)
    found = sup_con(z_1, z_2, torch.randperm(size[0], generator=torch.Generator().manual_seed(seed)), temperature)
    assert found.item() == _near(nt_xent(z_1, z_2, temperature))


def test_a_single_image_has_no_negatives() -> None:
    z_1, z_2 = torch.ones(1, D), -torch.ones(1, D)
    for loss in (nt_xent, info_nce_in_batch, lambda a, b, t: sup_con(a, b, torch.zeros(1), t)):
        value, gradients = with_gradients(lambda a, b, loss=loss: loss(a, b, 0.1), [z_1, z_2])
        assert value.item() == 0
        assert all(not gradient.any() for gradient in gradients)
