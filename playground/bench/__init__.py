"""Benchmarks of the app beside other libraries on this machine: `python -m playground bench`.

Machines differ and their speed drifts, so only contestants of the same call are compared, as ratios within a round.
Flow: `BENCHES` -> a module below -> contestants, each once a round (`interleaved_rounds`) -> `BenchTable`. A new
benchmark is one file, called as its entry in `BENCHES`, with `measure(options) -> list[BenchTable]`; by convention it
has a dataclass `Size` with the amount of work, as `FULL` and as `QUICK`. Benchmarks that import torch run in a process
of their own (`subprocess_call`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """Options of the command line."""

    quick: bool = False
    folder: str | None = None  # of images to train on; None: drawn shapes


@dataclass(frozen=True, slots=True)
class Bench:
    """One benchmark: its module, and the process that it runs in."""

    module: str
    question: str
    in_subprocess: bool = True  # with a worker's environment; else it starts processes itself


class BenchError(RuntimeError):
    """A benchmark could not run. The message is one sentence for a person."""


BENCHES: Mapping[str, Bench] = {
    "step": Bench("playground.bench.step", "How many images a second does SimCLR train on?"),
    "views": Bench("playground.bench.views", "How long does it take to make two views of a batch?"),
    "loss": Bench("playground.bench.loss", "What does NT-Xent cost, forward and backward?"),
    "batch": Bench("playground.bench.batch", "What does a large batch cost?"),
    "map": Bench("playground.bench.map", "How long does a new map take?", in_subprocess=False),
    "knn": Bench("playground.bench.knn", "How long does it take to judge by nearest neighbours?"),
    "start": Bench("playground.bench.start", "How long does one wait for the first picture?", in_subprocess=False),
    "insight": Bench("playground.bench.insight", "What does watching cost a run?", in_subprocess=False),
    "beside": Bench(
        "playground.bench.beside", "What does training keep of its speed beside another process?", in_subprocess=False
    ),
    "page": Bench("playground.bench.page", "What does a tick of the page cost?", in_subprocess=False),
}
