"""The loss over the steps, between the line of chance and the lowest loss there can be."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from playground.config import RunConfig
from playground.figures.palette import BLUE, GREY
from playground.figures.plain import plain_figure
from playground.figures.thinning import thin
from playground.records import StepMetrics

MOST_POINTS = 900


def loss_figure(steps: Sequence[StepMetrics], config: RunConfig) -> go.Figure:
    """Each step's loss, faint, and its moving average; dashed: chance; dotted: the floor."""
    loss = np.array([step.loss for step in steps], dtype=np.float32)
    step = np.array([step.step for step in steps], dtype=np.int32)
    smooth = pd.Series(loss).ewm(span=max(5, len(loss) // 40)).mean().to_numpy(dtype=np.float32)
    rows = thin(loss, MOST_POINTS)
    figure = plain_figure(x_title="step", y_title="loss")
    figure.add_scatter(
        x=step[rows], y=loss[rows], mode="lines", name="each step", line={"color": BLUE, "width": 1}, opacity=0.5
    )
    figure.add_scatter(x=step[rows], y=smooth[rows], mode="lines", name="average", line={"color": BLUE, "width": 2.5})
    _line(figure, config.method.chance_loss(config.batch_size), "chance: tells nothing apart", "dash")
    _line(figure, config.method.floor_loss(config.batch_size), "floor: no loss is lower", "dot")
    return figure


def _line(figure: go.Figure, height: float | None, words: str, dash: str) -> None:
    if height is None:
        return
    figure.add_hline(
        y=height,
        line={"color": GREY, "dash": dash, "width": 1.5},
        annotation={"text": f"{words} ({height:.2f})", "font": {"size": 11}},
        annotation_position="top right" if dash == "dot" else "bottom right",
    )
