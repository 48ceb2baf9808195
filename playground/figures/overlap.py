"""How much the crops of a pair have in common: a histogram in which pairs without a common pixel stand apart."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, ORANGE
from playground.insight.crop_overlap import Overlap

BINS = 20
NOTHING = -0.05  # where the bar of pairs without a common pixel stands, left of all others


def overlap_figure(found: Overlap) -> go.Figure:
    """Bars of the shares of pairs, in percent, over the share of the smaller crop that the other one shows as well."""
    figure = plain_figure(x_title="share of the smaller crop that both views show", y_title="% of pairs")
    edges = np.linspace(0, 1, BINS + 1)
    overlapping = found.shared[found.shared > 0]
    counts = np.histogram(overlapping, edges)[0]
    percent = (100 * counts / max(len(found.shared), 1)).astype(np.float32)
    middles = ((edges[:-1] + edges[1:]) / 2).astype(np.float32)
    hover = "%{customdata}: %{y:.1f} % of pairs<extra></extra>"
    figure.add_bar(
        x=np.array([NOTHING], np.float32),
        y=np.array([100 * found.disjoint], np.float32),
        width=1 / BINS,
        name=f"no pixel in common ({100 * found.disjoint:.3g} %)",
        marker={"color": ORANGE, "pattern": {"shape": "/"}},
        customdata=["nothing in common"],
        hovertemplate=hover,
    )
    figure.add_bar(
        x=middles,
        y=percent,
        width=1 / BINS,
        name="overlapping",
        marker={"color": BLUE},
        customdata=[f"{low:.0%} to {high:.0%}" for low, high in pairwise(edges)],
        hovertemplate=hover,
    )
    figure.update_xaxes(
        range=[-0.09, 1.01],
        rangemode="normal",
        tickvals=[NOTHING, 0.25, 0.5, 0.75, 1],
        ticktext=["none", ".25", ".5", ".75", "1"],
    )
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(bargap=0)
    return figure
