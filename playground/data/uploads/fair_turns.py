"""Turns at something scarce, fair among people: used for the processes that look into uploaded files."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    person: str


def tell_nobody(before: int) -> None:
    """For those who need not know how many come before them."""


class Requester(NamedTuple):
    """Who asks for a turn: the id of a person ("" where one person uses the app alone), and how they are told."""

    person: str = ""
    tell: Callable[[int], None] = tell_nobody  # of how many that wait come before, whenever that changes


ALONE = Requester()


class FairTurns:
    """At most `at_once` hold a turn. Whoever has fewest goes next, and of those whose last one began longest ago.

    So somebody with one file waits for one of each other person's at most, however many those have sent.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._changed = threading.Condition()
        self._holding: Counter[str] = Counter()  # turns by person
        self._waiting: list[_Waiting] = []  # in the order in which they came
        self._begun = 0  # turns
        self._last: dict[str, int] = {}  # number of the last turn that began, by person

    @contextmanager
    def take(self, requester: Requester = ALONE) -> Iterator[None]:
        """A turn for the length of the context; waits for it."""
        person = requester.person
        self._wait(_Waiting(person), requester.tell)
        try:
            yield
        finally:
            with self._changed:
                self._holding[person] -= 1
                if not self._holding[person]:
                    del self._holding[person]
                self._changed.notify_all()

    def _wait(self, one: _Waiting, tell: Callable[[int], None]) -> None:
        told = -1
        with self._changed:
            self._waiting.append(one)
            self._changed.notify_all()  # one who waits may come later by this
        try:
            while True:
                with self._changed:
                    before = self._count_before(one)
                    if before < 0:
                        self._begin(one.person)
                        return
                    if before == told:
                        self._changed.wait()
                        continue
                told = before
                tell(told)  # without the lock: it may draw on a page, or raise where that page is gone
        finally:
            with self._changed:
                self._waiting = [other for other in self._waiting if other is not one]
                self._changed.notify_all()

    def _begin(self, person: str) -> None:
        self._holding[person] += 1
        self._begun += 1
        asking = {other.person for other in self._waiting}  # of the others nobody needs to know
        self._last = {other: last for other, last in self._last.items() if other in asking} | {person: self._begun}

    def _count_before(self, one: _Waiting) -> int:
        """How many of those that wait come before `one`; -1 where it is its turn."""
        order = self._ordered()
        place = next(place for place, other in enumerate(order) if other is one)
        free = self._at_once - self._holding.total()
        return -1 if place < free else place - free

    def _ordered(self) -> list[_Waiting]:
        """Those that wait, by turn: each person's first file before anybody's second."""
        ahead, turns = Counter(self._holding), list[tuple[int, int, int]]()
        for place, one in enumerate(self._waiting):
            turns.append((ahead[one.person], self._last.get(one.person, 0), place))
            ahead[one.person] += 1
        return [self._waiting[place] for *_, place in sorted(turns)]
