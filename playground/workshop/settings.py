"""Settings of a workshop, as they stand in the environment: without PLAYGROUND_WORKSHOP there is none."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from playground.workshop.access_codes import SHORTEST, is_same, tidy
from playground.workshop.registry import workshop_id

FLAG, PREFIX = "PLAYGROUND_WORKSHOP", "PLAYGROUND_WORKSHOP_"
FORWARDED_ALLOW_IPS = "FORWARDED_ALLOW_IPS"  # by which uvicorn is told the proxies
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


@dataclass(frozen=True)
class Workshop:
    """One server for many people: codes, and what each person may have."""

    code: str  # who has it may take part
    presenter_code: str  # who has it sees everybody's runs
    runs_each: int = 5  # of one person's runs that wait or go on
    waiting: int = 100  # runs in the queue, of all together
    seconds: int = 600  # that an attempt of a run may take
    people: int = 40
    proxies: str = ""  # addresses of proxies whose word is taken for where a request comes from, with commas

    def __post_init__(self) -> None:
        for name in ("code", "presenter_code"):
            if len(tidy(getattr(self, name))) < SHORTEST:
                raise WorkshopError(f"{_words(name)}: a code of at least {SHORTEST} letters or digits is needed.")
        if is_same(self.code, self.presenter_code):
            raise WorkshopError("presenter code: it was given as the code for all; allowed is another one.")
        for address in filter(None, map(str.strip, self.proxies.split(","))):
            _check_address(address)
        for name, (low, high) in RANGES.items():
            if not low <= (given := getattr(self, name)) <= high:
                raise WorkshopError(f"{_words(name)}: {given} was given; allowed is a number from {low} to {high:,}.")

    @cached_property
    def id(self) -> str:
        """By which entries belong to this workshop, see `Registry`."""
        return workshop_id(tidy(self.code), tidy(self.presenter_code))

    def environment(self) -> dict[str, str]:
        """Environment variables from which `workshop_from` makes it again; uvicorn reads the last one."""
        own = {FLAG: "1"} | {_variable(field.name): str(getattr(self, field.name)) for field in fields(self)}
        return own | {FORWARDED_ALLOW_IPS: self.proxies}


def workshop_from(environment: Mapping[str, str]) -> Workshop | None:
    """The workshop that is asked for, None where none is. Raises WorkshopError: better no server than an open one."""
    asked = environment.get(FLAG, "").strip().lower()
    if asked in OFF:
        return None
    if asked not in ON:
        raise WorkshopError(f"{FLAG}: {asked} was given; allowed is 1, or nothing.")
    code, presenter_code = (environment.get(_variable(name), "") for name in ("code", "presenter_code"))
    given = {name: environment[_variable(name)] for name in RANGES if environment.get(_variable(name), "").strip()}
    numbers = {name: _whole(name, text) for name, text in given.items()}
    return Workshop(code, presenter_code, proxies=environment.get(_variable("proxies"), ""), **numbers)


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_network(address)
    except ValueError:
        raise WorkshopError(f"proxies: {address} was given; allowed are addresses such as 127.0.0.1.") from None


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise WorkshopError(f"{_variable(name)}: {text} was given; allowed is a whole number.") from None


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _words(name: str) -> str:
    return name.replace("_", " ")
