"""Runs a generator to its end, for callers that need only its return value."""

from collections.abc import Callable, Generator
from typing import TypeVar

from playground.records import Progress

Returned = TypeVar("Returned")


def run_to_end(
    generator: Generator[Progress, None, Returned], on_progress: Callable[[Progress], None] | None = None
) -> Returned:
    """Return value of `generator`. `on_progress` gets what it yields; where that raises, the generator is closed."""
    try:
        while True:
            try:
                progress = next(generator)
            except StopIteration as stop:
                value: Returned = stop.value
                return value
            if on_progress is not None:
                on_progress(progress)
    finally:
        generator.close()
