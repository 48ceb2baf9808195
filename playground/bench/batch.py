"""A large batch: its speed beside that of the default one, and the memory that a worker takes. Needs torch."""

from dataclasses import dataclass
from functools import partial

from playground.bench import Given
from playground.bench.images import configured, loaded
from playground.bench.interleaved_rounds import Contestant, Ready, compete
from playground.bench.machine import memory_peak
from playground.bench.subprocess_call import in_child
from playground.bench.table import Table
from playground.bench.training import FullStep
from playground.config import RunConfig
from playground.data import Dataset

MEMORY, BEFORE, IMPORTS = "peak MB", "at batch 32", "imports alone"  # the columns
SMALLEST = 32  # the batch at which a process has all in memory that does not grow with the batch


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    rounds: int
    small: int = 256
    large: int = 4096  # a multiple of the small one: a turn trains on as many images as it has
    images: int = 8192


FULL, QUICK = Size(7), Size(2)


def measure(given: Given) -> list[Table]:
    """Images per second at both batch sizes, and the memory of a fresh process at each."""
    return [contest(given, QUICK if given.quick else FULL)]


def contest(given: Given, size: Size, **changes: object) -> Table:
    """One table; `changes` are settings of the run, for tests."""
    configs = {n: configured(given, size.images, batch_size=n, **changes) for n in (size.small, size.large)}
    against = {"of the small batch": _name(size.small)}
    dataset = loaded(configs[size.small])
    contestants = [
        Contestant(_name(n), partial(_ready, config, dataset, size.large // n), against)
        for n, config in configs.items()
    ]
    rows, failed = compete(contestants, size.rounds, lambda seconds: size.large / seconds)
    words = (
        f"this project's full steps, {size.large:,} images a turn, microbatch {configs[size.large].microbatch:,}. "
        f"{MEMORY}: of a fresh process that has trained on a turn after warming up, libraries included; beside it the "
        f"peak of the same process after steps at batch {SMALLEST}, and before any"
    )
    return Table("Batch size", words, "img/s", rows, failed)


def _ready(config: RunConfig, dataset: Dataset, steps: int) -> Ready:
    found: dict[str, float] = in_child(__name__, "weighed", config.model_dump(mode="json"), steps)
    return Ready(FullStep(config, dataset, steps).turn, extra=lambda: found)


def weighed(config: dict[str, object], steps: int) -> dict[str, float]:
    """The peak of this process when it has trained so many steps and those to warm up; only in a fresh one."""
    imports, wanted = memory_peak(), RunConfig.model_validate(config)
    dataset = loaded(wanted)
    FullStep(wanted.model_copy(update={"batch_size": SMALLEST}), dataset, 1)
    smallest = memory_peak()
    FullStep(wanted, dataset, steps).turn()
    return {MEMORY: memory_peak(), BEFORE: smallest, IMPORTS: imports}


def _name(batch: int) -> str:
    return f"batch {batch:,}"
