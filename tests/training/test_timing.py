"""When it is time to look, and how fast training goes."""

from itertools import pairwise

import pytest

from playground.training.timing import SnapshotTimer, Throughput


def looks(pictures: int, *, length: float, step: float, cost: float) -> list[float]:
    """The times of the looks in a run of `length` seconds, with steps of `step` seconds and looks of `cost`."""
    rhythm, now, found = SnapshotTimer(pictures), 0.0, []
    while (now := now + step) < length:
        if rhythm.due(now, now / length):
            found.append(now)
            rhythm.looked(now + cost, now / length, cost)
            now += cost
    return found


def test_first_look_comes_soon_after_a_second() -> None:
    assert looks(60, length=60, step=0.1, cost=0.01)[0] == pytest.approx(1.0, abs=0.11)


def test_looks_come_at_doubling_times_at_first() -> None:
    first, second, third = looks(4, length=100, step=0.1, cost=0.001)[:3]
    assert second / first == pytest.approx(2, rel=0.1)
    assert third / second == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("pictures", [10, 60])
def test_there_are_about_as_many_as_wanted(pictures: int) -> None:
    assert pictures * 0.7 <= len(looks(pictures, length=600, step=0.1, cost=0.01)) <= pictures + 10


def test_dear_looks_are_rare() -> None:
    times = looks(1000, length=600, step=0.1, cost=2.0)
    assert len(times) >= 3
    assert len(times) * 2.0 <= 600 * SnapshotTimer.SHARE * 1.2  # the cost of the first one was not known beforehand


def test_a_look_that_was_slow_for_once_does_not_keep_the_next_ones_waiting() -> None:
    rhythm, now = SnapshotTimer(1000), 0.0
    found: list[float] = []
    while (now := now + 0.1) < 60:
        if rhythm.due(now, now / 60):
            cost = 2.0 if len(found) in (0, 5) else 0.2
            found.append(now)
            rhythm.looked(now + cost, now / 60, cost)
            now += cost
    waits = [later - earlier for earlier, later in pairwise(found)]
    assert max(waits) <= max(2.0 + SnapshotTimer.SECOND, 2.0 + 0.2 / SnapshotTimer.SHARE) + 0.2


def test_never_more_often_than_once_a_second() -> None:
    times = looks(1000, length=20, step=0.05, cost=0.0)
    assert all(later - earlier >= SnapshotTimer.FIRST * 0.999 for earlier, later in pairwise(times))


def test_pace_is_that_of_the_last_steps() -> None:
    pace = Throughput()
    assert pace.images_per_second(32, 2.0) == pytest.approx(16)
    assert pace.images_per_second(32, 1.0) == pytest.approx(64 / 3)
    for _ in range(Throughput.STEPS):
        last = pace.images_per_second(32, 0.5)
    assert last == pytest.approx(64)


def test_pace_of_no_time_is_finite() -> None:
    assert Throughput().images_per_second(32, 0.0) < float("inf")
