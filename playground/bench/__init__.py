"""What things cost on this machine, beside what people use instead: `python -m playground bench`.

Machines drift and differ, so only what ran turn by turn in one go is compared, and as ratios. Flow: `BENCHES` -> a
module below -> contestants, one turn each a round (`rounds`) -> `Table`. A new measurement is one file with a function
`measure(given) -> list[Table]` and one entry in `BENCHES`; those that import torch run in a process of their own
(`child`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Given:
    """What a person asked for."""

    quick: bool = False
    folder: str | None = None  # of images to train on; drawn shapes where there is none


@dataclass(frozen=True, slots=True)
class Bench:
    """One measurement: the module that makes it, and where it runs."""

    module: str
    question: str
    like_a_worker: bool = True  # in a process of its own, with a worker's environment; else it starts its own processes


class BenchError(RuntimeError):
    """What was to be measured did not run; one sentence."""


BENCHES: Mapping[str, Bench] = {
    "step": Bench("playground.bench.step", "How many images a second does SimCLR train on?"),
    "views": Bench("playground.bench.views", "How long does it take to make two views of a batch?"),
    "loss": Bench("playground.bench.loss", "What does NT-Xent cost, forward and backward?"),
    "batch": Bench("playground.bench.batch", "What does a large batch cost?"),
    "map": Bench("playground.bench.map", "How long does a new map take?", like_a_worker=False),
    "knn": Bench("playground.bench.knn", "How long does it take to judge by nearest neighbours?"),
    "start": Bench("playground.bench.start", "How long does one wait for the first picture?", like_a_worker=False),
    "insight": Bench("playground.bench.insight", "What does watching cost a run?", like_a_worker=False),
    "beside": Bench(
        "playground.bench.beside", "What does training keep of its speed beside another process?", like_a_worker=False
    ),
    "page": Bench("playground.bench.page", "What does a tick of the page cost?", like_a_worker=False),
}
