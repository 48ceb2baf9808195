"""What looking at a run and mapping it cost: the same steps with nobody watching, looked at, and mapped as well."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playground.bench import BenchError, Given
from playground.bench.interleaved_rounds import Contestant, Ready, compete, plainly
from playground.bench.processes import rest
from playground.bench.table import Table
from playground.config import parse
from playground.insight.curves.step_columns import Steps
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import launch_mapper, launch_worker

EVERY = 16  # steps between two looks: a second of a default run of a minute, with its sixty looks, on two cores
NO_LOOKS = 2  # of a run: at its start and end only


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    steps: int
    rounds: int

    @property
    def looks(self) -> int:
        return max(NO_LOOKS, self.steps // EVERY)


FULL, QUICK = Size(400, 3), Size(80, 1)


def measure(given: Given) -> list[Table]:
    """Seconds of training for the same steps, alone, looked at, and mapped."""
    return [contest(given, QUICK if given.quick else FULL)]


def contest(given: Given, size: Size, **changes: object) -> Table:
    """One table; `changes` are settings of the runs, for tests."""
    images = {"data.name": "folder", "data.path": given.folder} if given.folder else {}
    chosen = {**images, "budget.steps": size.steps, **{key.replace("__", "."): value for key, value in changes.items()}}

    def contestant(name: str, looks: int, against: dict[str, str], *, maps: bool = False) -> Contestant:
        settings = {**chosen, "watch.snapshots": looks}
        return Contestant(name, lambda: Ready(lambda: seconds_of_a_run(settings, maps=maps)), against)

    alone = {"of the speed alone": "alone"}
    unmapped = {**alone, "of the speed without maps": "looked at"}
    all_three = [
        contestant("alone", NO_LOOKS, alone),
        contestant("looked at", size.looks, unmapped),
        contestant("looked at and mapped", size.looks, unmapped, maps=True),
    ]
    rows, failed = compete(all_three, size.rounds, plainly)
    words = (
        f"{size.steps:,} steps of a default run, by its own clock: alone it looks at its start and end, else every "
        f"{EVERY} steps at 1,000 images, and the mapper makes a UMAP of every look"
    )
    return Table("Watching", words, "s", rows, failed)


def seconds_of_a_run(settings: dict[str, object], *, maps: bool) -> float:
    """How long the training of a run took, in a store of its own. Raises BenchError where it fails."""
    with tempfile.TemporaryDirectory() as home:
        store = RunStore(Path(home))
        run = store.create(parse(settings))
        mapper = launch_mapper(store.root) if maps else None
        try:
            if mapper:
                rest()  # it has imported what it needs, as in a server that has been up for a while
            launch_worker(run.path).wait()
        finally:
            if mapper:
                mapper.terminate()
                mapper.wait()
        return steps_of(run)[-1].seconds


def steps_of(run: RunFolder) -> Steps:
    """All that a run has made. Raises BenchError where it failed."""
    steps = MetricsLog().read_on(run).steps
    if run.status().state != "finished" or not steps:
        raise BenchError(f"the run that was to be measured failed: {run.status().message}")
    return steps
