"""What stands below the fraction bar: each choice of negatives on logits, and where its estimate gives way."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from playground.losses import DebiasedNegatives, HardNegatives, LogSum, decoupled_negatives, plain_negatives
from tests.losses.choices import CHOICES, MORE
from tests.losses.embeddings import with_gradients

NOTHING = -math.inf


def _log_ng(choice: LogSum, positive: float, negatives: list[float], temperature: float) -> float:
    """Of one anchor, in float64."""
    logits = torch.tensor([negatives], dtype=torch.float64)
    one, t = torch.tensor([positive], dtype=torch.float64), torch.tensor(temperature, dtype=torch.float64)
    return choice(one, logits, len(negatives), t).item()


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 10.0])
@pytest.mark.parametrize("tau_plus", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_authors_formula_as_it_stands(beta: float, tau_plus: float, temperature: float, seed: int) -> None:
    """With exp written out: Ng = max((-tau+ N pos + sum(imp neg)/mean(imp))/(1-tau+), N e^(-1/T))."""
    cosines = torch.rand(8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1
    positive, *negatives = (cosines / temperature).tolist()
    n, pos, neg = len(negatives), math.exp(positive), [math.exp(logit) for logit in negatives]
    imp = [value**beta for value in neg]
    reweighted = sum(w * value for w, value in zip(imp, neg, strict=True)) / (sum(imp) / n)
    ng = max((-tau_plus * n * pos + reweighted) / (1 - tau_plus), n * math.exp(-1 / temperature))
    expected = math.log(pos + ng)
    # Where the numbers taken from each other are 1e4 times their difference, 1e-16 becomes 1e-12.
    assert _log_ng(HardNegatives(tau_plus, beta), positive, negatives, temperature) == pytest.approx(
        expected, abs=1e-10
    )
    if not beta:
        assert _log_ng(DebiasedNegatives(tau_plus), positive, negatives, temperature) == pytest.approx(
            expected, abs=1e-10
        )


def test_the_loops_are_that_formula_too() -> None:
    """What the losses are held against takes the largest logit off first, for temperatures at which exp overflows."""
    temperature, logits = torch.tensor(0.3), [torch.tensor(x / 0.3, dtype=torch.float64) for x in (0.8, 0.5, -0.2, 0.6)]
    for choice in (CHOICES | MORE).values():
        expected = _log_ng(choice.ours, logits[0].item(), [x.item() for x in logits[1:]], 0.3) - logits[0].item()
        assert choice.paper(logits[0], logits[1:], temperature).item() == pytest.approx(expected, abs=1e-7)


def test_plain_and_decoupled() -> None:
    negatives = [math.log(2), math.log(3)]
    assert _log_ng(plain_negatives, math.log(5), negatives, 1.0) == pytest.approx(math.log(10))
    assert _log_ng(decoupled_negatives, math.log(5), negatives, 1.0) == pytest.approx(math.log(5))


logits = st.lists(st.floats(-1, 1), min_size=2, max_size=9)
shares = st.floats(0, 0.9)


@settings(max_examples=60, deadline=None)
@given(logits, shares, st.sampled_from((0.001, 0.1, 1.0, 10.0)))
def test_without_hardness_hard_is_debiased_and_without_both_plain(
    cosines: list[float], tau_plus: float, temperature: float
) -> None:
    positive, *negatives = (cosine / temperature for cosine in cosines)
    debiased = _log_ng(DebiasedNegatives(tau_plus), positive, negatives, temperature)
    assert _log_ng(HardNegatives(tau_plus, 0.0), positive, negatives, temperature) == debiased
    if not tau_plus:
        expected = _log_ng(plain_negatives, positive, negatives, temperature)
        assert debiased == pytest.approx(expected, rel=1e-12, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(logits, shares, st.floats(0, 10), st.floats(0, 10), st.sampled_from((0.01, 0.1, 1.0, 10.0)))
def test_more_hardness_never_makes_the_sum_smaller(
    cosines: list[float], tau_plus: float, beta: float, more: float, temperature: float
) -> None:
    positive, *negatives = (cosine / temperature for cosine in cosines)
    found = _log_ng(HardNegatives(tau_plus, beta), positive, negatives, temperature)
    assert _log_ng(HardNegatives(tau_plus, beta + more), positive, negatives, temperature) >= found - 1e-8 * (
        1 + abs(found)
    )


@settings(max_examples=60, deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(1, 9), shares, st.floats(0, 10), st.sampled_from((0.1, 1.0)))
def test_equal_negatives_weigh_the_same_however_hard(
    positive: float, negative: float, count: int, tau_plus: float, beta: float, temperature: float
) -> None:
    given = positive / temperature, [negative / temperature] * count, temperature
    assert _log_ng(HardNegatives(tau_plus, beta), *given) == pytest.approx(
        _log_ng(DebiasedNegatives(tau_plus), *given), abs=1e-8
    )


@pytest.mark.parametrize("temperature", [0.001, 0.1, 1.0, 10.0])
@pytest.mark.parametrize(
    "choice", [DebiasedNegatives(0.1), HardNegatives(0.1, 1.0), DebiasedNegatives(0.9), HardNegatives(0.9, 10.0)]
)
def test_an_estimate_below_what_is_possible_gives_way_to_the_least(choice: LogSum, temperature: float) -> None:
    """The positive alone is taken for more than all negatives add up to: (sum neg - tau+ N pos) < 0."""
    found = _log_ng(choice, 1 / temperature, [-1 / temperature] * 4, temperature)
    least = math.log(math.exp(-2 / temperature) * 4 + 1) + 1 / temperature
    assert found == pytest.approx(least, rel=1e-12)


@pytest.mark.parametrize("temperature", [0.001, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("choice", CHOICES | MORE)
def test_what_is_no_negative_adds_nothing_and_gets_no_gradient(choice: str, temperature: float) -> None:
    ours = (CHOICES | MORE)[choice].ours
    positive, negatives = torch.tensor([0.3, 0.1]), torch.tensor([[0.2, -0.5, 0.9], [0.9, 1.0, 0.7]])
    own = torch.tensor([[False, True, False, False, True], [True, False, False, True, False]])
    spread = torch.full((2, 5), 0.4).masked_scatter(~own, negatives)

    def with_own(p: Tensor, s: Tensor, t: Tensor) -> Tensor:
        return (ours(p / t, (s / t).masked_fill(own, NOTHING), 3, t) - p / t).sum()

    value, gradients = with_gradients(with_own, [positive, spread, torch.tensor(temperature)])
    expected, expected_gradients = with_gradients(
        lambda p, s, t: (ours(p / t, s / t, 3, t) - p / t).sum(), [positive, negatives, torch.tensor(temperature)]
    )
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(gradients[0], expected_gradients[0])
    torch.testing.assert_close(gradients[1][~own], expected_gradients[1].flatten())
    torch.testing.assert_close(gradients[2], expected_gradients[2])
    assert not gradients[1][own].any()


def _around(at: float) -> Tensor:
    return torch.tensor([at + step for step in (-1e-3, -1e-5, -1e-7, 0, 1e-7, 1e-5, 1e-3)])


@pytest.mark.parametrize("temperature", [0.001, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("tau_plus", [0.1, 0.9])
@pytest.mark.parametrize("beta", [0.0, 1.0, 10.0])
def test_finite_where_the_estimate_cancels_to_nothing(beta: float, tau_plus: float, temperature: float) -> None:
    """The positive at exactly the point where it takes away all that the negatives add, and just beside it."""
    n = 4
    positive = _around(-math.log(tau_plus) * temperature) / temperature
    inputs = [positive, torch.zeros(len(positive), n), torch.tensor(temperature)]
    value, gradients = with_gradients(lambda p, s, t: HardNegatives(tau_plus, beta)(p, s, n, t).sum(), inputs)
    assert torch.isfinite(value)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    # No part of the loss is steeper than a logit times what hardness multiplies, the share taken out, and N.
    bound = (1 + 2 * beta) * n / (1 - tau_plus)
    assert max(gradient.abs().max().item() for gradient in gradients[:2]) <= bound


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 9),
    st.sampled_from((0.001, 0.01, 0.1, 1.0, 10.0)),
    st.sampled_from(list(CHOICES | MORE)),
    st.integers(0, 99),
)
def test_logits_of_any_size_stay_finite(n: int, temperature: float, choice: str, seed: int) -> None:
    """In float32 exp(89) is none: 1 / 0.001 is far beyond, and hardness takes it ten times."""
    cosines = torch.rand(5, n, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    cosines[cosines.abs() > 0.9] = cosines[cosines.abs() > 0.9].sign()
    positive, negatives = cosines[:, 0], cosines[:, 1:]
    ours = (CHOICES | MORE)[choice].ours
    inputs = [positive, negatives, torch.tensor(temperature)]
    value, gradients = with_gradients(lambda p, s, t: (ours(p / t, s / t, n - 1, t) - p / t).sum(), inputs)
    assert torch.isfinite(value)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
