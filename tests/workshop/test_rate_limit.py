"""How often a wrong code may be given."""

from hypothesis import given
from hypothesis import strategies as st

from playground.workshop.access_codes import Tries


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_waits_and_may_again() -> None:
    clock = Clock()
    tries = Tries(each=3, together=10, within=60, clock=clock)
    for _ in range(3):
        assert tries.wait("a") == 0
        tries.count("a")
        clock.now += 10
    assert tries.wait("a") == 30
    assert tries.wait("b") == 0
    clock.now += 29.9
    assert 0 < tries.wait("a") < 0.2
    clock.now += 0.2
    assert tries.wait("a") == 0


def test_many_addresses_together_wait_as_well() -> None:
    clock = Clock()
    tries = Tries(each=3, together=10, within=60, clock=clock)
    for number in range(10):
        tries.count(str(number))
    assert tries.wait("new") == 60
    clock.now += 60
    assert tries.wait("new") == 0
    assert not tries.wrong


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from("abcd")), max_size=200))
def test_no_window_holds_more_than_is_allowed(steps: list[tuple[float, str]]) -> None:
    clock, heard = Clock(), []
    tries = Tries(each=3, together=8, within=60, clock=clock)
    for passed, who in steps:
        clock.now += passed
        if not tries.wait(who):
            tries.count(who)
            heard.append((clock.now, who))
        assert len(tries.wrong) <= 8
    for when, who in heard:
        window = [other for at, other in heard if when - 60 < at <= when]
        assert len(window) <= 8 and window.count(who) <= 3
