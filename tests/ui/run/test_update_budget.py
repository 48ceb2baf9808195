"""Who may draw in which tick."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.ui.run.run_view import Turns


def tick(turns: Turns, names: str, *, limited: bool = True) -> str:
    """Of the panels that have news, in the order in which the page draws them, those that show them now."""
    turns.begin(limited=limited)
    return "".join(name for name in names if turns.take(name))


def test_as_many_as_may_are_shown_and_the_others_come_first_in_the_next_tick() -> None:
    turns = Turns(2)
    assert tick(turns, "abcd") == "ab"
    assert tick(turns, "acd") == "cd"
    assert tick(turns, "a") == "a"


def test_the_longest_wait_comes_first() -> None:
    turns = Turns(1)
    assert [tick(turns, "abc"), tick(turns, "abc"), tick(turns, "abc"), tick(turns, "abc")] == ["a", "b", "c", "a"]


def test_a_panel_that_is_no_longer_there_keeps_nobody_waiting() -> None:
    turns = Turns(1)
    tick(turns, "ab")
    assert tick(turns, "ac") == ""  # b's turn: it was not drawn any more
    assert tick(turns, "ac") == "a"
    assert tick(turns, "c") == "c"


def test_a_tick_without_a_limit_shows_all() -> None:
    turns = Turns(1)
    assert tick(turns, "abc", limited=False) == "abc"


@given(st.integers(1, 4), st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=20))
def test_nobody_waits_for_ever_and_no_tick_shows_too_much(at_once: int, news: list[set[str]]) -> None:
    turns, pending = Turns(at_once), dict[str, int]()
    for new in news:
        pending = {name: pending.get(name, 0) for name in sorted({*pending, *new})}
        shown = tick(turns, "".join(pending))
        assert len(shown) <= at_once
        pending = {name: waited + 1 for name, waited in pending.items() if name not in shown}
        assert all(waited <= 6 for waited in pending.values())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_before_the_first_tick_nothing_is_held_back(count: int) -> None:
    assert all(Turns(1).take(str(number)) for number in range(count))
