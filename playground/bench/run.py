"""Runs benchmarks one after the other; one that fails does not keep the others from it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module

from playground.bench import BENCHES, Bench, BenchOptions
from playground.bench.subprocess_call import call_in_subprocess
from playground.bench.table import BenchTable


@dataclass(frozen=True, slots=True)
class BenchOutcome:
    """Result of one benchmark: its tables, or why it failed."""

    name: str
    tables: Sequence[BenchTable] = ()
    failure: str = ""  # one sentence; "" where it ran

    @property
    def is_complete(self) -> bool:
        """Whether all installed contestants ran."""
        return not self.failure and not any(table.failed for table in self.tables)


def run_benches(names: Sequence[str], options: BenchOptions) -> Iterator[BenchOutcome]:
    """Run the benchmarks of those names, and yield each outcome when it is there. Raises nothing of theirs."""
    for name in names:
        try:
            yield BenchOutcome(name, run_bench(BENCHES[name], options))
        except Exception as error:
            yield BenchOutcome(name, failure=" ".join(str(error).split()) or type(error).__name__)


def run_bench(bench: Bench, options: BenchOptions) -> list[BenchTable]:
    """The tables of one benchmark, run in a process of its own if it asks for that. Raises BenchError."""
    if not bench.in_subprocess:
        tables: list[BenchTable] = import_module(bench.module).measure(options)
        return tables
    return [
        BenchTable.from_dict(one)
        for one in call_in_subprocess("playground.bench.run", "run_measure", bench.module, asdict(options))
    ]


def run_measure(module: str, options: dict[str, bool | str | None]) -> list[BenchTable]:
    """`measure` of a benchmark's module; called in the child process, with JSON values."""
    tables: list[BenchTable] = import_module(module).measure(BenchOptions(**options))  # type: ignore[arg-type]
    return tables
