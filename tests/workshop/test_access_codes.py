"""Access codes: easy to say, hard to guess."""

from hypothesis import given
from hypothesis import strategies as st

from playground.workshop.access_codes import WORDS, is_same, new_code, tidy
from playground.workshop.rate_limit import EACH, PACE, TOGETHER, WITHIN


def test_codes_are_words_and_a_number_and_never_the_same() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 195
    for code in codes:
        first, second, number = code.split("-")
        assert first in WORDS and second in WORDS and 100 <= int(number) <= 999


def test_there_are_so_many_that_guessing_takes_months() -> None:
    assert len(set(WORDS)) == len(WORDS) >= 120
    codes = len(WORDS) ** 2 * 900
    a_day = (TOGETHER / WITHIN + 1 / PACE) * 24 * 3600  # at once, and one by one
    assert a_day / codes < 0.0025
    assert EACH < TOGETHER


def test_as_a_phone_types_it() -> None:
    for given_code in (
        "Maple-Otter-482",
        " maple otter 482 ",
        "MAPLE_otter - 482",
        "maple—otter-482".replace("—", " "),
    ):
        assert is_same(given_code, "maple-otter-482")
    for other in ("", "maple-otter", "maple-otter-48", "mapleotter482", "maple-otter-4822"):
        assert not is_same(other, "maple-otter-482")


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_same_is_the_same_tidied(first: str, second: str) -> None:
    assert is_same(first, second) == (tidy(first) == tidy(second))
    assert tidy(tidy(first)) == tidy(first)
