"""Turns go round among people: nobody waits for all that another one has sent."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data.uploads.fair_turns import FairTurns, Requester
from tests.runs.waiting import until


class Room:
    """Threads that ask for a turn in a given order, and hold it until they are let go."""

    def __init__(self, turns: FairTurns) -> None:
        self.turns, self.entered, self.told = turns, list[str](), dict[str, list[int]]()
        self.leave: dict[str, threading.Event] = {}
        self.threads: list[threading.Thread] = []
        self.most = self.now = 0
        self.counting = threading.Lock()

    def ask(self, name: str) -> None:
        """`name` is a person's letter and a number."""
        self.leave[name], self.told[name] = threading.Event(), []
        thread = threading.Thread(target=self._work, args=[name])
        self.threads.append(thread)
        thread.start()
        until(lambda: name in self.entered or bool(self.told[name]), f"{name} to be in or to be told")

    def finish(self, name: str, then: str = "") -> None:
        self.leave[name].set()
        if then:
            until(lambda: then in self.entered, f"{then} to be in")

    def _work(self, name: str) -> None:
        with self.turns.take(Requester(name[0], self.told[name].append)):
            with self.counting:
                self.entered.append(name)
                self.now += 1
                self.most = max(self.most, self.now)
            self.leave[name].wait(60)
            with self.counting:
                self.now -= 1

    def end(self) -> None:
        for event in self.leave.values():
            event.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads)


def test_who_has_none_goes_before_who_has_many() -> None:
    room = Room(FairTurns(2))
    for name in ("a1", "a2", "a3", "a4", "b1", "c1"):
        room.ask(name)
    assert room.entered == ["a1", "a2"]
    until(lambda: room.told["a3"][-1] == 2, "a3 to be told that b and c go first")
    assert (room.told["b1"][0], room.told["c1"][0]) == (0, 1)
    room.finish("a1", then="b1")
    room.finish("a2", then="c1")
    room.finish("b1", then="a3")
    room.end()
    assert room.entered == ["a1", "a2", "b1", "c1", "a3", "a4"]


def test_a_page_that_is_left_while_it_waits_gives_its_place_away() -> None:
    turns = FairTurns(1)

    def leave(before: int) -> None:
        raise RuntimeError

    with ExitStack() as held:
        held.enter_context(turns.take(Requester("a")))
        with pytest.raises(RuntimeError), turns.take(Requester("b", leave)):
            pass
    with turns.take(Requester("c")):  # nobody is before it any more
        pass


def test_an_error_within_gives_the_turn_back() -> None:
    turns = FairTurns(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="within"), turns.take(Requester("a")):
            raise ValueError("within")


@given(st.lists(st.sampled_from("abc"), max_size=12), st.integers(1, 3))
def test_all_get_a_turn_and_never_more_at_once_than_allowed(people: Sequence[str], at_once: int) -> None:
    room = Room(FairTurns(at_once))
    for number, person in enumerate(people):
        room.ask(f"{person}{number}")
    room.end()
    assert sorted(room.entered) == sorted(f"{person}{number}" for number, person in enumerate(people))
    assert room.most <= at_once
