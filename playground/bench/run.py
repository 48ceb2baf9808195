"""Measurements one after the other: one that fails says so, and the others go on."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module

from playground.bench import BENCHES, Bench, Given
from playground.bench.subprocess_call import in_child
from playground.bench.table import Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one measurement."""

    name: str
    tables: Sequence[Table] = ()
    failure: str = ""  # one sentence, where nothing came of it

    @property
    def is_whole(self) -> bool:
        """Whether everybody ran who is installed."""
        return not self.failure and not any(table.failed for table in self.tables)


def outcomes(names: Sequence[str], given: Given) -> Iterator[Outcome]:
    """Make the measurements of those names, one at a time."""
    for name in names:
        try:
            yield Outcome(name, measured(BENCHES[name], given))
        except Exception as error:
            yield Outcome(name, failure=" ".join(str(error).split()) or type(error).__name__)


def measured(bench: Bench, given: Given) -> list[Table]:
    """The tables of one measurement. Raises BenchError."""
    if not bench.like_a_worker:
        tables: list[Table] = import_module(bench.module).measure(given)
        return tables
    return [
        Table.restored(one) for one in in_child("playground.bench.run", "measure_here", bench.module, asdict(given))
    ]


def measure_here(module: str, given: dict[str, bool | str | None]) -> list[Table]:
    """In the child: the same."""
    tables: list[Table] = import_module(module).measure(Given(**given))  # type: ignore[arg-type]
    return tables
