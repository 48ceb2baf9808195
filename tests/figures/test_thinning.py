"""Thinning: fewer points, and none lost that stands out."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from numpy.typing import NDArray

from playground.figures.base import thin_rows

numbers = st_np.arrays(np.float32, st.integers(1, 400), elements=st.floats(-1e6, 1e6, width=32))
anything = st_np.arrays(np.float32, st.integers(1, 400), elements=st.floats(width=32))


@settings(max_examples=100, deadline=None)
@given(numbers, st.integers(3, 200))
def test_ends_and_extremes_are_kept(values: NDArray[np.float32], most: int) -> None:
    rows = thin_rows(values, most)
    assert rows[0] == 0
    assert rows[-1] == len(values) - 1
    assert values[rows].min() == values.min()
    assert values[rows].max() == values.max()


@settings(max_examples=100, deadline=None)
@given(anything, st.integers(1, 200))
def test_rows_are_few_sorted_and_each_there_once(values: NDArray[np.float32], most: int) -> None:
    rows = thin_rows(values, most)
    assert len(rows) <= max(most + 2, 4)
    assert (np.diff(rows) > 0).all()
    assert ((rows >= 0) & (rows < len(values))).all()
    if len(values) <= most:
        assert len(rows) == len(values)


def test_no_values_give_no_rows() -> None:
    assert thin_rows(np.array([]), 900).tolist() == []


@settings(max_examples=50, deadline=None)
@given(numbers, st.integers(3, 100), st.data())
def test_a_value_that_is_no_number_neither_hides_nor_is_hidden(
    values: NDArray[np.float32], most: int, data: st.DataObject
) -> None:
    bad = data.draw(st.integers(0, len(values) - 1))
    values[bad] = np.nan
    rows = thin_rows(values, most)
    assert bad in rows
    if len(values) > 1:
        assert np.nanmax(values[rows]) == np.nanmax(values)


@pytest.mark.parametrize("spike", [0, 1, 31_337, 99_999])
def test_one_spike_in_a_hundred_thousand_is_kept(spike: int) -> None:
    values = np.sin(np.arange(100_000) / 999).astype(np.float32)
    values[spike] = 50
    rows = thin_rows(values, 900)
    assert spike in rows
    assert 600 < len(rows) <= 902
    assert np.diff(rows).max() <= 2 * 100_000 // 300  # no long stretch without a point


@settings(max_examples=50, deadline=None)
@given(anything, st.integers(4, 100))
def test_each_stretch_keeps_its_lowest_and_highest_beside_what_is_no_number(
    values: NDArray[np.float32], most: int
) -> None:
    rows = set(thin_rows(values, most).tolist())
    edges = np.linspace(0, len(values), most // (4 if np.isnan(values).any() else 3) + 1).astype(int)
    if len(values) > most:
        for start, end in pairwise(edges.tolist()):
            stretch, drawn = values[start:end], values[[row for row in range(start, end) if row in rows]]
            assert start in rows
            assert np.isnan(drawn).any() == np.isnan(stretch).any()
            if not np.isnan(stretch).all():
                assert (np.nanmin(drawn), np.nanmax(drawn)) == (np.nanmin(stretch), np.nanmax(stretch))
