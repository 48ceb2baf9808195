"""What is computed anew, and when: for another key at once, for news as far as the budget allows."""

import threading
import time
from collections.abc import Callable

import pytest

from playground.ui.run.memo import Memo
from playground.ui.run.update_budget import UpdateBudget


def counting() -> Callable[[], int]:
    """How often it was called before."""
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    return make


def test_a_result_is_computed_again_only_for_another_key() -> None:
    memo, make = Memo(), counting()
    assert memo.last("figure") is None
    assert [memo.get("figure", key, make) for key in (1, 1, 2, 2, 1)] == [0, 0, 1, 1, 2]
    assert memo.get("other", 1, make) == 3
    assert (memo.last("figure"), memo.last("other")) == (2, 3)
    assert memo.get("nothing", 1, lambda: None) is None
    assert memo.get("nothing", 1, make) is None  # None is a result as well


def test_what_fails_is_not_kept() -> None:
    memo = Memo()
    memo.get("figure", 1, lambda: "before")
    with pytest.raises(ZeroDivisionError):
        memo.get("figure", 2, lambda: 1 / 0)
    assert memo.last("figure") == "before"
    assert memo.get("figure", 2, lambda: "after") == "after"


def test_news_wait_for_the_budget_and_another_key_does_not() -> None:
    memo = Memo(UpdateBudget(1))

    def tick(key: str, news: int) -> list[int]:
        assert memo.budget is not None
        memo.budget.begin_tick()
        return [memo.get(name, key, lambda: news, news=news) for name in ("a", "b")]

    assert [tick("x", 1), tick("x", 2), tick("x", 2), tick("y", 3)] == [[1, 1], [2, 1], [2, 2], [3, 3]]


def test_without_a_budget_news_are_taken_in_at_once() -> None:
    memo, make = Memo(), counting()
    assert [memo.get("figure", "x", make, news=news) for news in (1, 1, 2)] == [0, 0, 1]


def test_a_result_may_be_made_of_other_results() -> None:
    memo = Memo()
    assert memo.get("sum", 1, lambda: memo.get("one", 1, lambda: 1) + memo.get("two", 1, lambda: 2)) == 3


def test_threads_that_ask_for_the_same_compute_it_once() -> None:
    memo, make, begun, found = Memo(), counting(), threading.Barrier(8), list[int]()

    def slow() -> int:
        time.sleep(0.01)
        return make()

    def ask() -> None:
        begun.wait()
        found.append(memo.get("figure", 1, slow))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0] * 8
