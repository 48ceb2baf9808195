"""Interleaved measurement: each contestant once a round, in rotated order, so that drift affects all of them alike."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from playground.bench.table import BenchRow

Item = TypeVar("Item")
NOT_INSTALLED = "not installed: pip install -r tests/requirements.txt"


def no_extra_values() -> Mapping[str, float]:
    """An empty mapping, the default of `Ready.extra`."""
    return {}


@dataclass(frozen=True, slots=True)
class Ready:
    """A prepared contestant: imports, compilation and warm-up are done."""

    turn: Callable[[], float]  # does the work once; returns its seconds
    note: str = ""
    extra: Callable[[], Mapping[str, float]] = no_extra_values  # further values, column -> value, after all rounds


@dataclass(frozen=True, slots=True)
class Contestant:
    """A row of a table that is to be measured; `prepare` may raise."""

    name: str
    prepare: Callable[[], Ready]
    against: Mapping[str, str] = field(default_factory=dict)  # as in BenchRow
    package: str = ""  # optional package that it needs; the row says so where it is not installed


def run_rounds(
    contestants: Sequence[Contestant], rounds: int, value: Callable[[float], float]
) -> tuple[list[BenchRow], bool]:
    """A row for each contestant, and whether one failed; `value` converts the seconds of a turn to the table's unit.

    A contestant that fails, or whose package is not installed, gets a row with a note; the others go on. Progress is
    printed to stderr.
    """
    rows = {one.name: BenchRow(one.name, against=one.against) for one in contestants}
    ready: dict[str, Ready] = {}
    failed = False
    for one in contestants:
        print_progress(f"{one.name}: getting ready")
        try:
            ready[one.name] = one.prepare()
        except Exception as error:
            missing = bool(one.package) and isinstance(error, ModuleNotFoundError) and error.name == one.package
            failed |= not missing
            rows[one.name] = replace(rows[one.name], note=NOT_INSTALLED if missing else describe_failure(error))
    for number in range(rounds):
        print_progress(f"round {number + 1} of {rounds}")
        for name in rotate_order(list(ready), number):
            try:
                rows[name] = replace(rows[name], values=(*rows[name].values, value(ready[name].turn())))
            except Exception as error:
                failed = True
                del ready[name]
                rows[name] = replace(rows[name], values=(), note=describe_failure(error))
    for name, done in ready.items():
        rows[name] = replace(rows[name], note=done.note, extra=dict(done.extra()))
    return list(rows.values()), failed


def rotate_order(items: Sequence[Item], number: int) -> list[Item]:
    """`items` rotated to the left by `number`."""
    start = number % len(items) if items else 0
    return [*items[start:], *items[:start]]


def time_call(work: Callable[[], object]) -> float:
    """Seconds that a call of `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def to_milliseconds(seconds: float) -> float:
    """For tables in ms."""
    return 1000 * seconds


def to_seconds(seconds: float) -> float:
    """For tables in s: the value as it is."""
    return seconds


def print_progress(line: str) -> None:
    """Print a line of progress to stderr."""
    print(f"  {line}", file=sys.stderr, flush=True)


def describe_failure(error: Exception) -> str:
    """The error as a note in a table: one line of at most 208 characters."""
    return "failed: " + " ".join(f"{type(error).__name__}: {error}".split())[:200]
