"""How long a run will still take, in numbers and in words."""

import pytest

from playground.wording.durations import duration_in_words, seconds_left
from tests.runs.records import step


def test_from_the_share_of_the_budget() -> None:
    assert seconds_left(step(1, seconds=30.0, progress=0.25)) == pytest.approx(90)
    assert seconds_left(step(1, seconds=30.0, progress=1.0)) == 0
    assert seconds_left(step(1, seconds=30.0, progress=0.0)) == 0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "0 s"),
        (45, "45 s"),
        (99.4, "99 s"),
        (100, "2 min"),
        (3600, "60 min"),
        (7800, "2 h 10 min"),
        (86400, "24 h 0 min"),
    ],
)
def test_words(seconds: float, expected: str) -> None:
    assert duration_in_words(seconds) == expected
