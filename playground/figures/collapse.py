"""Collapse over the steps: how much of the space is in use, and how far embeddings spread."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.palette import BLUE, ORANGE
from playground.figures.plain import level_line, plain_figure
from playground.insight.collapse import DIMENSIONAL_RANK
from playground.records import Insight


def collapse_figure(insights: Sequence[Insight]) -> go.Figure:
    """Effective rank as a share of its limit and sqrt(d) std, both 0 when collapsed and 1 at best."""
    step = np.array([insight.step for insight in insights], dtype=np.int32)
    rank = np.array([insight.effective_rank / insight.rank_limit for insight in insights], dtype=np.float32)
    std = np.array([insight.feature_std for insight in insights], dtype=np.float32)
    figure = plain_figure(x_title="step")
    figure.update_yaxes(range=[0, 1.1])
    for values, name, colour, symbol in (
        (rank, "effective rank, share of its limit", BLUE, "circle"),
        (std, "spread (std)", ORANGE, "diamond"),
    ):
        figure.add_scatter(
            x=step, y=values, name=name, mode="lines+markers",
            line={"color": colour, "width": 2}, marker={"symbol": symbol, "size": 6},
        )  # fmt: skip
    level_line(figure, DIMENSIONAL_RANK, "alarm: rank below this", dash="dash", words_above=False)
    return figure
