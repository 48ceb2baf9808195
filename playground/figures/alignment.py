"""Alignment over uniformity, as a path through all snapshots (Wang and Isola, arXiv:2005.10242)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import Trace, plain_figure
from playground.figures.palette import BLUE, ORANGE
from playground.records import Insight


def alignment_figure(looks: Sequence[Insight], shown: Insight) -> go.Figure:
    """The path of z from the first snapshot to the last, with the `shown` one marked. Lower is better for both."""
    x = np.array([look.z.uniformity for look in looks], np.float32)
    y = np.array([look.alignment for look in looks], np.float32)
    steps = np.array([look.step for look in looks], np.int32)
    path: Trace = {
        "type": "scatter", "x": x, "y": y, "customdata": steps, "mode": "lines+markers+text", "name": "looks",
        "text": ["" if look.step or look == shown else "step 0" for look in looks], "textposition": "top center",
        "line": {"color": BLUE, "width": 2}, "marker": {"size": 6},
        "hovertemplate": "after step %{customdata}: uniformity %{x:.2f}, alignment %{y:.2f}<extra></extra>",
    }  # fmt: skip
    now: Trace = {
        "type": "scatter", "x": [shown.z.uniformity], "y": [shown.alignment], "mode": "markers+text",
        "text": [f"step {shown.step:,}"], "textposition": "top center", "cliponaxis": False, "name": "this look",
        "marker": {"color": ORANGE, "symbol": "star", "size": 14}, "hoverinfo": "skip",
    }  # fmt: skip
    top = float(np.nanmax(y, initial=0.1)) * 1.25
    return plain_figure(
        x_title="uniformity: left is more even", y_title="alignment: lower is nearer", traces=[path, now],
        xaxis={"range": [min(-4.2, float(np.nanmin(x, initial=0)) - 0.2), 0.2], "rangemode": "normal"},
        yaxis={"range": [-0.03 * top, top]}, showlegend=False,
    )  # fmt: skip
