"""What looking at a run and mapping it cost: the same steps with nobody watching, and watched as by default."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playground.bench import BenchError, Given
from playground.bench.processes import rest
from playground.bench.rounds import Contestant, Ready, compete, plainly
from playground.bench.table import Table
from playground.config import parse
from playground.runs.folder import MetricsLog
from playground.runs.launcher import launch_mapper, launch_worker
from playground.runs.store import RunStore

LOOKS, NO_LOOKS = 60, 2  # of a run: as suggested, and at its start and end only


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    steps: int
    rounds: int


FULL, QUICK = Size(400, 3), Size(80, 1)


def measure(given: Given) -> list[Table]:
    """Seconds of training for the same steps, alone and watched."""
    return [contest(given, QUICK if given.quick else FULL)]


def contest(given: Given, size: Size, **changes: object) -> Table:
    """One table; `changes` are settings of the runs, for tests."""
    images = {"data.name": "folder", "data.path": given.folder} if given.folder else {}
    chosen = {**images, "budget.steps": size.steps, **{key.replace("__", "."): value for key, value in changes.items()}}

    def alone() -> float:
        return seconds_of_a_run({**chosen, "watch.snapshots": NO_LOOKS}, maps=False)

    def watched() -> float:
        return seconds_of_a_run({**chosen, "watch.snapshots": LOOKS}, maps=True)

    against = {"of the speed alone": "alone"}
    both = [
        Contestant("alone", lambda: Ready(alone), against),
        Contestant("watched", lambda: Ready(watched), against),
    ]
    rows, failed = compete(both, size.rounds, plainly)
    words = (
        f"{size.steps:,} steps of a default run, by its own clock: alone it looks at its start and end only; watched "
        "it looks as often as suggested at 1,000 images, and the mapper makes a UMAP of every look"
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
        steps = MetricsLog().read_on(run).steps
        if run.status().state != "finished" or not steps:
            raise BenchError(f"the run that was to be measured failed: {run.status().message}")
        return steps[-1].seconds
