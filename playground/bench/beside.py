"""What training keeps of its speed beside a process that wants a core: runs of the command line, alone and beside."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from playground.bench import BenchError, Given
from playground.bench.insight import NO_LOOKS, steps_of
from playground.bench.interleaved_rounds import Contestant, Ready, compete
from playground.bench.machine import cores
from playground.bench.table import Table
from playground.config import parse
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import NO_VARIABLES, launch_worker

# Until the process that started it is gone, whose id it is told.
BUSY = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"
# How threads of OpenMP wait where nobody says otherwise: for a millisecond with GNU's, 200 with LLVM's.
SPINNING = {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"}
ALONE, BESIDE = "alone", "beside one process"
SPINNING_ALONE, SPINNING_BESIDE = "alone, threads that spin", "beside one process, threads that spin"
LEAST, MOST = "fair share, at least", "at most"  # the columns


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    seconds: int  # of each run
    rounds: int


FULL, QUICK = Size(10, 3), Size(4, 1)


def measure(given: Given) -> list[Table]:
    """Images per second alone and beside a process that wants a core; unless it is to be quick, with spinning too."""
    return [contest(given, QUICK if given.quick else FULL)]


def contest(given: Given, size: Size, **changes: object) -> Table:
    """One table; `changes` are settings of the runs, for tests."""
    images = {"data.name": "folder", "data.path": given.folder} if given.folder else {}
    settings = {"budget.seconds": size.seconds, "watch.snapshots": NO_LOOKS, "device": "cpu", **images}
    settings.update({key.replace("__", "."): value for key, value in changes.items()})
    contestants = [_contestant(ALONE, settings, NO_VARIABLES), _contestant(BESIDE, settings, NO_VARIABLES)]
    if not given.quick:
        contestants += [_contestant(name, settings, SPINNING) for name in (SPINNING_ALONE, SPINNING_BESIDE)]
    rows, failed = compete(contestants, size.rounds, lambda seconds: 1 / seconds)
    return Table("Beside another process", _words(size), "img/s", rows, failed)


def _contestant(name: str, settings: dict[str, object], environment: Mapping[str, str]) -> Contestant:
    beside = name in (BESIDE, SPINNING_BESIDE)

    def turn() -> float:
        with busy_process() if beside else nullcontext():
            return seconds_per_image(settings, environment)

    fair = dict(zip((LEAST, MOST), fair_share(cores()), strict=True)) if beside else {}
    return Contestant(name, lambda: Ready(turn, extra=lambda: fair), {"of the speed alone": ALONE})


def _words(size: Size) -> str:
    least, most = fair_share(cores())
    return (
        f"{size.seconds} s of a default run as the command line makes it, on {cores()} cores, by its own clock and "
        "without its first step; the other process is a loop of Python in a session of its own. Of the speed alone a "
        f"fair share is {least:.2f}, where the other has a whole core, to {most:.2f}, where all threads have as much"
    )


def fair_share(cores: int) -> tuple[float, float]:
    """Of the speed alone, beside one busy thread: where that has a whole core, or half of the only one; and where all
    threads have as much."""
    return max(1 / 2, 1 - 1 / cores), cores / (cores + 1)


@contextmanager
def busy_process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that wants a core all the time, in a session of its own as another person's is."""
    process = subprocess.Popen([sys.executable, "-c", BUSY, str(os.getpid())], start_new_session=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def seconds_per_image(settings: dict[str, object], environment: Mapping[str, str] = NO_VARIABLES) -> float:
    """How long the training of a run took for each image after its first step. Raises BenchError where it fails."""
    with tempfile.TemporaryDirectory() as home:
        run = RunStore(Path(home)).create(parse(settings))
        launch_worker(run.path, alone=True, environment=environment).wait()
        steps = steps_of(run)
        if len(steps) < 2:
            raise BenchError("the run that was to be measured came to one step only")
        took, count = steps[-1].seconds - steps[0].seconds, steps[-1].step - steps[0].step
        return took / (count * run.config.batch_size)
