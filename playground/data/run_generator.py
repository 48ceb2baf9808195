"""Running a generator to its end, for callers that only want what it returns."""

from collections.abc import Callable, Generator
from typing import TypeVar

from playground.records import Progress

T = TypeVar("T")


def finish(generator: Generator[Progress, None, T], on_progress: Callable[[Progress], None] | None = None) -> T:
    """What `generator` returns; `on_progress` gets what it yields. The generator is closed where that raises."""
    try:
        while True:
            try:
                progress = next(generator)
            except StopIteration as stop:
                value: T = stop.value
                return value
            if on_progress is not None:
                on_progress(progress)
    finally:
        generator.close()
