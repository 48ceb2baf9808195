"""How many panels redraw in a tick, and which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.ui.run.update_budget import UpdateBudget


def tick(budget: UpdateBudget, names: str, *, limited: bool = True) -> str:
    """Of the panels that have news, in the order in which the page draws them, those that show them now."""
    budget.begin_tick(limited=limited)
    return "".join(name for name in names if budget.take(name))


def test_as_many_as_may_are_shown_and_the_others_come_first_in_the_next_tick() -> None:
    budget = UpdateBudget(2)
    assert tick(budget, "abcd") == "ab"
    assert tick(budget, "acd") == "cd"
    assert tick(budget, "a") == "a"


def test_the_longest_wait_comes_first() -> None:
    budget = UpdateBudget(1)
    assert [tick(budget, "abc"), tick(budget, "abc"), tick(budget, "abc"), tick(budget, "abc")] == ["a", "b", "c", "a"]


def test_a_panel_that_is_no_longer_there_keeps_nobody_waiting() -> None:
    budget = UpdateBudget(1)
    tick(budget, "ab")
    assert tick(budget, "ac") == ""  # b's turn: it was not drawn any more
    assert tick(budget, "ac") == "a"
    assert tick(budget, "c") == "c"


def test_a_tick_without_a_limit_shows_all() -> None:
    budget = UpdateBudget(1)
    assert tick(budget, "abc", limited=False) == "abc"


@given(st.integers(1, 4), st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=20))
def test_nobody_waits_for_ever_and_no_tick_shows_too_much(at_once: int, news: list[set[str]]) -> None:
    budget, pending = UpdateBudget(at_once), dict[str, int]()
    for new in news:
        pending = {name: pending.get(name, 0) for name in sorted({*pending, *new})}
        shown = tick(budget, "".join(pending))
        assert len(shown) <= at_once
        pending = {name: waited + 1 for name, waited in pending.items() if name not in shown}
        assert all(waited <= 6 for waited in pending.values())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_before_the_first_tick_nothing_is_held_back(count: int) -> None:
    assert all(UpdateBudget(1).take(str(number)) for number in range(count))
