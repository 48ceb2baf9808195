"""How often a wrong code may be given, and that the right one comes through meanwhile."""

import asyncio
import itertools
import random
from typing import Any

import pytest

from playground.workshop import rate_limit
from playground.workshop.rate_limit import CodeAttempts, address_group


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def attempts(clock: Clock, **limits: Any) -> CodeAttempts:
    """Small bounds, and turns that follow each other without a pause."""
    made: dict[str, Any] = {"each": 3, "together": 10, "within": 60, "pace": 0.0, "choose": random.Random(0)}
    return CodeAttempts(clock=clock, **(made | limits))


def test_an_address_is_slowed_after_some_wrong_codes_and_no_other_is() -> None:
    clock = Clock()
    tries = attempts(clock)
    for _ in range(3):
        assert not tries.is_slowed("a")
        tries.count_wrong("a")
        clock.now += 10
    assert tries.is_slowed("a")
    assert not tries.is_slowed("b")
    clock.now += 30
    assert not tries.is_slowed("a")


def test_many_addresses_together_are_slowed_as_well() -> None:
    clock = Clock()
    tries = attempts(clock)
    for number in range(10):
        tries.count_wrong(str(number))
    assert tries.is_slowed("new")
    clock.now += 60
    assert not tries.is_slowed("new")


def test_a_right_code_comes_through_beside_somebody_who_keeps_guessing() -> None:
    """Ten wrong codes once locked out everybody behind the same address."""
    tries = attempts(Clock())

    async def scenario() -> list[bool]:
        for _ in range(3):
            assert await tries.admit("a")
            tries.count_wrong("a")
        return await asyncio.gather(*(tries.admit("a") for _ in range(4)), tries.admit("b"))

    assert asyncio.run(scenario()) == [True] * 5


def test_turns_go_round_among_addresses() -> None:
    tries = attempts(Clock(), each=0)
    order: list[str] = []

    async def ask(address: str) -> None:
        assert await tries.admit(address)
        order.append(address)

    async def scenario() -> None:
        await asyncio.gather(*(ask(address) for address in ["a"] * 5 + ["b", "c"]))

    asyncio.run(scenario())
    assert order[:3] == ["a", "b", "c"]
    assert order[3:] == ["a"] * 4


def test_only_so_many_wait_and_only_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_WAITING", 2)
    clock = Clock()
    tries = attempts(clock, each=0, pace=1000.0, patience=0.05)

    async def scenario() -> list[bool]:
        return await asyncio.gather(*(tries.admit("a") for _ in range(4)))

    admitted = asyncio.run(scenario())
    assert admitted.count(True) == 1  # the others were too many, or waited in vain
    assert tries._waiting == {}


def test_no_more_are_looked_at_than_the_pace_allows() -> None:
    """Real seconds, few of them: turns of all addresses together keep their distance."""
    tries = CodeAttempts(each=0, pace=0.05)
    loop_times: list[float] = []

    async def ask(address: str) -> None:
        assert await tries.admit(address)
        loop_times.append(asyncio.get_running_loop().time())

    async def scenario() -> None:
        await asyncio.gather(*(ask(address) for address in "aabbccdd"))

    asyncio.run(scenario())
    assert all(later - earlier > 0.04 for earlier, later in itertools.pairwise(loop_times))


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("10.0.0.9", "10.0.0.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:10.0.0.9", "10.0.0.9"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_machine_is_one_address_however_many_it_has(address: str, group: str) -> None:
    assert address_group(address) == group
