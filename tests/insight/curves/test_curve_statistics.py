"""Mean and spread over seeds, and smoothing: against loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from playground.insight.curves.curve_statistics import smooth, spread_of_curves

RNG = np.random.default_rng(0)


def test_on_one_axis_it_is_the_mean_and_the_range_of_each_place() -> None:
    x, y = np.arange(5.0), RNG.standard_normal((3, 5))
    found = spread_of_curves([(x, one) for one in y])
    assert found.x.tolist() == x.tolist()
    for place in range(5):
        column = [one[place] for one in y]
        assert found.mean[place] == pytest.approx(sum(column) / 3)
        assert (found.low[place], found.high[place]) == (min(column), max(column))


def test_other_axes_are_brought_to_one_that_all_reach() -> None:
    found = spread_of_curves(
        [(np.array([0.0, 2, 4]), np.array([0.0, 2, 4])), (np.array([1.0, 3, 9]), np.array([10.0, 30, 90]))]
    )
    assert found.x.tolist() == [1, 2, 3, 4]
    assert found.low.tolist() == [1, 2, 3, 4]  # the first is the line x, the second 10 x
    assert found.high.tolist() == [10, 20, 30, 40]
    assert found.mean.tolist() == pytest.approx([5.5, 11, 16.5, 22])


def test_curves_that_share_no_place_and_empty_ones_leave_nothing() -> None:
    one, later, empty = (np.array(x, float) for x in ([0, 1], [2, 3], []))
    assert len(spread_of_curves([(one, one), (later, later)]).x) == 0
    assert len(spread_of_curves([(one, one), (empty, empty)]).x) == 0


def test_where_one_has_no_number_there_is_no_mean() -> None:
    x = np.arange(4.0)
    found = spread_of_curves([(x, np.array([1.0, np.nan, 3, 4])), (x, np.ones(4))])
    assert np.isnan(found.mean).tolist() == np.isnan(found.low).tolist() == [False, True, False, False]


@given(arrays(float, st.integers(1, 30), elements=st.floats(-100, 100)), st.integers(2, 50))
def test_smoothing_is_an_exponential_average_of_what_came_before(values: np.ndarray, points: int) -> None:
    alpha = 2 / (points + 1)
    found = smooth(values, points)
    for row in range(len(values)):
        weights = [(1 - alpha) ** (row - before) for before in range(row + 1)]
        assert found[row] == pytest.approx(np.average(values[: row + 1], weights=weights), abs=1e-9)


@pytest.mark.parametrize("points", [0, 1])
def test_without_smoothing_values_stay_as_they_are(points: int) -> None:
    values = RNG.standard_normal(9)
    assert smooth(values, points).tolist() == values.tolist()
    assert len(smooth(np.empty(0), 5)) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_spoils_none_after_it(bad: float) -> None:
    values = np.array([1.0, bad, 1, 1])
    assert np.isnan(smooth(values, 3)).tolist() == [False, True, False, False]
    assert smooth(values, 3)[[0, 2, 3]].tolist() == pytest.approx([1, 1, 1])
