"""Curves of a run: one value for each step, or for each snapshot. Numpy only.

To add a curve, add an entry to CURVE_KINDS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.insight.curves.step_columns import step_column
from playground.insight.loss_scale import make_loss_scale
from playground.records import Insight, StepMetrics

CurveAxis = Literal["step", "epoch", "seconds"]
CURVE_AXES: tuple[CurveAxis, ...] = ("step", "epoch", "seconds")
MOST_LOSS_SCALES = 300  # of a run with a learned temperature, which changes slowly
Values = NDArray[np.float64]  # [m], NaN where there is no number


@dataclass(frozen=True, slots=True)
class Series:
    """One curve of m points. `value` is NaN where the run had none."""

    step: NDArray[np.int64]  # [m], ascending
    epoch: NDArray[np.float64]  # [m]
    seconds: NDArray[np.float64]  # [m] of training
    value: NDArray[np.float64]  # [m]

    def along(self, axis: CurveAxis) -> NDArray[np.float64]:
        """Positions [m] of the points along `axis`."""
        return np.asarray(getattr(self, axis), np.float64)

    def place(self, step: int | None) -> int:
        """Index of the last point up to `step`, or of the first; of the last where `step` is None. Needs m > 0."""
        if step is None:
            return len(self.step) - 1
        return max(int(np.searchsorted(self.step, step, side="right")) - 1, 0)


@dataclass(frozen=True, slots=True)
class CurveKind:
    """Definition of a curve: its title, and how its values are taken from a run.

    Its sentences are templates with fields for the samples of the run: {many} ("images"), {Many}, {a} ("an image") and
    {pair} ("two views of one image").
    """

    title: str
    how: str  # one sentence on how to read it
    of_steps: Callable[[Sequence[StepMetrics], RunConfig, int], Values | None] | None = None  # arguments of make_series
    of_looks: Callable[[Insight], float | None] | None = None
    missing: str = ""  # why a run has no such curve, to be put after its name: "has no labels"
    loss_like: bool = False  # whether a logarithmic scale is offered
    share: bool = False  # whether it is shown in per cent

    @property
    def every_step(self) -> bool:
        """Whether there is a value for each step, not only for each snapshot; such curves can be smoothed."""
        return self.of_steps is not None


def make_series(
    reading: CurveKind, steps: Sequence[StepMetrics], insights: Sequence[Insight], config: RunConfig, since: int = 0
) -> Series | None:
    """The curve of `reading`, empty before the run has begun; None where a run of `config` has no such figure.

    `since` is the step after which chance and floor of the loss are those of `config`, see `Origin`.
    """
    if reading.of_steps is not None:
        values = reading.of_steps(steps, config, since)
        step, epoch, seconds = (step_column(steps, axis) for axis in CURVE_AXES)
    else:
        values = _snapshot_values(reading, insights)
        step, seconds = (
            np.array([getattr(look, axis) for look in insights], np.float64) for axis in ("step", "seconds")
        )
        epoch = _snapshot_epochs(step, steps)
    return None if values is None else Series(step.astype(np.int64), epoch, seconds, values)


def normalised_losses(steps: Sequence[StepMetrics], config: RunConfig, since: int = 0) -> Values:
    """The loss of each step from 0 (floor) to 1 (chance) at its own temperature: [m].

    NaN where floor or chance is unknown, and up to step `since`, before which a forked run had other settings. In long
    runs, a learned temperature is interpolated.
    """
    if not _has_heights(steps, config):
        return np.full(len(steps), np.nan)
    some = np.unique(np.linspace(0, len(steps) - 1, MOST_LOSS_SCALES).astype(np.int64))
    if steps[-1].temperature is None:
        some = some[:1]  # one for all steps
    known = [make_loss_scale(config, steps[row].temperature) for row in some]
    every = np.arange(len(steps))
    chance = np.interp(every, some, [level.chance or 0.0 for level in known])
    floor = np.interp(every, some, [level.floor or 0.0 for level in known])
    heights = (step_column(steps, "loss") - floor) / (chance - floor)
    return np.where(step_column(steps, "step") > since, heights, np.nan)


def _has_heights(steps: Sequence[StepMetrics], config: RunConfig) -> bool:
    return bool(steps) and make_loss_scale(config, steps[-1].temperature).height(0.0) is not None


def _normalised_loss(steps: Sequence[StepMetrics], config: RunConfig, since: int) -> Values | None:
    known = not steps or (_has_heights(steps, config) and steps[-1].step > since)
    return normalised_losses(steps, config, since) if known else None


def _snapshot_values(reading: CurveKind, insights: Sequence[Insight]) -> Values | None:
    assert reading.of_looks is not None
    values = [reading.of_looks(insight) for insight in insights]
    return None if values and all(value is None for value in values) else np.array(values, np.float64)


def _snapshot_epochs(looks: Values, steps: Sequence[StepMetrics]) -> Values:
    """The epochs of snapshots at the steps `looks` [k], interpolated: [k]."""
    step, epoch = (np.concatenate([[0.0], step_column(steps, axis)]) for axis in ("step", "epoch"))
    return np.asarray(np.interp(looks, step, epoch), np.float64)


def _step_field(name: str) -> Callable[[Sequence[StepMetrics], RunConfig, int], Values | None]:
    """A function that takes the field `name` of every step; it returns None where no step has it."""

    def values(steps: Sequence[StepMetrics], config: RunConfig, since: int) -> Values | None:
        found = step_column(steps, name)
        missing = bool(steps) and getattr(steps[0], name) is None and bool(np.isnan(found).all())
        return None if missing else found

    return values


CURVE_KINDS: Mapping[str, CurveKind] = {
    "loss": CurveKind(
        "Loss",
        "Lower is better within one run; between temperatures, batch sizes or methods compare the normalised loss.",
        of_steps=_step_field("loss"), loss_like=True,
    ),
    "relative_loss": CurveKind(
        "Normalised loss",
        "0 is the floor and 1 is chance, so that runs of other temperatures and batch sizes can be compared.",
        of_steps=_normalised_loss, missing="has a loss of which chance or floor is not known", loss_like=True,
    ),
    "knn": CurveKind(
        "kNN accuracy (h)", "How well the nearest neighbours of {a} tell its class: higher is better.",
        of_looks=lambda look: look.knn_accuracy, missing="has {many} without labels", share=True,
    ),
    "rank": CurveKind(
        "Effective rank (z)", "How many directions z uses: a fall towards 1 is a collapse.",
        of_looks=lambda look: look.z.effective_rank,
    ),
    "std": CurveKind(
        "Spread (z)", "Standard deviation of the features of z, times the root of their number: 1 is even, 0 is one "
        "point.", of_looks=lambda look: look.z.feature_std,
    ),
    "uniformity": CurveKind(
        "Uniformity (z)", "0 is one point, -4 a whole sphere: lower is more even.",
        of_looks=lambda look: look.z.uniformity,
    ),
    "alignment": CurveKind(
        "Alignment (z)", "How far apart {pair} lie: lower is closer, and 0 also in a collapse.",
        of_looks=lambda look: look.alignment,
    ),
    "positives": CurveKind(
        "Positive similarity", "Mean cosine of {pair}, in training.",
        of_steps=_step_field("positive_similarity"),
    ),
    "negatives": CurveKind(
        "Negative similarity", "Mean cosine of different {many}, in training.",
        of_steps=_step_field("negative_similarity"), missing="compares no different {many}",
    ),
    "learning_rate": CurveKind(
        "Learning rate", "How large the optimizer's steps are: it warms up and decays.",
        of_steps=_step_field("learning_rate"), loss_like=True,
    ),
    "speed": CurveKind(
        "{Many} per second", "How fast it trains; runs that train at the same time slow each other down.",
        of_steps=_step_field("images_per_second"),
    ),
}  # fmt: skip
