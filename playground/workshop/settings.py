"""What a workshop allows, as it stands in the environment: without PLAYGROUND_WORKSHOP there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from playground.workshop.access_codes import SHORTEST, is_same, tidy

FLAG, PREFIX = "PLAYGROUND_WORKSHOP", "PLAYGROUND_WORKSHOP_"
ON, OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
# What is allowed for each number.
RANGES: Mapping[str, tuple[int, int]] = {
    "runs_each": (1, 1000),
    "waiting": (1, 10_000),
    "seconds": (5, 86_400),
    "people": (1, 1000),
}


class WorkshopError(ValueError):
    """There can be no such workshop. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """One server for a room of people."""

    code: str  # who has it may take part
    presenter_code: str  # who has it sees everybody's runs
    runs_each: int = 5  # of one person's runs that wait or go on
    waiting: int = 100  # runs in the queue, of all together
    seconds: int = 600  # that an attempt of a run may take
    people: int = 40

    def __post_init__(self) -> None:
        for name in ("code", "presenter_code"):
            if len(tidy(getattr(self, name))) < SHORTEST:
                raise WorkshopError(f"{_words(name)}: a code of at least {SHORTEST} letters or digits is needed.")
        if is_same(self.code, self.presenter_code):
            raise WorkshopError("presenter code: it was given as the code for all; allowed is another one.")
        for name, (low, high) in RANGES.items():
            if not low <= (given := getattr(self, name)) <= high:
                raise WorkshopError(f"{_words(name)}: {given} was given; allowed is a number from {low} to {high:,}.")

    def environment(self) -> dict[str, str]:
        """From which `workshop_from` makes it again."""
        return {FLAG: "1"} | {_variable(field.name): str(getattr(self, field.name)) for field in fields(self)}


def workshop_from(environment: Mapping[str, str]) -> Workshop | None:
    """The workshop that is asked for, None where none is. Raises WorkshopError: better no server than an open one."""
    asked = environment.get(FLAG, "").strip().lower()
    if asked in OFF:
        return None
    if asked not in ON:
        raise WorkshopError(f"{FLAG}: {asked} was given; allowed is 1, or nothing.")
    code, presenter_code = (environment.get(_variable(name), "") for name in ("code", "presenter_code"))
    given = {name: environment[_variable(name)] for name in RANGES if environment.get(_variable(name), "").strip()}
    return Workshop(code, presenter_code, **{name: _whole(name, text) for name, text in given.items()})


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise WorkshopError(f"{_variable(name)}: {text} was given; allowed is a whole number.") from None


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _words(name: str) -> str:
    return name.replace("_", " ")
