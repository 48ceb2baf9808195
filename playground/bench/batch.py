"""Benchmark of large batches: training speed and peak memory, beside the default batch size. Needs torch."""

from dataclasses import dataclass
from functools import partial

from playground.bench import BenchOptions
from playground.bench.images import load_images, make_bench_config
from playground.bench.interleaved_rounds import Contestant, Ready, run_rounds
from playground.bench.machine import peak_memory
from playground.bench.subprocess_call import call_in_subprocess
from playground.bench.table import BenchTable
from playground.bench.training import AppTrainer
from playground.config import RunConfig
from playground.data import Dataset

PEAK_COLUMN, SMALL_PEAK_COLUMN, IMPORTS_COLUMN = "peak MB", "at batch 32", "imports alone"  # the columns
SMALLEST_BATCH = 32  # batch size for the part of the memory that does not grow with it


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work: rounds, both batch sizes, and images drawn."""

    rounds: int
    small: int = 256
    large: int = 4096  # a multiple of `small`; a turn trains on as many images
    images: int = 8192


FULL, QUICK = Size(7), Size(2)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Images per second at both batch sizes, and the peak memory of a fresh process at each."""
    return [compare_batch_sizes(options, QUICK if options.quick else FULL)]


def compare_batch_sizes(options: BenchOptions, size: Size, **changes: object) -> BenchTable:
    """The table of both batch sizes; tests change settings of the run by `changes`, with "__" for a dot."""
    configs = {n: make_bench_config(options, size.images, batch_size=n, **changes) for n in (size.small, size.large)}
    against = {"of the small batch": _batch_name(size.small)}
    dataset = load_images(configs[size.small])
    contestants = [
        Contestant(_batch_name(n), partial(_prepare_batch, config, dataset, size.large // n), against)
        for n, config in configs.items()
    ]
    rows, failed = run_rounds(contestants, size.rounds, lambda seconds: size.large / seconds)
    words = (
        f"this project's full steps, {size.large:,} images a turn, microbatch {configs[size.large].microbatch:,}. "
        f"{PEAK_COLUMN}: of a fresh process that has trained on a turn after warming up, libraries included; beside "
        f"it the peak of the same process after steps at batch {SMALLEST_BATCH}, and before any"
    )
    return BenchTable("Batch size", words, "img/s", rows, failed)


def _prepare_batch(config: RunConfig, dataset: Dataset, steps: int) -> Ready:
    found: dict[str, float] = call_in_subprocess(__name__, "measure_peaks", config.model_dump(mode="json"), steps)
    return Ready(AppTrainer(config, dataset, steps).turn, extra=lambda: found)


def measure_peaks(config: dict[str, object], steps: int) -> dict[str, float]:
    """Peak memory of this process in MB, column -> value, after imports, small batches, and `steps` of the config.

    Only a fresh process gives comparable values: memory is not always returned to the system.
    """
    imports, wanted = peak_memory(), RunConfig.model_validate(config)
    dataset = load_images(wanted)
    AppTrainer(wanted.model_copy(update={"batch_size": SMALLEST_BATCH}), dataset, 1)
    smallest = peak_memory()
    AppTrainer(wanted, dataset, steps).turn()
    return {PEAK_COLUMN: peak_memory(), SMALL_PEAK_COLUMN: smallest, IMPORTS_COLUMN: imports}


def _batch_name(batch: int) -> str:
    return f"batch {batch:,}"
