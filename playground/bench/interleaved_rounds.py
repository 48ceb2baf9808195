"""Contestants in turn: each once a round, and each round begins with another one, so that drift hits all alike."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from playground.bench.table import Row

T = TypeVar("T")
NOT_INSTALLED = "not installed: pip install -r tests/requirements.txt"


def nothing() -> Mapping[str, float]:
    """No further figures."""
    return {}


@dataclass(frozen=True, slots=True)
class Ready:
    """A contestant that has imported, compiled and warmed up what it needs."""

    turn: Callable[[], float]  # does the work once; seconds, without what is not to be counted
    note: str = ""
    extra: Callable[[], Mapping[str, float]] = nothing  # further figures, once all rounds are over


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who takes part."""

    name: str
    prepare: Callable[[], Ready]
    against: Mapping[str, str] = field(default_factory=dict)  # as in Row
    peer: str = ""  # the package without which it cannot take part, where the app itself does not need it


def compete(contestants: Sequence[Contestant], rounds: int, value: Callable[[float], float]) -> tuple[list[Row], bool]:
    """A row for each contestant, and whether one broke down; `value` makes the table's unit of a turn's seconds.

    Who is not installed or breaks down leaves a row that says so, and the others go on.
    """
    rows = {one.name: Row(one.name, against=one.against) for one in contestants}
    ready: dict[str, Ready] = {}
    failed = False
    for one in contestants:
        tell(f"{one.name}: getting ready")
        try:
            ready[one.name] = one.prepare()
        except Exception as error:
            missing = bool(one.peer) and isinstance(error, ModuleNotFoundError) and error.name == one.peer
            failed |= not missing
            rows[one.name] = replace(rows[one.name], note=NOT_INSTALLED if missing else sentence(error))
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        for name in rotated(list(ready), number):
            try:
                rows[name] = replace(rows[name], values=(*rows[name].values, value(ready[name].turn())))
            except Exception as error:
                failed = True
                del ready[name]
                rows[name] = replace(rows[name], values=(), note=sentence(error))
    for name, done in ready.items():
        rows[name] = replace(rows[name], note=done.note, extra=dict(done.extra()))
    return list(rows.values()), failed


def rotated(names: Sequence[T], number: int) -> list[T]:
    """`names` beginning with another one each round."""
    start = number % len(names) if names else 0
    return [*names[start:], *names[:start]]


def seconds_of(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def milliseconds(seconds: float) -> float:
    return 1000 * seconds


def plainly(seconds: float) -> float:
    return seconds


def tell(line: str) -> None:
    """How far it is, for who waits."""
    print(f"  {line}", file=sys.stderr, flush=True)


def sentence(error: Exception) -> str:
    """What broke, in one line of a table."""
    return "failed: " + " ".join(f"{type(error).__name__}: {error}".split())[:200]
