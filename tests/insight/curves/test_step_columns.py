"""Columns of a run's steps: the same numbers as step by step, and only new steps are read."""

import math
from dataclasses import replace
from types import MemberDescriptorType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.insight.curves.step_columns import Steps, step_column
from playground.records import StepMetrics
from tests.runs.records import step


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=12))
def test_a_column_that_grows_is_the_one_read_at_once(parts: list[int]) -> None:
    steps = Steps()
    for part in parts:
        steps.extend(step(len(steps) + 1 + number) for number in range(part))
        for name in ("step", "loss"):
            np.testing.assert_array_equal(steps.column(name), [getattr(one, name) for one in steps])
            np.testing.assert_array_equal(step_column(list(steps), name), steps.column(name))


def test_what_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps([step(number) for number in range(1, 1001)])
    steps.column("loss")
    read: list[int] = []
    plain: MemberDescriptorType = vars(StepMetrics)["loss"]

    class Noted:
        def __get__(self, one: StepMetrics, kind: type) -> float:
            read.append(one.step)
            return float(plain.__get__(one, kind))

    steps.extend(step(number) for number in (1001, 1002))
    monkeypatch.setattr(StepMetrics, "loss", Noted())
    assert len(steps.column("loss")) == 1002
    assert read == [1001, 1002]
    steps.column("loss")
    assert read == [1001, 1002]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), max_size=8))
def test_steps_that_are_taken_back_leave_their_columns_too(parts: list[tuple[int, int]]) -> None:
    steps = Steps()
    for attempt, (made, kept) in enumerate(parts):
        first = steps[-1].step + 1 if steps else 1
        steps.extend(step(number, loss=float(attempt)) for number in range(first, first + made))
        shown = steps.column("loss")
        before = shown.tolist()
        steps.drop_after(kept)
        assert [one.step for one in steps] == list(range(1, min(kept, first + made - 1) + 1))
        np.testing.assert_array_equal(steps.column("loss"), [one.loss for one in steps])
        steps.append(step(steps[-1].step + 1 if steps else 1, loss=-1.0))
        assert steps.column("loss")[-1] == -1.0
        assert shown.tolist() == before  # what a curve was drawn from does not change


def test_what_is_missing_is_no_number() -> None:
    steps = Steps([replace(step(1), negative_similarity=None), step(2)])
    assert [math.isnan(value) for value in steps.column("negative_similarity")] == [True, False]
    assert len(Steps().column("loss")) == 0
