"""Progress and results of an experiment, from the folders of its runs: a table, means over seeds, and its claims."""

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
from playground.runs.folder.metrics_log import MetricsLog, last_valid_step
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.experiments import Experiment, Plan, PlannedRun, is_completed
from playground.storage.atomic_files import finite_values

TAIL_BYTES = 16_384  # of the metrics: a step's line has about 300 bytes, other records a few thousand


def budget_share_used(run: RunFolder, status: RunStatus) -> float:
    """Share of the budget used, 0 to 1. Reads only the end of the metrics, as pages ask every second.

    Raises UnreadableRun.
    """
    if status.phase != "training" or not run.metrics_file.exists():
        return 0.0
    with run.reading(run.metrics_file), run.metrics_file.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES)
        file.seek(start)
        lines = file.read().split(b"\n")[:-1][1 if start else 0 :]  # without torn lines at both ends
        return _last_progress([json.loads(line) for line in lines])


def _last_progress(records: Sequence[Mapping[str, Any]]) -> float:
    """Progress at the last valid step; 0 without any."""
    upto = inf
    for record in reversed(records):
        if record["kind"] == "attempt":  # earlier records are valid up to here
            upto = min(upto, last_valid_step(record["step"]))
        elif "progress" in record and record["step"] <= upto:
            return float(record["progress"])
    return 0.0


def read_run_figures(run: RunFolder) -> dict[str, float]:
    """All quantities of an ended run by key, NaN for unknown ones. Raises UnreadableRun."""
    with run.reading(run.path / "status.json"):
        written = (run.path / "status.json").stat().st_mtime_ns
    return _cached_figures(run.path, written)


@lru_cache(maxsize=2000)  # pages ask every second; an ended run does not change
def _cached_figures(path: Path, written: int) -> dict[str, float]:
    run = RunFolder(path)
    summary = run.status().summary or {}
    steps = MetricsLog().read_on(run).steps
    last = steps[-max(1, ceil(LAST_SHARE * len(steps))) :]
    loss = float(np.mean([step.loss for step in last])) if last else nan
    temperature = last[-1].temperature if last else None
    height = make_loss_scale(run.config, temperature).height(loss)
    figures = {key: _float_or_nan(summary.get(key)) for key in QUANTITIES}
    return {**figures, "loss": loss, "height": nan if height is None else height}


def _float_or_nan(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan


CellState = Literal["done", "running", "waiting", "stopping", "stopped", "failed", "deleted", "unreadable", "not begun"]
UNDER_WAY: frozenset[CellState] = frozenset({"running", "waiting", "stopping"})
NO_FIGURES_BECAUSE: Mapping[CellState, str] = {
    "stopped": "was stopped, so its figures are not counted",
    "failed": "did not end well",
    "deleted": "was deleted",
    "unreadable": "cannot be read",
}


@dataclass(frozen=True, slots=True)
class CellProgress:
    """Progress of one cell."""

    cell: PlannedRun
    state: CellState
    share: float  # of its run, 0 to 1
    took: float | None  # seconds, once done
    figures: Mapping[str, float]  # by quantity; NaN: not known. Empty until done

    @property
    def label(self) -> str:
        """Text that names the cell: "0.5 · seed 1"."""
        return " · ".join((*self.cell.labels, f"seed {self.cell.seed}"))


@dataclass(frozen=True, slots=True)
class ExperimentProgress:
    """Progress of an experiment."""

    plan: Plan
    cells: tuple[CellProgress, ...]

    @property
    def done(self) -> int:
        """Number of cells whose runs have ended with their budget used."""
        return sum(cell.state == "done" for cell in self.cells)

    @property
    def is_under_way(self) -> bool:
        """Whether any run is queued or running."""
        return any(cell.state in UNDER_WAY for cell in self.cells)

    @property
    def missing_cells(self) -> list[str]:
        """A sentence on each cell whose run has no figures."""
        return [
            f"{cell.label}: run {cell.cell.run} {NO_FIGURES_BECAUSE[cell.state]}."
            for cell in self.cells
            if cell.state in NO_FIGURES_BECAUSE
        ]

    @property
    def seconds_left(self) -> float:
        """Estimated seconds until all runs have ended, corrected by how long finished runs took."""
        to_come = UNDER_WAY | {"not begun"} if self.plan.wanted == "going" else UNDER_WAY
        known = [(cell.took, cell.cell.seconds) for cell in self.cells if cell.took is not None]
        slower = sum(took for took, _ in known) / sum(seconds for _, seconds in known) if known else 1.0
        return slower * sum((1 - cell.share) * cell.cell.seconds for cell in self.cells if cell.state in to_come)


def read_experiment_progress(experiment: Experiment) -> ExperimentProgress:
    """Progress of `experiment`; runs that cannot be read are marked. Raises UnreadableExperiment."""
    plan = experiment.plan()
    runs = {run.id: run for run in experiment.runs.runs()}
    return ExperimentProgress(plan, tuple(_cell_progress(cell, runs.get(cell.run or "")) for cell in plan.cells))


def results_table(now: ExperimentProgress) -> pd.DataFrame:
    """Table with a row for each cell: a column for each axis, then seed, run, state and all `possible_quantities`.

    Unknown quantities are NaN, such as those that need labels.
    """
    quantities = possible_quantities(now.plan)
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


def aggregate_seeds(cells: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Statistics of a `results_table` over seeds: index of axes, columns (quantity, "mean" | "std" | "count").

    The standard deviation is that of a sample, with n - 1.
    """
    quantities = [key for key in QUANTITIES if key in cells]
    return cells.groupby(list(axes), sort=False)[quantities].agg(["mean", "std", "count"])


def values_by_labels(cells: pd.DataFrame, axes: Sequence[str], quantity: str) -> dict[tuple[str, ...], list[float]]:
    """Labels -> known values of `quantity` over seeds, in the order of the grid."""
    found: dict[tuple[str, ...], list[float]] = {}
    for labels, value in zip(cells[list(axes)].itertuples(index=False, name=None), cells[quantity], strict=True):
        values = found.setdefault(labels, [])
        if isfinite(value):
            values.append(float(value))
    return found


def format_results_table(cells: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The results as text for people: mean ± standard deviation over seeds, n, and published values where known."""
    axes, ready = list(plan.grid.axes), READY_EXPERIMENTS.get(plan.ready or "")
    means = aggregate_seeds(cells, axes)
    shown = pd.DataFrame(list(means.index.to_frame(index=False).itertuples(index=False)), columns=axes)
    for key in shown_quantities(plan):
        quantity = QUANTITIES[key]
        title = f"{quantity.title} ({quantity.unit})" if quantity.unit else quantity.title
        rows = means[key].itertuples(index=False)
        shown[title] = [format_mean_std(key, mean, std) for mean, std, _ in rows]
        for claim in ready.claims if ready else ():
            if claim.quantity == key and claim.theirs:
                shown[f"{quantity.title}, theirs"] = [f"{figure:.2f}" for figure in claim.theirs]
    shown["n"] = cells.assign(done=cells["state"] == "done").groupby(axes, sort=False)["done"].sum().to_list()
    return shown


def results_as_json(now: ExperimentProgress) -> dict[str, Any]:
    """All results as JSON values: runs, statistics over seeds, and claims; None for what is unknown."""
    cells = results_table(now)
    means = aggregate_seeds(cells, list(now.plan.grid.axes))
    settings = [
        {"labels": list(labels if isinstance(labels, tuple) else (labels,)), **_nested_statistics(row)}
        for labels, row in means.iterrows()
    ]
    claims = [
        {"quantity": claim.quantity, "verdict": finding.verdict, "sentence": words, "theirs": list(claim.theirs)}
        for claim, finding, words in check_claims(cells, now.plan)
    ]
    runs = [finite_values({str(key): value for key, value in row.items()}) for row in cells.to_dict("records")]
    return {"title": now.plan.title, "ready": now.plan.ready, "runs": runs, "settings": settings, "claims": claims}


def _nested_statistics(row: "pd.Series[float]") -> dict[str, object]:
    """A row with columns (quantity, statistic), as {quantity: {statistic: value}}."""
    keys = [key for key in QUANTITIES if key in row]
    return finite_values({key: {name: float(row[key, name]) for name in ("mean", "std", "count")} for key in keys})


def format_mean_std(key: str, mean: float, std: float) -> str:
    """Text such as "3.21 ± 0.04" for the quantity `key`; "–" for NaN, and no deviation with one seed."""
    quantity = QUANTITIES[key]
    if not isfinite(mean):
        return "–"
    value = f"{mean * quantity.scale:,.{quantity.digits}f}"
    return f"{value} ± {std * quantity.scale:,.{quantity.digits}f}" if isfinite(std) else value


def possible_quantities(plan: Plan) -> tuple[str, ...]:
    """Keys of the quantities that runs of `plan` can have, by what their methods learn from."""
    return quantities_for({cell.config.method.learns_from for cell in plan.cells})


def shown_quantities(plan: Plan) -> tuple[str, ...]:
    """Keys of the quantities to show: those of a ready experiment, otherwise all possible ones."""
    ready = READY_EXPERIMENTS.get(plan.ready or "")
    return ready.shown if ready else possible_quantities(plan)


def check_claims(cells: pd.DataFrame, plan: Plan) -> Iterator[tuple[Claim, ClaimFinding, str]]:
    """Each claim of a ready experiment with its finding and a sentence for people."""
    ready = READY_EXPERIMENTS.get(plan.ready or "")
    for claim in ready.claims if ready else ():
        noun, found = QUANTITIES[claim.quantity].noun, values_by_labels(cells, list(plan.grid.axes), claim.quantity)
        if claim.kind == "lost more":
            finding = check_larger_loss(_first_and_last_values(found))
            yield claim, finding, describe_larger_loss(finding, noun, claim.along)
        else:
            finding = check_trend({labels[0]: values for labels, values in found.items()}, claim.kind)
            yield claim, finding, describe_trend(finding, noun, claim.kind, claim.along)


def _first_and_last_values(found: Mapping[tuple[str, ...], list[float]]) -> dict[str, tuple[list[float], list[float]]]:
    """Label of the first axis -> values at the first and at the last label of the second axis."""
    by_first: dict[str, list[list[float]]] = {}
    for (first, *_), values in found.items():
        by_first.setdefault(first, []).append(values)
    return {first: (values[0], values[-1]) for first, values in by_first.items()}


def _cell_progress(cell: PlannedRun, run: RunFolder | None) -> CellProgress:
    if run is None:
        return CellProgress(cell, "deleted" if cell.run else "not begun", 0.0, None, {})
    try:
        status = run.status()
        if is_completed(status):
            return CellProgress(cell, "done", 1.0, _seconds_taken(status), read_run_figures(run))
        return CellProgress(cell, _cell_state(run, status), budget_share_used(run, status), None, {})
    except UnreadableRun:
        return CellProgress(cell, "unreadable", 0.0, None, {})


def _seconds_taken(status: RunStatus) -> float | None:
    """Seconds that a run took; None if unknown: after several attempts, or if the clock was set back."""
    if status.attempt > 1 or status.started is None or status.ended is None or status.ended <= status.started:
        return None
    return status.ended - status.started


def _cell_state(run: RunFolder, status: RunStatus) -> CellState:
    if status.state in ENDED:
        return "stopped" if status.reason == "stopped" else "failed"
    if run.asked_to_stop:
        return "stopping" if status.state != "queued" else "stopped"
    return "waiting" if status.state == "queued" else "running"
