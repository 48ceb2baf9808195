"""Histogram of the overlap of crops, with pairs without a common pixel in a bar of their own."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, ORANGE
from playground.insight.crop_overlap import Overlap

OVERLAP_BINS = 20
DISJOINT_X = -0.05  # position of the bar of pairs without a common pixel, left of all others


def overlap_figure(found: Overlap) -> go.Figure:
    """Shares of pairs in per cent, over the share of the smaller crop that is in both."""
    figure = plain_figure(x_title="share of the smaller crop that both views show", y_title="% of pairs")
    edges = np.linspace(0, 1, OVERLAP_BINS + 1)
    overlapping = found.shared[found.shared > 0]
    counts = np.histogram(overlapping, edges)[0]
    percent = (100 * counts / max(len(found.shared), 1)).astype(np.float32)
    middles = ((edges[:-1] + edges[1:]) / 2).astype(np.float32)
    hover = "%{customdata}: %{y:.1f} % of pairs<extra></extra>"
    figure.add_bar(
        x=np.array([DISJOINT_X], np.float32),
        y=np.array([100 * found.disjoint], np.float32),
        width=1 / OVERLAP_BINS,
        name=f"no pixel in common ({100 * found.disjoint:.3g} %)",
        marker={"color": ORANGE, "pattern": {"shape": "/"}},
        customdata=["nothing in common"],
        hovertemplate=hover,
    )
    figure.add_bar(
        x=middles,
        y=percent,
        width=1 / OVERLAP_BINS,
        name="overlapping",
        marker={"color": BLUE},
        customdata=[f"{low:.0%} to {high:.0%}" for low, high in pairwise(edges)],
        hovertemplate=hover,
    )
    figure.update_xaxes(
        range=[-0.09, 1.01],
        rangemode="normal",
        tickvals=[DISJOINT_X, 0.25, 0.5, 0.75, 1],
        ticktext=["none", ".25", ".5", ".75", "1"],
    )
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(bargap=0)
    return figure
