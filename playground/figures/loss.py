"""The loss over the steps, between the line of chance and the lowest loss there can be."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.figures.palette import BLUE, VERDICT_MARKS
from playground.figures.plain import level_line, moment_line, plain_figure
from playground.figures.thinning import thin
from playground.insight.collapse import VerdictChange
from playground.insight.compass import Compass, compass
from playground.records import StepMetrics

MOST_POINTS = 900


Scale = Literal["loss", "height"]


def loss_figure(
    steps: Sequence[StepMetrics],
    config: RunConfig,
    *,
    scale: Scale = "loss",
    changes: Sequence[VerdictChange] = (),
    now: int | None = None,
) -> go.Figure:
    """Each step's loss, faint, and its moving average; dashed: chance; dotted: the floor.

    With `scale="height"` 0 is the floor and 1 is chance, so that runs of other temperatures can be compared; where one
    of them is not known the loss is drawn as it is. `changes` of the collapse detector's verdict are marked on the
    curve, and so is the step that is looked at, `now`.
    """
    heights = _heights(steps, config) if scale == "height" else None
    relative = heights is not None
    values = np.array([step.loss for step in steps], dtype=np.float32) if heights is None else heights
    step = np.array([step.step for step in steps], dtype=np.int32)
    smooth = pd.Series(values).ewm(span=max(5, len(values) // 40)).mean().to_numpy(dtype=np.float32)
    rows = thin(values, MOST_POINTS)
    figure = plain_figure(x_title="step", y_title="loss: 0 floor, 1 chance" if relative else "loss")
    figure.add_scatter(
        x=step[rows], y=values[rows], mode="lines", name="each step", line={"color": BLUE, "width": 1}, opacity=0.5
    )
    figure.add_scatter(x=step[rows], y=smooth[rows], mode="lines", name="average", line={"color": BLUE, "width": 2.5})
    _levels(figure, Compass(1.0, 0.0) if relative else compass(config, steps[-1].temperature if steps else None))
    _verdicts(figure, changes, step, smooth)
    if now is not None:
        moment_line(figure, now)
    return figure


def _heights(steps: Sequence[StepMetrics], config: RunConfig) -> NDArray[np.float32] | None:
    """Each with the temperature of its own step. None where there is no such scale."""
    known = {temperature: compass(config, temperature) for temperature in {step.temperature for step in steps}}
    heights = [known[step.temperature].height(step.loss) for step in steps]
    return None if any(height is None for height in heights) else np.array(heights, dtype=np.float32)


def _levels(figure: go.Figure, given: Compass) -> None:
    if given.chance is not None:
        words = f"chance: tells nothing apart ({given.chance:.2f})"
        level_line(figure, given.chance, words, dash="dash", words_above=False)
    if given.floor is not None:
        words = f"floor: no loss is lower ({given.floor:.2f})"
        level_line(figure, given.floor, words, dash="dot", words_above=True)


def _verdicts(
    figure: go.Figure, changes: Sequence[VerdictChange], step: NDArray[np.int32], smooth: NDArray[np.float32]
) -> None:
    """On the curve, where each change was seen: a marker of the verdict's own shape and colour, one entry a verdict."""
    for verdict, (name, colour, symbol) in VERDICT_MARKS.items():
        seen = [change.step for change in changes if change.verdict == verdict]
        if seen and len(step):
            rows = np.clip(np.searchsorted(step, seen), 0, len(step) - 1)
            figure.add_scatter(
                x=np.array(seen, dtype=np.int32), y=smooth[rows], mode="markers", name=name,
                marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 1, "color": "white"}},
                hovertemplate=f"step %{{x}}: from here on {name}<extra></extra>",
            )  # fmt: skip
