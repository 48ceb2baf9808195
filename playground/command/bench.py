"""`python -m playground bench`: what things cost on this machine, as ratios within one interleaved run.

Machines drift and differ: only what ran turn by turn in one go is compared. To add a measurement, extend BENCHES.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from playground.command.train import BAD_INPUT, FAILED
from playground.config import parse
from playground.runs.folder import MetricsLog
from playground.runs.launcher import launch_mapper, launch_worker
from playground.runs.store import RunStore

STEPS, QUICK_STEPS = 600, 150
ROUNDS, QUICK_ROUNDS = 3, 1
WARM = 25.0  # seconds in which the mapper has imported what it needs, as in a server that has been up for a while
LOOKS, NO_LOOKS = 60, 2  # of a run: as suggested, and at its start and end only


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement."""

    name: str
    value: float
    unit: str
    words: str
    rounds: tuple[float, ...]


class BenchError(RuntimeError):
    """What was to be measured did not run."""


def bench(*, quick: bool, file: Path | None) -> int:
    """Measure everything and print a table; `file` gets the same as JSON."""
    if file is not None and not file.parent.is_dir():
        print(f"--json: {file} was given, whose folder does not exist; allowed is a file in a folder.", file=sys.stderr)
        return BAD_INPUT
    try:
        results = [measure(quick) for measure in BENCHES]
    except BenchError as error:
        print(error, file=sys.stderr)
        return FAILED
    for result in results:
        spread = ", ".join(f"{value:.3f}" for value in result.rounds)
        print(f"{result.name}: {result.value:.3f} {result.unit} ({spread})\n  {result.words}")
    if file is not None:
        file.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    return 0


def insight_share(quick: bool) -> Result:
    """The share of a run's time that looking and mapping take."""
    shares = [_insight_round(QUICK_STEPS if quick else STEPS) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
    words = (
        "share of the training time of a default run (shapes, SimCLR, probe 1,000, UMAP of every look by the mapper) "
        "that looking and mapping take: 1 - seconds without / seconds with them, for the same steps"
    )
    return Result("insight", median(shares), "of the time", words, tuple(shares))


def _insight_round(steps: int) -> float:
    without = _seconds(steps, NO_LOOKS, maps=False)
    return 1 - without / _seconds(steps, LOOKS, maps=True)


def _seconds(steps: int, looks: int, *, maps: bool) -> float:
    """How long so many steps of a default run take, in a store of its own. Raises BenchError where it fails."""
    with tempfile.TemporaryDirectory() as home:
        store = RunStore(Path(home))
        run = store.create(parse({"budget.steps": steps, "watch.snapshots": looks}))
        mapper = launch_mapper(store.root) if maps else None
        try:
            if mapper:
                time.sleep(WARM)
            launch_worker(run.path).wait()
        finally:
            if mapper:
                mapper.terminate()
                mapper.wait()
        done = MetricsLog().read_on(run).steps
        if run.status().state != "finished" or not done:
            raise BenchError(f"The run that was to be measured failed: {run.status().message}")
        print(f"{steps} steps, {looks} looks asked for: {done[-1].seconds:.1f} s", file=sys.stderr, flush=True)
        return done[-1].seconds


BENCHES: tuple[Callable[[bool], Result], ...] = (insight_share,)
