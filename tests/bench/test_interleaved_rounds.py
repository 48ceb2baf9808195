"""Who goes when, and what becomes of those who cannot."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.bench.interleaved_rounds import NOT_INSTALLED, Contestant, Ready, rotate_order, run_rounds, to_seconds


def test_in_each_round_another_one_begins_and_everybody_goes_once() -> None:
    went: list[str] = []

    def turn(name: str) -> float:
        went.append(name)
        return 1.0

    contestants = [Contestant(name, partial(Ready, partial(turn, name))) for name in "abc"]
    rows, failed = run_rounds(contestants, 4, to_seconds)
    assert "".join(went) == "abcbcacababc"
    assert not failed and [row.values for row in rows] == [(1.0,) * 4] * 3


@given(st.lists(st.integers(), unique=True), st.integers(0, 100))
def test_a_rotation_leaves_nobody_out(names: list[int], number: int) -> None:
    assert sorted(rotate_order(names, number)) == sorted(names)
    assert rotate_order(names, number + len(names)) == rotate_order(names, number)


def test_values_notes_and_further_figures_come_into_the_row() -> None:
    seconds = iter([1.0, 2.0, 4.0])
    one = Contestant("a", lambda: Ready(lambda: next(seconds), "note", lambda: {"MB": 3.0}), {"x b": "b"})
    (row,), _ = run_rounds([one], 3, lambda value: 8 / value)
    assert (row.values, row.note, row.extra, row.against) == ((8.0, 4.0, 2.0), "note", {"MB": 3.0}, {"x b": "b"})


def missing(package: str) -> Ready:
    raise ModuleNotFoundError(f"No module named {package!r}", name=package)


def test_a_peer_that_is_not_installed_is_no_failure() -> None:
    contestants = [
        Contestant("lightly", lambda: missing("lightly"), package="lightly"),
        Contestant("ours", lambda: Ready(lambda: 1.0)),
    ]
    (lightly, ours), failed = run_rounds(contestants, 2, to_seconds)
    assert not failed
    assert (lightly.values, lightly.note) == ((), NOT_INSTALLED)
    assert ours.values == (1.0, 1.0)


@pytest.mark.parametrize("package", ["torch", "lightly.transforms"])
def test_another_module_that_is_missing_is_one(package: str) -> None:
    (row,), failed = run_rounds([Contestant("lightly", lambda: missing(package), package="lightly")], 2, to_seconds)
    assert failed and row.note == f"failed: ModuleNotFoundError: No module named '{package}'"


def test_who_breaks_down_has_no_figures_and_the_others_go_on() -> None:
    turns = iter([1.0])

    def breaks() -> float:
        for seconds in turns:
            return seconds
        raise RuntimeError("out of\nmemory")

    contestants = [
        Contestant("a", lambda: Ready(breaks)),
        Contestant("b", lambda: Ready(lambda: 1.0)),
        Contestant("c", lambda: Ready(lambda: 2.0)),
    ]
    (a, b, c), failed = run_rounds(contestants, 3, to_seconds)
    assert failed and (a.values, a.note) == ((), "failed: RuntimeError: out of memory")
    assert (b.values, c.values) == ((1.0,) * 3, (2.0,) * 3)
