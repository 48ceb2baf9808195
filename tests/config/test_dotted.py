"""Settings by dotted key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config.dotted import values_equal


@given(value=st.floats(1e-6, 1e6), places=st.integers(12, 17))
def test_what_a_slider_rounds_is_the_same(value: float, places: int) -> None:
    assert values_equal(value, float(f"{value:.{places}g}"))
    assert not values_equal(value, value * (1 + 1e-6))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (0.0, 1e-17, True),  # 0.3 - 0.1 - 0.2
        (0.0, 1e-6, False),
        (2**31 - 1, 2**31 - 2, False),  # seeds
        (None, None, True),
        (None, 0.0, False),
        (1, 1.0, True),
        ("moco", "moco", True),
        ("moco", "byol", False),
    ],
)
def test_values_of_all_kinds_are_compared(one: Any, other: Any, expected: bool) -> None:
    assert values_equal(one, other) is values_equal(other, one) is expected
