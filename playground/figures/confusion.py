"""The confusion matrix: which class is taken for which."""

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure, tint
from playground.figures.palette import BLUE
from playground.insight.evaluation import Confusion, by_row
from playground.wording.escape import escape_plotly

MOST_NUMBERS = 12  # classes up to which every cell has its number
MOST_NAMES = 24  # classes up to which every row has its name
LONGEST_NAME = 12  # characters


def confusion_figure(confusion: Confusion) -> go.Figure:
    """A row a true class, a column what the probe took its images for; in per cent of the row.

    A class without test images has an empty row. A cell's customdata is how many images it stands for.
    """
    shares = 100 * by_row(confusion.counts)
    classes = len(shares)
    names = [_short(confusion.class_names[label]) for label in range(classes)]
    shown = list(range(0, classes, -(-classes // MOST_NAMES) or 1))
    figure = plain_figure(x_title="taken for", y_title="true class")
    figure.add_heatmap(
        z=shares,
        x=np.arange(classes, dtype=np.int32),
        y=np.arange(classes, dtype=np.int32),
        customdata=confusion.counts.astype(np.int32),
        text=_hover_names(confusion),
        zmin=0,
        zmax=100,
        colorscale=[[0, tint(BLUE, 0.92)], [1, BLUE]],  # opaque, so that a cell's number can be read on any page
        colorbar={"title": {"text": "%"}, "thickness": 10, "len": 0.9},
        xgap=1,
        ygap=1,
        texttemplate="%{z:.0f}" if classes <= MOST_NUMBERS else "",
        hovertemplate="%{text}: %{z:.1f} % (%{customdata:,} images)<extra></extra>",
    )
    ticks = {"tickvals": shown, "ticktext": [names[label] for label in shown], "showgrid": False, "ticks": ""}
    figure.update_xaxes(**ticks, tickangle=-45, automargin=True, rangemode="normal")
    figure.update_yaxes(**ticks, autorange="reversed", automargin=True)
    return figure


def _hover_names(confusion: Confusion) -> list[list[str]]:
    names = [escape_plotly(name) for name in confusion.class_names]
    return [[f"{true} taken for {taken}" for taken in names] for true in names]


def _short(name: str) -> str:
    return escape_plotly(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")
