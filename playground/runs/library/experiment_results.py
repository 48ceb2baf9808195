"""How far an experiment is, what its finished runs say, and whether its claims held: from the run folders alone.

What the files of one run tell of how far it is, and of the figures to which it came.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf, isfinite, nan
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from playground.catalog.experiments import READY_EXPERIMENTS, Claim
from playground.catalog.summary_metrics import LAST_SHARE, QUANTITIES, quantities_for
from playground.insight.curves.claims import (
    ClaimFinding,
    check_larger_loss,
    check_trend,
    describe_larger_loss,
    describe_trend,
)
from playground.insight.loss_scale import make_loss_scale
from playground.records import ENDED, RunStatus
from playground.runs.folder.metrics_log import MetricsLog, last_counted
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.experiments import Experiment, Plan, PlannedRun, is_done
from playground.storage.atomic_files import finite_values

TAIL = 16_384  # bytes of metrics: a step's line has about 300, and what may come after it a few thousand


def share_of(run: RunFolder, status: RunStatus) -> float:
    """How much of the budget is used, 0 to 1, by the last lines alone, as a tick comes every second.

    Raises UnreadableRun.
    """
    if status.phase != "training" or not run.metrics_file.exists():
        return 0.0
    with run.reading(run.metrics_file), run.metrics_file.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - TAIL)
        file.seek(start)
        lines = file.read().split(b"\n")[:-1][1 if start else 0 :]  # without what is torn at either end
        return _last_progress([json.loads(line) for line in lines])


def _last_progress(records: Sequence[Mapping[str, Any]]) -> float:
    """Of the last step that counts; 0 where there is none."""
    upto = inf
    for record in reversed(records):
        if record["kind"] == "attempt":  # what stands before it goes no further
            upto = min(upto, last_counted(record["step"]))
        elif "progress" in record and record["step"] <= upto:
            return float(record["progress"])
    return 0.0


def figures_of(run: RunFolder) -> dict[str, float]:
    """Every quantity of a run that has ended; NaN where it is not known. Raises UnreadableRun."""
    with run.reading(run.path / "status.json"):
        written = (run.path / "status.json").stat().st_mtime_ns
    return _figures(run.path, written)


@lru_cache(maxsize=2000)  # a page asks every second; what has ended does not change
def _figures(path: Path, written: int) -> dict[str, float]:
    run = RunFolder(path)
    summary = run.status().summary or {}
    steps = MetricsLog().read_on(run).steps
    last = steps[-max(1, ceil(LAST_SHARE * len(steps))) :]
    loss = float(np.mean([step.loss for step in last])) if last else nan
    temperature = last[-1].temperature if last else None
    height = make_loss_scale(run.config, temperature).height(loss)
    figures = {key: _number(summary.get(key)) for key in QUANTITIES}
    return {**figures, "loss": loss, "height": nan if height is None else height}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan


CellState = Literal["done", "running", "waiting", "stopping", "stopped", "failed", "deleted", "unreadable", "not begun"]
UNDER_WAY: frozenset[CellState] = frozenset({"running", "waiting", "stopping"})
HOLES: Mapping[CellState, str] = {
    "stopped": "was stopped, so its figures are not counted",
    "failed": "did not end well",
    "deleted": "was deleted",
    "unreadable": "cannot be read",
}


@dataclass(frozen=True, slots=True)
class CellNow:
    """Where one cell stands."""

    cell: PlannedRun
    state: CellState
    share: float  # of its run, 0 to 1
    took: float | None  # seconds, once done
    figures: Mapping[str, float]  # by quantity; NaN: not known. Empty until done

    @property
    def words(self) -> str:
        """Which one: "0.5 · seed 1"."""
        return " · ".join((*self.cell.labels, f"seed {self.cell.seed}"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an experiment stands."""

    plan: Plan
    cells: tuple[CellNow, ...]

    @property
    def done(self) -> int:
        return sum(cell.state == "done" for cell in self.cells)

    @property
    def is_going(self) -> bool:
        """Whether any run waits or goes on."""
        return any(cell.state in UNDER_WAY for cell in self.cells)

    @property
    def holes(self) -> list[str]:
        """A sentence on each cell that has no figures because of its run."""
        return [f"{cell.words}: run {cell.cell.run} {HOLES[cell.state]}." for cell in self.cells if cell.state in HOLES]

    @property
    def seconds_left(self) -> float:
        """Of what is to come: as estimated, times how much longer than estimated the finished runs took."""
        to_come = UNDER_WAY | {"not begun"} if self.plan.wanted == "going" else UNDER_WAY
        known = [(cell.took, cell.cell.seconds) for cell in self.cells if cell.took is not None]
        slower = sum(took for took, _ in known) / sum(seconds for _, seconds in known) if known else 1.0
        return slower * sum((1 - cell.share) * cell.cell.seconds for cell in self.cells if cell.state in to_come)


def standing(experiment: Experiment) -> Standing:
    """Read everything. Raises UnreadableExperiment; a run that cannot be read leaves a hole only."""
    plan = experiment.plan()
    runs = {run.id: run for run in experiment.runs.runs()}
    return Standing(plan, tuple(_now(cell, runs.get(cell.run or "")) for cell in plan.cells))


def table(now: Standing) -> pd.DataFrame:
    """One row a cell: a column for each axis, then seed, run, state, and every quantity that such runs can have.

    NaN where it is not known, as where there are no classes.
    """
    quantities = quantities_of(now.plan)
    rows = [
        {
            **dict(zip(now.plan.grid.axes, cell.cell.labels, strict=True)),
            "seed": cell.cell.seed,
            "run": cell.cell.run,
            "state": cell.state,
            **{key: cell.figures.get(key, nan) for key in quantities},
        }
        for cell in now.cells
    ]
    return pd.DataFrame(rows)


def grouped(cells: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """`table` over seeds: indexed by the axes, columns (quantity, "mean" | "std" | "count"), std with n - 1."""
    quantities = [key for key in QUANTITIES if key in cells]
    return cells.groupby(list(axes), sort=False)[quantities].agg(["mean", "std", "count"])


def groups(cells: pd.DataFrame, axes: Sequence[str], quantity: str) -> dict[tuple[str, ...], list[float]]:
    """Labels -> the known values over seeds, in the order of the grid."""
    found: dict[tuple[str, ...], list[float]] = {}
    for labels, value in zip(cells[list(axes)].itertuples(index=False, name=None), cells[quantity], strict=True):
        values = found.setdefault(labels, [])
        if isfinite(value):
            values.append(float(value))
    return found


def table_in_words(cells: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The table that people see, as text: mean ± standard deviation over seeds, n, and theirs beside ours."""
    axes, ready = list(plan.grid.axes), READY_EXPERIMENTS.get(plan.ready or "")
    means = grouped(cells, axes)
    shown = pd.DataFrame(list(means.index.to_frame(index=False).itertuples(index=False)), columns=axes)
    for key in shown_quantities(plan):
        quantity = QUANTITIES[key]
        title = f"{quantity.title} ({quantity.unit})" if quantity.unit else quantity.title
        rows = means[key].itertuples(index=False)
        shown[title] = [figure_words(key, mean, std) for mean, std, _ in rows]
        for claim in ready.claims if ready else ():
            if claim.quantity == key and claim.theirs:
                shown[f"{quantity.title}, theirs"] = [f"{figure:.2f}" for figure in claim.theirs]
    shown["n"] = cells.assign(done=cells["state"] == "done").groupby(axes, sort=False)["done"].sum().to_list()
    return shown


def as_json(now: Standing) -> dict[str, Any]:
    """Everything for a file: each run, each setting over seeds, each claim; what is not known is null."""
    cells = table(now)
    means = grouped(cells, list(now.plan.grid.axes))
    settings = [
        {"labels": list(labels if isinstance(labels, tuple) else (labels,)), **_nested(row)}
        for labels, row in means.iterrows()
    ]
    claims = [
        {"quantity": claim.quantity, "verdict": finding.verdict, "sentence": words, "theirs": list(claim.theirs)}
        for claim, finding, words in verdicts(cells, now.plan)
    ]
    runs = [finite_values({str(key): value for key, value in row.items()}) for row in cells.to_dict("records")]
    return {"title": now.plan.title, "ready": now.plan.ready, "runs": runs, "settings": settings, "claims": claims}


def _nested(row: "pd.Series[float]") -> dict[str, object]:
    """(quantity, statistic) -> value, as {quantity: {statistic: value}}."""
    keys = [key for key in QUANTITIES if key in row]
    return finite_values({key: {name: float(row[key, name]) for name in ("mean", "std", "count")} for key in keys})


def figure_words(key: str, mean: float, std: float) -> str:
    """ "3.21 ± 0.04"; "–" where nothing is known, and no spread with one seed."""
    quantity = QUANTITIES[key]
    if not isfinite(mean):
        return "–"
    value = f"{mean * quantity.scale:,.{quantity.digits}f}"
    return f"{value} ± {std * quantity.scale:,.{quantity.digits}f}" if isfinite(std) else value


def quantities_of(plan: Plan) -> tuple[str, ...]:
    """All that its runs can have: there is nothing to search among images."""
    return quantities_for({cell.config.method.learns_from for cell in plan.cells})


def shown_quantities(plan: Plan) -> tuple[str, ...]:
    """Of a ready experiment those that it is about, else all that its runs can have."""
    ready = READY_EXPERIMENTS.get(plan.ready or "")
    return ready.shown if ready else quantities_of(plan)


def verdicts(cells: pd.DataFrame, plan: Plan) -> Iterator[tuple[Claim, ClaimFinding, str]]:
    """Each claim of a ready experiment with what became of it and its sentence."""
    ready = READY_EXPERIMENTS.get(plan.ready or "")
    for claim in ready.claims if ready else ():
        noun, found = QUANTITIES[claim.quantity].noun, groups(cells, list(plan.grid.axes), claim.quantity)
        if claim.kind == "lost more":
            finding = check_larger_loss(_pairs(found))
            yield claim, finding, describe_larger_loss(finding, noun, claim.along)
        else:
            finding = check_trend({labels[0]: values for labels, values in found.items()}, claim.kind)
            yield claim, finding, describe_trend(finding, noun, claim.kind, claim.along)


def _pairs(found: Mapping[tuple[str, ...], list[float]]) -> dict[str, tuple[list[float], list[float]]]:
    """By the first axis: the values of the first and of the last label of the second one."""
    by_first: dict[str, list[list[float]]] = {}
    for (first, *_), values in found.items():
        by_first.setdefault(first, []).append(values)
    return {first: (values[0], values[-1]) for first, values in by_first.items()}


def _now(cell: PlannedRun, run: RunFolder | None) -> CellNow:
    if run is None:
        return CellNow(cell, "deleted" if cell.run else "not begun", 0.0, None, {})
    try:
        status = run.status()
        if is_done(status):
            return CellNow(cell, "done", 1.0, _took(status), figures_of(run))
        return CellNow(cell, _state(run, status), share_of(run, status), None, {})
    except UnreadableRun:
        return CellNow(cell, "unreadable", 0.0, None, {})


def _took(status: RunStatus) -> float | None:
    """Seconds; None where they are not known: of the last of several attempts, or by a clock that was put back."""
    if status.attempt > 1 or status.started is None or status.ended is None or status.ended <= status.started:
        return None
    return status.ended - status.started


def _state(run: RunFolder, status: RunStatus) -> CellState:
    if status.state in ENDED:
        return "stopped" if status.reason == "stopped" else "failed"
    if run.asked_to_stop:
        return "stopping" if status.state != "queued" else "stopped"
    return "waiting" if status.state == "queued" else "running"
