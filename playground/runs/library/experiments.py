"""Experiments on disk: a grid of settings and seeds, and the run of each of its cells.

`<home>/experiments/<id>/experiment.json` is the only file: progress follows from the runs, which are ordinary runs in
the queue, so that an experiment goes on after a restart.
"""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any, Literal

from playground.catalog.duration_model import PastPace
from playground.catalog.grid import Cell, Grid
from playground.config import ConfigError, RunConfig
from playground.records import ENDED, RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import read_status_or_none
from playground.runs.library.store import NewRun, new_id
from playground.runs.library.submit import check_submittable, errors_as_refusals, submit_all
from playground.runs.library.workspace import Workspace
from playground.storage.atomic_files import write_json
from playground.storage.json_files import load_finite_json
from playground.wording.durations import duration_in_words

MOST_PLANNED_RUNS, MOST_PLANNED_HOURS = 100, 12
ESTIMATE_SAMPLE = 200  # cells from which the seconds of a larger grid are estimated
PACE_RUNS = 30  # newest runs from which the pace of this machine is read

PLAN_FILE = "experiment.json"

WantedState = Literal["going", "stopped"]


class UnreadableExperiment(ValueError):
    """The file of an experiment is missing or damaged. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A cell of the grid, with its run."""

    labels: tuple[str, ...]  # one for each axis
    seed: int
    config: RunConfig
    seconds: float  # as estimated when the experiment was created
    run: str | None  # its id; None: not created yet


@dataclass(frozen=True, slots=True)
class Plan:
    """Contents of `experiment.json`."""

    title: str
    ready: str | None  # its key in READY_EXPERIMENTS; None: a person's own grid
    wanted: WantedState
    created: float  # seconds since 1970
    grid: Grid
    cells: tuple[PlannedRun, ...]


class Experiment:
    """One experiment on disk. It is read, changed and written under a lock between processes."""

    def __init__(self, path: Path, runs: Workspace) -> None:
        self.path, self.runs, self.id = path, runs, path.name

    @property
    def file(self) -> Path:
        return self.path / PLAN_FILE

    def plan(self) -> Plan:
        """The plan as last written. Raises UnreadableExperiment."""
        return read_plan(self.path)

    def resume(self) -> None:
        """Queues a new run for every cell that is neither done nor under way: for all of them, or for none.

        Raises Refused, and leaves the experiment as it was then.
        """
        with errors_as_refusals(), self._lock():
            plan = replace(self.plan(), wanted="going")
            missing = [number for number, cell in enumerate(plan.cells) if not self._has_run(cell)]
            if missing:
                self._submit(plan, missing)
            else:
                self._write(plan)

    def stop(self) -> None:
        """Cancels the queued runs, and stops the running ones. Raises UnreadableExperiment."""
        self.want("stopped")
        for cell in self.plan().cells:
            run = self._run_of(cell)
            if run and _is_under_way(run):
                run.ask_to_stop()

    def want(self, wanted: WantedState) -> None:
        """Writes whether the experiment is to go on or to stop. Raises UnreadableExperiment."""
        with self._lock():
            self._write(replace(self.plan(), wanted=wanted))

    def run_for(self, number: int) -> RunFolder | None:
        """The queued or running run of the cell `number`, a new one where there is none.

        None where the cell is done or the experiment is stopped. Raises Refused.
        """
        with errors_as_refusals(), self._lock():
            plan = self.plan()
            if plan.wanted == "stopped":
                return None
            run = self._run_of(plan.cells[number])
            status = read_status_or_none(run) if run else None
            if status and is_completed(status):
                return None
            return run if run and _is_under_way(run) else self._submit(plan, [number])[0]

    def _run_of(self, cell: PlannedRun) -> RunFolder | None:
        return self.runs.find(cell.run) if cell.run else None

    def _has_run(self, cell: PlannedRun) -> bool:
        """Whether the run of `cell` is done, queued or running."""
        run = self._run_of(cell)
        status = read_status_or_none(run) if run else None
        return run is not None and status is not None and (is_completed(status) or _is_under_way(run))

    def _submit(self, plan: Plan, numbers: Sequence[int]) -> list[RunFolder]:
        """New runs for these cells, written to the plan before they can start, so that none is lost."""

        def note(ids: Sequence[str]) -> None:
            made = dict(zip(numbers, ids, strict=True))
            cells = (replace(cell, run=made.get(number, cell.run)) for number, cell in enumerate(plan.cells))
            self._write(replace(plan, cells=tuple(cells)))

        return submit_all(self.runs, [NewRun(plan.cells[number].config) for number in numbers], note)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Holds the lock between processes and threads. Raises UnreadableExperiment."""
        try:
            lock = (self.path / ".lock").open("w")
        except OSError as error:
            raise UnreadableExperiment(f"Experiment {self.id} is not there any more.") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, plan: Plan) -> None:
        write_json(self.file, _plan_as_json(plan))


class ExperimentStore:
    """The folder of the experiments. Their ids sort by time of creation."""

    def __init__(self, root: Path, runs: Workspace) -> None:
        self.root, self.runs = root, runs

    def begin(
        self, title: str, grid: Grid, seconds_of: Callable[[RunConfig], float], ready: str | None = None
    ) -> Experiment:
        """Creates an experiment and queues all of its runs, or nothing. Raises Refused."""
        with errors_as_refusals():
            cells, _ = check_grid(grid, seconds_of)
            check_submittable(self.runs, [cell.config for cell in cells])
            experiment = self.create(title, grid, seconds_of, ready)
            try:
                experiment.resume()
            except BaseException:
                shutil.rmtree(experiment.path, ignore_errors=True)
                raise
        return experiment

    def create(
        self, title: str, grid: Grid, seconds_of: Callable[[RunConfig], float], ready: str | None = None
    ) -> Experiment:
        """Creates an experiment without runs, which `resume` queues. Raises ConfigError as `check_grid`."""
        cells, seconds = check_grid(grid, seconds_of)
        now = time.time()
        path = self.root / new_id(ready or "own", now)
        planned = [
            PlannedRun(cell.labels, cell.seed, cell.config, round(its, 1), None)
            for cell, its in zip(cells, seconds, strict=True)
        ]
        path.mkdir(parents=True)
        experiment = Experiment(path, self.runs)
        try:
            experiment._write(Plan(title, ready, "going", now, grid, tuple(planned)))
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return experiment

    def find(self, experiment_id: str) -> Experiment | None:
        """The experiment with this id, or None. Ids come from URLs, so they are never used as paths."""
        return next((experiment for experiment in self.all() if experiment.id == experiment_id), None)

    def all(self) -> list[Experiment]:
        """Every experiment, the oldest first."""
        if not self.root.is_dir():
            return []
        names = sorted(entry.name for entry in self.root.iterdir() if (entry / PLAN_FILE).exists())
        return [Experiment(self.root / name, self.runs) for name in names]


def read_plan(path: Path) -> Plan:
    """The plan of the experiment in `path`, as last written. Raises UnreadableExperiment."""
    try:
        return _plan_from_json(load_finite_json(path / PLAN_FILE))
    except (OSError, ValueError, TypeError, KeyError) as error:
        words = f"{PLAN_FILE} of experiment {path.name} cannot be read ({type(error).__name__})."
        raise UnreadableExperiment(words) from error


def check_grid(grid: Grid, seconds_of: Callable[[RunConfig], float]) -> tuple[list[Cell], list[float]]:
    """The cells of `grid` and the seconds of each. Raises ConfigError for invalid, too many or too long runs."""
    cells = grid.cells(max(1, ceil(grid.size / ESTIMATE_SAMPLE)))
    seconds = [seconds_of(cell.config) for cell in cells]
    total = sum(seconds) / len(seconds) * grid.size
    if grid.size > MOST_PLANNED_RUNS or total > MOST_PLANNED_HOURS * 3600:
        raise ConfigError(
            f"{grid.size:,} runs would take about {duration_in_words(total)}; allowed are at most "
            f"{MOST_PLANNED_RUNS} runs and {MOST_PLANNED_HOURS} hours: take fewer values or seeds, or a smaller budget."
        )
    return cells, seconds


def read_past_paces(runs: Sequence[RunFolder]) -> list[PastPace]:
    """Paces of the newest of `runs`, from their summaries, without those that cannot be read."""
    found = []
    for run in runs[-PACE_RUNS:]:
        status = read_status_or_none(run)
        summary = (status.summary if status else None) or {}
        steps, seconds = summary.get("steps"), summary.get("seconds")
        if isinstance(steps, int) and isinstance(seconds, float) and steps and seconds:
            try:
                found.append(PastPace(run.config, seconds / steps))
            except UnreadableRun:
                continue
    return found


def is_completed(status: RunStatus) -> bool:
    """Whether the run has ended with its budget used."""
    return (status.state, status.reason) == ("finished", "completed")


def _is_under_way(run: RunFolder) -> bool:
    """Whether the run is queued or running, and not asked to stop."""
    status = read_status_or_none(run)
    return status is not None and status.state not in ENDED and not run.asked_to_stop


def _plan_as_json(plan: Plan) -> dict[str, Any]:
    cells = [
        {
            "labels": list(cell.labels),
            "seed": cell.seed,
            "run": cell.run,
            "seconds": cell.seconds,
            "config": cell.config.model_dump(mode="json"),
        }
        for cell in plan.cells
    ]
    head = {name: getattr(plan, name) for name in ("title", "ready", "wanted", "created")}
    return {**head, "grid": plan.grid.as_json(), "cells": cells}


def _plan_from_json(stored: dict[str, Any]) -> Plan:
    head = {name: stored[name] for name in ("title", "ready", "wanted", "created")}
    return Plan(**head, grid=Grid.from_json(stored["grid"]), cells=_planned_runs(stored["cells"]))


def _planned_runs(cells: Sequence[dict[str, Any]]) -> tuple[PlannedRun, ...]:
    return tuple(
        PlannedRun(
            tuple(cell["labels"]), cell["seed"], RunConfig.model_validate(cell["config"]), cell["seconds"], cell["run"]
        )
        for cell in cells
    )
