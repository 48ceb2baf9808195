"""The loss over the steps, between chance and its floor."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.figures.base import (
    STEADY,
    Line,
    Spec,
    Trace,
    level_line,
    moment_lines,
    plain_spec,
    thin_rows,
    upright_line,
)
from playground.figures.palette import BLUE, ORANGE, VERDICT_MARKS
from playground.insight.collapse import VerdictChange
from playground.insight.curves.curve_statistics import smooth
from playground.insight.curves.run_curves import normalised_losses
from playground.insight.curves.step_columns import step_column
from playground.insight.loss_scale import LossScale, make_loss_scale
from playground.records import StepMetrics
from playground.wording.escape import escape_plotly

MOST_LOSS_POINTS = 900
WORDS_ROOM = 0.14  # of the range of values, above and below: room for a line of small letters

LossAxis = Literal["loss", "height"]


def loss_figure(
    steps: Sequence[StepMetrics],
    config: RunConfig,
    *,
    scale: LossAxis = "loss",
    changes: Sequence[VerdictChange] = (),
    now: int | None = None,
    fork: tuple[int, str] | None = None,
    since: int = 0,
) -> Spec:
    """The loss of each step, faint, and its moving average; dashed: chance; dotted: the floor.

    With `scale="height"` 0 is the floor and 1 is chance, so that runs of different temperatures can be compared; where
    either is unknown the loss is drawn unscaled. Marked are `changes` of the verdict of the collapse detector, the
    selected step `now`, and the `fork` (step, words) from another run. Heights are drawn only after step `since`, up to
    which other chances and floors held.
    """
    step, loss = step_column(steps, "step").astype(np.int32), step_column(steps, "loss").astype(np.float32)
    levels = make_loss_scale(config, steps[-1].temperature if steps else None)
    relative = scale == "height" and levels.height(0.0) is not None
    if relative:
        loss, levels = normalised_losses(steps, config, since).astype(np.float32), LossScale(1.0, 0.0)
    average = smooth(loss.astype(np.float64), max(5, len(loss) // 40)).astype(np.float32)
    rows = thin_rows(loss, MOST_LOSS_POINTS)
    step, loss, average = step[rows], loss[rows], average[rows]
    lines = [*_levels(levels), *moment_lines(now)]
    if fork is not None:
        lines.append(_fork_line(*fork, last=int(step[-1]) if len(step) else 0))
    return plain_spec(
        x_title="step",
        y_title="loss: 0 floor, 1 chance" if relative else "loss",
        traces=[*_curves(step, loss, average), *_verdicts(changes, step, average)],
        lines=lines,
        margin={"l": 64, "r": 16},  # room for labels like 0.0125
        xaxis=STEADY,
        yaxis={"range": _reach(levels, loss), **STEADY},
    )


def _curves(step: NDArray[np.int32], loss: NDArray[np.float32], average: NDArray[np.float32]) -> list[Trace]:
    line: Trace = {"type": "scatter", "mode": "lines", "x": step}
    return [
        {**line, "y": loss, "name": "each step", "line": {"color": BLUE, "width": 1}, "opacity": 0.5},
        {**line, "y": average, "name": "average", "line": {"color": BLUE, "width": 2.5}},
    ]


def _levels(given: LossScale) -> list[Line]:
    lines = []
    if given.chance is not None:
        words = f"chance: tells nothing apart ({given.chance:.2f})"
        lines.append(level_line(given.chance, words, dash="dash", words_above=True))
    if given.floor is not None:
        words = f"floor: the lowest to expect ({given.floor:.2f})"
        lines.append(level_line(given.floor, words, dash="dot", words_above=False))
    return lines


def _reach(levels: LossScale, values: NDArray[np.float32]) -> list[float] | None:
    """The range of y with room for the words above chance and below the floor; None without these."""
    marks = [mark for mark in (levels.chance, levels.floor) if mark is not None]
    shown = np.append(values[np.isfinite(values)], marks)
    if not len(marks):
        return None
    low, high = float(shown.min()), float(shown.max())
    if low == high:
        return None
    room = WORDS_ROOM * (high - low)
    return [low - room, high + room]


def _fork_line(step: int, words: str, last: int) -> Line:
    """A vertical line at the fork, with its words on the side with room, between those of chance and floor."""
    look = {"line": {"color": ORANGE, "width": 1.5, "dash": "dashdot"}}
    side = "left" if step < last / 2 else "right"
    return upright_line(step, look, {"text": escape_plotly(words), "y": 0.6, "xanchor": side})


def _verdicts(
    changes: Sequence[VerdictChange], step: NDArray[np.int32], average: NDArray[np.float32]
) -> Iterator[Trace]:
    """Markers on the curve at each change, with the shape and colour of the verdict; one trace for each verdict."""
    for verdict, (name, colour, symbol) in VERDICT_MARKS.items():
        seen = [change.step for change in changes if change.verdict == verdict]
        if seen and len(step):
            at = np.maximum(seen, step[0]).astype(np.int32)
            yield {
                "type": "scatter",
                "x": at,
                "y": np.interp(at, step, average).astype(np.float32),
                "mode": "markers",
                "name": name,
                "marker": {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 1, "color": "white"}},
                "hovertemplate": f"from step %{{x}} on {name}<extra></extra>",
            }
