"""Benchmark of watching a run: the same steps without snapshots, with snapshots, and with maps of them as well."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playground.bench import BenchError, BenchOptions
from playground.bench.interleaved_rounds import Contestant, Ready, run_rounds, to_seconds
from playground.bench.processes import wait_until_idle
from playground.bench.table import BenchTable
from playground.config import parse
from playground.insight.curves.step_columns import Steps
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import launch_mapper, launch_worker

SNAPSHOT_STEPS = 16  # steps between two snapshots, as in a default run of a minute with sixty of them on two cores
FEWEST_SNAPSHOTS = 2  # at the start and the end of a run only


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    steps: int
    rounds: int

    @property
    def snapshots(self) -> int:
        """Number of snapshots of a run that is watched."""
        return max(FEWEST_SNAPSHOTS, self.steps // SNAPSHOT_STEPS)


FULL, QUICK = Size(400, 3), Size(80, 1)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Seconds of training for the same steps: alone, with snapshots, and with maps."""
    return [compare_watching(options, QUICK if options.quick else FULL)]


def compare_watching(options: BenchOptions, size: Size, **changes: object) -> BenchTable:
    """The table of all contestants; tests change settings of the runs by `changes`, with "__" for a dot."""
    images = {"data.name": "folder", "data.path": options.folder} if options.folder else {}
    chosen = {**images, "budget.steps": size.steps, **{key.replace("__", "."): value for key, value in changes.items()}}

    def contestant(name: str, snapshots: int, against: dict[str, str], *, maps: bool = False) -> Contestant:
        settings = {**chosen, "watch.snapshots": snapshots}
        return Contestant(name, lambda: Ready(lambda: measure_training_seconds(settings, maps=maps)), against)

    alone = {"of the speed alone": "alone"}
    unmapped = {**alone, "of the speed without maps": "looked at"}
    all_three = [
        contestant("alone", FEWEST_SNAPSHOTS, alone),
        contestant("looked at", size.snapshots, unmapped),
        contestant("looked at and mapped", size.snapshots, unmapped, maps=True),
    ]
    rows, failed = run_rounds(all_three, size.rounds, to_seconds)
    words = (
        f"{size.steps:,} steps of a default run, by its own clock: alone it looks at its start and end, else every "
        f"{SNAPSHOT_STEPS} steps at 1,000 images, and the mapper makes a UMAP of every look"
    )
    return BenchTable("Watching", words, "s", rows, failed)


def measure_training_seconds(settings: dict[str, object], *, maps: bool) -> float:
    """Seconds of a training run in a store of its own, with `maps` beside a mapper. Raises BenchError if it fails."""
    with tempfile.TemporaryDirectory() as home:
        store = RunStore(Path(home))
        run = store.create(parse(settings))
        mapper = launch_mapper(store.root) if maps else None
        try:
            if mapper:
                wait_until_idle()  # so that its imports are done, as in a server that has been up for a while
            launch_worker(run.path).wait()
        finally:
            if mapper:
                mapper.terminate()
                mapper.wait()
        return read_steps(run)[-1].seconds


def read_steps(run: RunFolder) -> Steps:
    """Metrics of all steps of a finished run. Raises BenchError where it failed or made no step."""
    steps = MetricsLog().read_on(run).steps
    if run.status().state != "finished" or not steps:
        raise BenchError(f"the run that was to be measured failed: {run.status().message}")
    return steps
