"""The learning rate over a run, and how far a run is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config.run import BudgetConfig, OptimizerConfig
from playground.training.schedule import learning_rate, progress, warmup_rate

OPTIMIZER = OptimizerConfig(learning_rate=0.4, warmup_steps=10)
STEPS = 1000


def rate(step: int, optimizer: OptimizerConfig = OPTIMIZER, steps: int = STEPS) -> float:
    return learning_rate(optimizer, step, progress(BudgetConfig(steps=steps), 0.0, step, 10))


def test_first_step_is_the_first_of_the_warm_up() -> None:
    assert rate(0) == pytest.approx(0.4 / 10)


def test_warm_up_is_a_straight_line_and_ends_at_the_full_rate() -> None:
    cosine = [(1 + math.cos(math.pi * step / STEPS)) / 2 for step in range(12)]
    assert [rate(step) / cosine[step] for step in range(10)] == pytest.approx([0.04 * k for k in range(1, 11)])
    assert rate(10) == pytest.approx(0.4 * cosine[10])


def test_half_way_it_is_half_and_at_the_last_step_nearly_zero() -> None:
    assert rate(STEPS // 2) == pytest.approx(0.2)
    assert 0 < rate(STEPS - 1) < 0.4 * 1e-5
    assert learning_rate(OPTIMIZER, STEPS, 1.0) == pytest.approx(0.0, abs=1e-12)


def test_without_warm_up_the_first_step_has_the_full_rate() -> None:
    assert rate(0, OptimizerConfig(learning_rate=0.4, warmup_steps=0)) == pytest.approx(0.4)


def test_a_run_of_fewer_steps_than_the_warm_up_is_warm_after_a_tenth() -> None:
    slow = OptimizerConfig(learning_rate=0.4, warmup_steps=1000)
    assert rate(1, slow, steps=10) == pytest.approx(0.4 * (1 + math.cos(math.pi / 10)) / 2)
    assert rate(0, slow, steps=10) == pytest.approx(0.4 / 1000)


@given(
    base=st.floats(1e-6, 10.0),
    warmup=st.integers(0, 100_000),
    step=st.integers(0, 10**8),
    share=st.floats(0.0, 1.0),
)
def test_the_rate_lies_between_zero_and_the_one_that_was_set(base: float, warmup: int, step: int, share: float) -> None:
    assert 0 <= learning_rate(OptimizerConfig(learning_rate=base, warmup_steps=warmup), step, share) <= base


@given(base=st.floats(1e-6, 10.0), warmup=st.integers(0, 1000), step=st.integers(0, 2000), share=st.floats(0.0, 1.0))
def test_the_steady_rate_warms_up_and_stays(base: float, warmup: int, step: int, share: float) -> None:
    optimizer = OptimizerConfig(learning_rate=base, warmup_steps=warmup)
    steady = warmup_rate(optimizer, step, share)
    assert learning_rate(optimizer, step, share) == steady * (1 + math.cos(math.pi * share)) / 2
    assert 0 < steady <= base
    if share >= 0.1 or step + 1 >= warmup:
        assert steady == base
    else:
        assert steady == pytest.approx(base * max((step + 1) / warmup, share / 0.1))


@given(warmup=st.integers(0, 50), steps=st.integers(1, 200))
def test_after_the_warm_up_the_rate_only_falls(warmup: int, steps: int) -> None:
    optimizer = OptimizerConfig(learning_rate=1.0, warmup_steps=warmup)
    rates = [rate(step, optimizer, steps) for step in range(min(warmup, steps), steps)]
    assert rates == sorted(rates, reverse=True)


def test_each_limit_by_itself() -> None:
    assert progress(BudgetConfig(seconds=20.0), 5.0, 1000, 10) == pytest.approx(0.25)
    assert progress(BudgetConfig(steps=20), 1000.0, 5, 10) == pytest.approx(0.25)
    assert progress(BudgetConfig(epochs=2), 1000.0, 5, 10) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("seconds", "steps", "expected"),
    [(9.0, 1, 0.9), (1.0, 60, 0.6), (1.0, 30, 0.3), (11.0, 1, 1.0), (0.0, 0, 0.0), (0.0, 200, 1.0)],
)
def test_of_several_limits_the_nearest_to_its_end_counts(seconds: float, steps: int, expected: float) -> None:
    budget = BudgetConfig(seconds=10.0, steps=100, epochs=20)  # 20 epochs of 10 steps
    assert progress(budget, seconds, steps, 10) == pytest.approx(expected)


def test_epochs_can_be_nearer_to_their_end_than_steps() -> None:
    assert progress(BudgetConfig(steps=100, epochs=1), 0.0, 5, 10) == pytest.approx(0.5)


def test_a_budget_of_no_steps_is_used_from_the_start() -> None:
    assert progress(BudgetConfig(steps=0), 0.0, 0, 10) == 1.0
    assert progress(BudgetConfig(steps=0, seconds=60.0), 0.0, 0, 10) == 1.0
