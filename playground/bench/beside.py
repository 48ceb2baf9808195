"""Benchmark of training beside a busy process: runs of the command line, alone and with another process on a core."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from playground.bench import BenchError, BenchOptions
from playground.bench.insight import FEWEST_SNAPSHOTS, read_steps
from playground.bench.interleaved_rounds import Contestant, Ready, run_rounds
from playground.bench.machine import usable_cores
from playground.bench.table import BenchTable
from playground.config import parse
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import NO_VARIABLES, launch_worker

# Busy until its parent, whose process id is the argument, is gone.
BUSY_LOOP = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"
# The defaults of OpenMP runtimes: threads spin while they wait, for about 1 ms (GNU) or 200 ms (LLVM).
SPIN_SETTINGS = {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"}
RUN_ALONE, BESIDE = "alone", "beside one process"
SPINNING_ALONE, SPINNING_BESIDE = "alone, threads that spin", "beside one process, threads that spin"
LEAST_SHARE_COLUMN, MOST_SHARE_COLUMN = "fair share, at least", "at most"  # the columns


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    seconds: int  # of each run
    rounds: int


FULL, QUICK = Size(10, 3), Size(4, 1)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Images per second alone and beside a busy process; with `options.quick` without the spinning threads."""
    return [compare_beside(options, QUICK if options.quick else FULL)]


def compare_beside(options: BenchOptions, size: Size, **changes: object) -> BenchTable:
    """The table of all contestants; tests change settings of the runs by `changes`, with "__" for a dot."""
    images = {"data.name": "folder", "data.path": options.folder} if options.folder else {}
    settings = {"budget.seconds": size.seconds, "watch.snapshots": FEWEST_SNAPSHOTS, "device": "cpu", **images}
    settings.update({key.replace("__", "."): value for key, value in changes.items()})
    contestants = [
        _beside_contestant(RUN_ALONE, settings, NO_VARIABLES),
        _beside_contestant(BESIDE, settings, NO_VARIABLES),
    ]
    if not options.quick:
        contestants += [_beside_contestant(name, settings, SPIN_SETTINGS) for name in (SPINNING_ALONE, SPINNING_BESIDE)]
    rows, failed = run_rounds(contestants, size.rounds, lambda seconds: 1 / seconds)
    return BenchTable("Beside another process", _describe_runs(size), "img/s", rows, failed)


def _beside_contestant(name: str, settings: dict[str, object], environment: Mapping[str, str]) -> Contestant:
    beside = name in (BESIDE, SPINNING_BESIDE)

    def turn() -> float:
        with busy_process() if beside else nullcontext():
            return measure_seconds_per_image(settings, environment)

    fair = dict(zip((LEAST_SHARE_COLUMN, MOST_SHARE_COLUMN), fair_share(usable_cores()), strict=True)) if beside else {}
    return Contestant(name, lambda: Ready(turn, extra=lambda: fair), {"of the speed alone": RUN_ALONE})


def _describe_runs(size: Size) -> str:
    least, most = fair_share(usable_cores())
    return (
        f"{size.seconds} s of a default run as the command line makes it, on {usable_cores()} cores, by its own clock "
        "and without its first step; the other process is a loop of Python in a session of its own. Of the speed alone "
        f"a fair share is {least:.2f}, where the other has a whole core, to {most:.2f}, where all threads have as much"
    )


def fair_share(cores: int) -> tuple[float, float]:
    """Fair share of the speed alone beside one busy thread: (lower, upper) bound, 0 to 1.

    Lower: the busy thread has a whole core, or half of the only one. Upper: all threads get the same time.
    """
    return max(1 / 2, 1 - 1 / cores), cores / (cores + 1)


@contextmanager
def busy_process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that uses a core all the time, in a session of its own like the process of another user."""
    process = subprocess.Popen([sys.executable, "-c", BUSY_LOOP, str(os.getpid())], start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def measure_seconds_per_image(settings: dict[str, object], environment: Mapping[str, str] = NO_VARIABLES) -> float:
    """Seconds for each image of a training run, without its first step. Raises BenchError where the run fails."""
    with tempfile.TemporaryDirectory() as home:
        run = RunStore(Path(home)).create(parse(settings))
        launch_worker(run.path, alone=True, environment=environment).wait()
        steps = read_steps(run)
        if len(steps) < 2:
            raise BenchError("the run that was to be measured came to one step only")
        took, count = steps[-1].seconds - steps[0].seconds, steps[-1].step - steps[0].step
        return took / (count * run.config.batch_size)
