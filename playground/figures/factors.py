"""Scores of linear probes of the factors, as a group of bars for each factor, untrained beside trained."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, GREY, PURPLE


def factors_figure(before: Mapping[str, float], h: Mapping[str, float], z: Mapping[str, float]) -> go.Figure:
    """Scores of `insight.factors`, factor -> 0 to 1: of the untrained encoder's h, and of the present h and z.

    The factors are those of `h`, in their order from the top; one that the others lack leaves a gap.
    """
    names = list(h)
    figure = plain_figure(x_title="0: cannot be read, 1: without error")
    for scores, name, colour, pattern in (
        (before, "h, untrained", GREY, "/"),
        (h, "h, now", BLUE, ""),
        (z, "z, now", PURPLE, "x"),
    ):
        values = np.array([scores.get(factor, np.nan) for factor in names], dtype=np.float32)
        figure.add_bar(
            x=values, y=names, orientation="h", name=name,
            marker={"color": colour, "pattern": {"shape": pattern, "size": 5, "fillmode": "overlay"}},
            # With numbers, as a bar of length 0 is invisible.
            texttemplate="%{x:.2f}", textposition="outside", textfont={"size": 10}, cliponaxis=False,
            hovertemplate="%{y}, %{fullData.name}: %{x:.2f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(bargap=0.25, margin={"l": 82})
    figure.update_xaxes(range=[0, 1.1], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(autorange="reversed", ticks="")
    return figure
