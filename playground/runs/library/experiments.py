"""Experiments on disk: a grid, and which run each of its cells has. The runs themselves are as all others.

`<home>/experiments/<id>/experiment.json`; nothing else is needed to go on after a restart: the runs wait in their
queue, and how far all is follows from them.
"""

import fcntl
import json
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
from playground.runs.library.index import readable_status
from playground.runs.library.store import NewRun, new_id
from playground.runs.library.submit import check, refusing, submit_all
from playground.runs.library.workspace import Workspace
from playground.storage.atomic_files import write_json
from playground.wording.durations import duration_in_words

MOST_RUNS, MOST_HOURS = 100, 12
SAMPLE = 200  # runs from which the time of a larger grid is reckoned
LAST_RUNS = 30  # from which the pace of this machine is read

FILE = "experiment.json"

Wanted = Literal["going", "stopped"]


class UnreadableExperiment(ValueError):
    """An experiment's file is missing or not ours. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A cell of the grid, with the run that makes it."""

    labels: tuple[str, ...]  # one for each axis
    seed: int
    config: RunConfig
    seconds: float  # as estimated before
    run: str | None  # its id; None: not made yet


@dataclass(frozen=True, slots=True)
class Plan:
    """What `experiment.json` holds."""

    title: str
    ready: str | None  # its key in READY; None: a person's own grid
    wanted: Wanted
    created: float  # seconds since 1970
    grid: Grid
    cells: tuple[PlannedRun, ...]


class Experiment:
    """One experiment on disk. Every change is read, made and written while no other process does the same."""

    def __init__(self, path: Path, runs: Workspace) -> None:
        self.path, self.runs, self.id = path, runs, path.name

    @property
    def file(self) -> Path:
        return self.path / FILE

    def plan(self) -> Plan:
        """As last written. Raises UnreadableExperiment."""
        return read_plan(self.path)

    def resume(self) -> None:
        """Every cell that is neither done nor under way gets a new run, queued: all of them, or none.

        Raises Refused, with the experiment as it was.
        """
        with refusing(), self._alone():
            plan = replace(self.plan(), wanted="going")
            missing = [number for number, cell in enumerate(plan.cells) if not self._has_run(cell)]
            if missing:
                self._submit(plan, missing)
            else:
                self._write(plan)

    def stop(self) -> None:
        """Cancel the runs that wait, and ask the one that goes to stop."""
        self.want("stopped")
        for cell in self.plan().cells:
            run = self._run_of(cell)
            if run and _is_open(run):
                run.ask_to_stop()

    def want(self, wanted: Wanted) -> None:
        """Note what is to become of it."""
        with self._alone():
            self._write(replace(self.plan(), wanted=wanted))

    def run_for(self, number: int) -> RunFolder | None:
        """The run of that cell which waits or goes on, a new one if it has none; None where the cell is done.

        None as well once the experiment is stopped. Raises Refused.
        """
        with refusing(), self._alone():
            plan = self.plan()
            if plan.wanted == "stopped":
                return None
            run = self._run_of(plan.cells[number])
            status = readable_status(run) if run else None
            if status and is_done(status):
                return None
            return run if run and _is_open(run) else self._submit(plan, [number])[0]

    def _run_of(self, cell: PlannedRun) -> RunFolder | None:
        return self.runs.find(cell.run) if cell.run else None

    def _has_run(self, cell: PlannedRun) -> bool:
        """Whether its run is done, waits or goes on."""
        run = self._run_of(cell)
        status = readable_status(run) if run else None
        return run is not None and status is not None and (is_done(status) or _is_open(run))

    def _submit(self, plan: Plan, numbers: Sequence[int]) -> list[RunFolder]:
        """New runs for these cells, noted before they can start: one that no experiment knows of trains for nobody."""

        def note(ids: Sequence[str]) -> None:
            made = dict(zip(numbers, ids, strict=True))
            cells = (replace(cell, run=made.get(number, cell.run)) for number, cell in enumerate(plan.cells))
            self._write(replace(plan, cells=tuple(cells)))

        return submit_all(self.runs, [NewRun(plan.cells[number].config) for number in numbers], note)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Between processes and threads; the lock goes with the file handle, however this ends."""
        try:
            lock = (self.path / ".lock").open("w")
        except OSError as error:
            raise UnreadableExperiment(f"Experiment {self.id} is not there any more.") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, plan: Plan) -> None:
        write_json(self.file, _as_json(plan))


class ExperimentStore:
    """The folder that holds the experiments. Ids sort by the time at which they were made."""

    def __init__(self, root: Path, runs: Workspace) -> None:
        self.root, self.runs = root, runs

    def begin(
        self, title: str, grid: Grid, seconds_of: Callable[[RunConfig], float], ready: str | None = None
    ) -> Experiment:
        """A new experiment, all of whose runs wait; or none. Raises Refused."""
        with refusing():
            cells, _ = checked(grid, seconds_of)
            check(self.runs, [cell.config for cell in cells])
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
        """A new experiment, none of whose runs is made yet: `resume` queues them. Raises ConfigError as `checked`."""
        cells, seconds = checked(grid, seconds_of)
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
        """The experiment of that id, or None. An id comes from a URL: it is never taken for a path."""
        return next((experiment for experiment in self.all() if experiment.id == experiment_id), None)

    def all(self) -> list[Experiment]:
        """Every experiment, the oldest first."""
        if not self.root.is_dir():
            return []
        names = sorted(entry.name for entry in self.root.iterdir() if (entry / FILE).exists())
        return [Experiment(self.root / name, self.runs) for name in names]


def read_plan(path: Path) -> Plan:
    """What the experiment in that folder is, as last written. Raises UnreadableExperiment."""
    try:
        return _plan(json.loads((path / FILE).read_text()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        words = f"{FILE} of experiment {path.name} cannot be read ({type(error).__name__})."
        raise UnreadableExperiment(words) from error


def checked(grid: Grid, seconds_of: Callable[[RunConfig], float]) -> tuple[list[Cell], list[float]]:
    """Its cells and the seconds that each takes. Raises ConfigError where they are no runs, or too many or too long."""
    cells = grid.cells(max(1, ceil(grid.size / SAMPLE)))
    seconds = [seconds_of(cell.config) for cell in cells]
    total = sum(seconds) / len(seconds) * grid.size
    if grid.size > MOST_RUNS or total > MOST_HOURS * 3600:
        raise ConfigError(
            f"{grid.size:,} runs would take about {duration_in_words(total)}; allowed are at most {MOST_RUNS} runs and "
            f"{MOST_HOURS} hours: take fewer values or seeds, or a smaller budget."
        )
    return cells, seconds


def paces(runs: Sequence[RunFolder]) -> list[PastPace]:
    """How fast the last of `runs` were, by their summaries; those that cannot be read are left out."""
    found = []
    for run in runs[-LAST_RUNS:]:
        status = readable_status(run)
        summary = (status.summary if status else None) or {}
        steps, seconds = summary.get("steps"), summary.get("seconds")
        if isinstance(steps, int) and isinstance(seconds, float) and steps and seconds:
            try:
                found.append(PastPace(run.config, seconds / steps))
            except UnreadableRun:
                continue
    return found


def is_done(status: RunStatus) -> bool:
    """Whether the run went to its end."""
    return (status.state, status.reason) == ("finished", "completed")


def _is_open(run: RunFolder) -> bool:
    """Whether it waits or goes on, and nobody has asked it to stop."""
    status = readable_status(run)
    return status is not None and status.state not in ENDED and not run.asked_to_stop


def _as_json(plan: Plan) -> dict[str, Any]:
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


def _plan(stored: dict[str, Any]) -> Plan:
    head = {name: stored[name] for name in ("title", "ready", "wanted", "created")}
    return Plan(**head, grid=Grid.from_json(stored["grid"]), cells=_planned(stored["cells"]))


def _planned(cells: Sequence[dict[str, Any]]) -> tuple[PlannedRun, ...]:
    return tuple(
        PlannedRun(
            tuple(cell["labels"]), cell["seed"], RunConfig.model_validate(cell["config"]), cell["seconds"], cell["run"]
        )
        for cell in cells
    )
