"""What a workshop allows, through the environment and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.workshop.settings import FLAG, PREFIX, RANGES, Workshop, WorkshopError, workshop_from

CODES = {f"{PREFIX}CODE": "maple-otter-482", f"{PREFIX}PRESENTER_CODE": "river-ocean-1"}


@pytest.mark.parametrize("environment", [{}, {FLAG: ""}, {FLAG: "0"}, {FLAG: "no", **CODES}, CODES])
def test_without_the_flag_there_is_none(environment: dict[str, str]) -> None:
    assert workshop_from(environment) is None


@given(st.fixed_dictionaries({name: st.integers(low, high) for name, (low, high) in RANGES.items()}))
def test_it_comes_back_from_the_environment(numbers: dict[str, Any]) -> None:
    made = Workshop("maple-otter-482", "river-ocean-1", **numbers, proxies="127.0.0.1, 10.0.0.0/8")
    assert workshop_from(made.environment()) == made


def test_what_is_not_given_is_as_suggested() -> None:
    assert workshop_from({FLAG: "1", **CODES}) == Workshop("maple-otter-482", "river-ocean-1")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({FLAG: "maybe"}, "PLAYGROUND_WORKSHOP: maybe was given; allowed is 1, or nothing."),
        ({f"{PREFIX}CODE": ""}, "code: a code of at least 6 letters or digits is needed."),
        ({f"{PREFIX}PRESENTER_CODE": " - - "}, "presenter code: a code of at least 6 letters or digits is needed."),
        ({f"{PREFIX}PRESENTER_CODE": "Maple Otter 482"}, "presenter code: it was given as the code for all"),
        ({f"{PREFIX}RUNS_EACH": "0"}, "runs each: 0 was given; allowed is a number from 1 to 1,000."),
        ({f"{PREFIX}SECONDS": "2.5"}, "PLAYGROUND_WORKSHOP_SECONDS: 2.5 was given; allowed is a whole number."),
    ],
)
def test_what_cannot_be_is_one_sentence(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(WorkshopError) as refused:
        workshop_from({FLAG: "1", **CODES, **change})
    assert str(refused.value).startswith(sentence)


def test_an_address_of_a_proxy_that_is_none_is_refused() -> None:
    with pytest.raises(
        WorkshopError, match=r"proxies: 127\.0\.0 was given; allowed are addresses such as 127\.0\.0\.1\."
    ):
        Workshop("maple-otter-482", "river-ocean-1", proxies="10.0.0.1,127.0.0")


def test_workshops_with_other_codes_are_others() -> None:
    first = Workshop("maple-otter-482", "river-ocean-1")
    assert first.id == Workshop(" Maple Otter 482", "river-ocean-1", people=300).id
    assert first.id != Workshop("maple-otter-483", "river-ocean-1").id
    assert "maple" not in first.id
