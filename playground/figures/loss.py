"""The loss over the steps, between the line of chance and the lowest loss there can be."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from playground.config import RunConfig
from playground.figures.palette import BLUE
from playground.figures.plain import level_line, plain_figure
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
    chance, floor = config.method.chance_loss(config.batch_size), config.method.floor_loss(config.batch_size)
    if chance is not None:
        level_line(figure, chance, f"chance: tells nothing apart ({chance:.2f})", dash="dash", words_above=False)
    if floor is not None:
        level_line(figure, floor, f"floor: no loss is lower ({floor:.2f})", dash="dot", words_above=True)
    return figure
