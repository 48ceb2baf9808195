"""What of a run can be drawn as a curve: one figure for each step, or for each look. Numpy only.

To add a curve, add an entry to READINGS.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.insight.curves.step_columns import column
from playground.insight.loss_scale import compass
from playground.records import Insight, StepMetrics

Axis = Literal["step", "epoch", "seconds"]
AXES: tuple[Axis, ...] = ("step", "epoch", "seconds")
MOST_COMPASSES = 300  # of a learned temperature's: it moves slowly
Values = NDArray[np.float64]  # [m], NaN where there is no number


@dataclass(frozen=True, slots=True)
class Series:
    """One curve of m points. `value` is NaN where the run had no number."""

    step: NDArray[np.int64]  # [m], rising
    epoch: NDArray[np.float64]  # [m]
    seconds: NDArray[np.float64]  # [m] of training
    value: NDArray[np.float64]  # [m]

    def along(self, axis: Axis) -> NDArray[np.float64]:
        """Where the points lie: [m]."""
        return np.asarray(getattr(self, axis), np.float64)

    def place(self, step: int | None) -> int:
        """The row that stands for a step: the last one up to it, or the first; None: the last. Needs m > 0."""
        if step is None:
            return len(self.step) - 1
        return max(int(np.searchsorted(self.step, step, side="right")) - 1, 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure, followed over a run. Its sentences are templates, with fields for what the run learns from:

    {many} ("images"), {Many}, {a} ("an image") and {pair} ("two views of one image").
    """

    title: str
    how: str  # one sentence on how to read it
    of_steps: Callable[[Sequence[StepMetrics], RunConfig, int], Values | None] | None = None  # the last as in `series`
    of_looks: Callable[[Insight], float | None] | None = None
    missing: str = ""  # why a run has no such curve, after its name: "has no labels"
    loss_like: bool = False  # whether a logarithmic scale makes sense
    share: bool = False  # whether it is told in per cent

    @property
    def every_step(self) -> bool:
        """Whether there is one for each step, and not only for each look: noisy, so that it may be smoothed."""
        return self.of_steps is not None


def series(
    reading: Reading, steps: Sequence[StepMetrics], insights: Sequence[Insight], config: RunConfig, since: int = 0
) -> Series | None:
    """The curve of `reading`, empty before the run has begun; None where a run of `config` has no such figure.

    `since` is the step after which chance and floor of the loss are those of `config`, see `Origin`.
    """
    if reading.of_steps is not None:
        values = reading.of_steps(steps, config, since)
        step, epoch, seconds = (column(steps, axis) for axis in AXES)
    else:
        values = _of_looks(reading, insights)
        step, seconds = (
            np.array([getattr(look, axis) for look in insights], np.float64) for axis in ("step", "seconds")
        )
        epoch = _epochs(step, steps)
    return None if values is None else Series(step.astype(np.int64), epoch, seconds, values)


def relative_losses(steps: Sequence[StepMetrics], config: RunConfig, since: int = 0) -> Values:
    """Each step's loss on the scale of its own temperature: 0 at the floor, 1 at chance. NaN where one is not known,
    as up to step `since`, before which a run that was continued had other settings.

    Where the temperature is learned, that of a long run's steps is taken from the ones around them.
    """
    if not _has_heights(steps, config):
        return np.full(len(steps), np.nan)
    some = np.unique(np.linspace(0, len(steps) - 1, MOST_COMPASSES).astype(np.int64))
    if steps[-1].temperature is None:
        some = some[:1]  # one for all steps
    known = [compass(config, steps[row].temperature) for row in some]
    every = np.arange(len(steps))
    chance = np.interp(every, some, [level.chance or 0.0 for level in known])
    floor = np.interp(every, some, [level.floor or 0.0 for level in known])
    heights = (column(steps, "loss") - floor) / (chance - floor)
    return np.where(column(steps, "step") > since, heights, np.nan)


def _has_heights(steps: Sequence[StepMetrics], config: RunConfig) -> bool:
    return bool(steps) and compass(config, steps[-1].temperature).height(0.0) is not None


def _relative(steps: Sequence[StepMetrics], config: RunConfig, since: int) -> Values | None:
    known = not steps or (_has_heights(steps, config) and steps[-1].step > since)
    return relative_losses(steps, config, since) if known else None


def _of_looks(reading: Reading, insights: Sequence[Insight]) -> Values | None:
    assert reading.of_looks is not None
    values = [reading.of_looks(insight) for insight in insights]
    return None if values and all(value is None for value in values) else np.array(values, np.float64)


def _epochs(looks: Values, steps: Sequence[StepMetrics]) -> Values:
    """Where looks lie among the epochs of the steps."""
    step, epoch = (np.concatenate([[0.0], column(steps, axis)]) for axis in ("step", "epoch"))
    return np.asarray(np.interp(looks, step, epoch), np.float64)


def _each(name: str) -> Callable[[Sequence[StepMetrics], RunConfig, int], Values | None]:
    """A field of every step; None where none of them has it."""

    def values(steps: Sequence[StepMetrics], config: RunConfig, since: int) -> Values | None:
        found = column(steps, name)
        missing = bool(steps) and getattr(steps[0], name) is None and bool(np.isnan(found).all())
        return None if missing else found

    return values


READINGS: Mapping[str, Reading] = {
    "loss": Reading(
        "Loss",
        "Lower is better within one run; between temperatures, batch sizes or methods compare the normalised loss.",
        of_steps=_each("loss"), loss_like=True,
    ),
    "relative_loss": Reading(
        "Normalised loss",
        "0 is the floor and 1 is chance, so that runs of other temperatures and batch sizes can be compared.",
        of_steps=_relative, missing="has a loss of which chance or floor is not known", loss_like=True,
    ),
    "knn": Reading(
        "kNN accuracy (h)", "How well the nearest neighbours of {a} tell its class: higher is better.",
        of_looks=lambda look: look.knn_accuracy, missing="has {many} without labels", share=True,
    ),
    "rank": Reading(
        "Effective rank (z)", "How many directions z uses: a fall towards 1 is a collapse.",
        of_looks=lambda look: look.z.effective_rank,
    ),
    "std": Reading(
        "Spread (z)", "Standard deviation of the features of z, times the root of their number: 1 is even, 0 is one "
        "point.", of_looks=lambda look: look.z.feature_std,
    ),
    "uniformity": Reading(
        "Uniformity (z)", "0 is one point, -4 a whole sphere: lower is more even.",
        of_looks=lambda look: look.z.uniformity,
    ),
    "alignment": Reading(
        "Alignment (z)", "How far apart {pair} lie: lower is closer, and 0 also in a collapse.",
        of_looks=lambda look: look.alignment,
    ),
    "positives": Reading(
        "Positive similarity", "Mean cosine of {pair}, in training.",
        of_steps=_each("positive_similarity"),
    ),
    "negatives": Reading(
        "Negative similarity", "Mean cosine of different {many}, in training.",
        of_steps=_each("negative_similarity"), missing="compares no different {many}",
    ),
    "learning_rate": Reading(
        "Learning rate", "How large the optimizer's steps are: it warms up and decays.",
        of_steps=_each("learning_rate"), loss_like=True,
    ),
    "speed": Reading(
        "{Many} per second", "How fast it trains; runs that train at the same time slow each other down.",
        of_steps=_each("images_per_second"),
    ),
}  # fmt: skip
