"""The loss over the steps, between the line of chance and the lowest loss there can be."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.figures.base import STEADY, Line, Spec, Trace, level_line, moment_lines, plain_spec, thin, upright_line
from playground.figures.palette import BLUE, ORANGE, VERDICT_MARKS
from playground.insight.collapse import VerdictChange
from playground.insight.curves.curve_statistics import smooth
from playground.insight.curves.run_curves import normalised_losses
from playground.insight.curves.step_columns import step_column
from playground.insight.loss_scale import LossScale, make_loss_scale
from playground.records import StepMetrics
from playground.wording.escape import escape_plotly

MOST_POINTS = 900
WORDS_ROOM = 0.14  # of the height between the lowest and the highest: a line of small letters


Scale = Literal["loss", "height"]


def loss_figure(
    steps: Sequence[StepMetrics],
    config: RunConfig,
    *,
    scale: Scale = "loss",
    changes: Sequence[VerdictChange] = (),
    now: int | None = None,
    fork: tuple[int, str] | None = None,
    since: int = 0,
) -> Spec:
    """Each step's loss, faint, and its moving average; dashed: chance; dotted: the floor.

    With `scale="height"` 0 is the floor and 1 is chance, so that runs of other temperatures can be compared; where one
    of them is not known the loss is drawn as it is. `changes` of the collapse detector's verdict are marked on the
    curve, and so are the step that is looked at, `now`, and where the run went on differently than the one that it was
    continued from: `fork` is that step and what to say there. Up to step `since` other chances and floors held: heights
    are drawn only after it.
    """
    step, loss = step_column(steps, "step").astype(np.int32), step_column(steps, "loss").astype(np.float32)
    levels = make_loss_scale(config, steps[-1].temperature if steps else None)
    relative = scale == "height" and levels.height(0.0) is not None
    if relative:
        loss, levels = normalised_losses(steps, config, since).astype(np.float32), LossScale(1.0, 0.0)
    average = smooth(loss.astype(np.float64), max(5, len(loss) // 40)).astype(np.float32)
    rows = thin(loss, MOST_POINTS)
    step, loss, average = step[rows], loss[rows], average[rows]
    lines = [*_levels(levels), *moment_lines(now)]
    if fork is not None:
        lines.append(_fork(*fork, last=int(step[-1]) if len(step) else 0))
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
    """Room for the words above chance and below the floor. None: what the curve takes."""
    marks = [mark for mark in (levels.chance, levels.floor) if mark is not None]
    shown = np.append(values[np.isfinite(values)], marks)
    if not len(marks):
        return None
    low, high = float(shown.min()), float(shown.max())
    if low == high:
        return None
    room = WORDS_ROOM * (high - low)
    return [low - room, high + room]


def _fork(step: int, words: str, last: int) -> Line:
    """An upright line with its words on the side that has room, between those on chance and those on the floor."""
    look = {"line": {"color": ORANGE, "width": 1.5, "dash": "dashdot"}}
    side = "left" if step < last / 2 else "right"
    return upright_line(step, look, {"text": escape_plotly(words), "y": 0.6, "xanchor": side})


def _verdicts(
    changes: Sequence[VerdictChange], step: NDArray[np.int32], average: NDArray[np.float32]
) -> Iterator[Trace]:
    """On the curve, where each change was seen: a marker of the verdict's own shape and colour, one entry a verdict."""
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
