"""Collapse over the steps: how much of the space is in use, and how far embeddings spread. The spectrum of one look."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import STEADY, Spec, level_line, moment_lines, plain_figure, plain_spec
from playground.figures.palette import LAYER_LINES, ORANGE
from playground.insight.collapse import THRESHOLDS, Layer, layer_geometry
from playground.records import Insight

SMALLEST_SHARE = 1e-4  # of the largest singular value: what lies below is nothing


def collapse_figure(insights: Sequence[Insight], layer: Layer = "z", *, now: int | None = None) -> Spec:
    """Effective rank as a share of its limit and sqrt(d) std, both 0 when collapsed and 1 at best."""
    step = np.array([insight.step for insight in insights], dtype=np.int32)
    figures = [layer_geometry(insight, layer) for insight in insights]
    rank = np.array([figure.effective_rank / figure.rank_limit for figure in figures], dtype=np.float32)
    std = np.array([figure.feature_std for figure in figures], dtype=np.float32)
    colour, dash = LAYER_LINES[layer]
    curves = (
        (rank, "effective rank, share of its limit", {"color": colour, "dash": dash}, "circle"),
        (std, "spread (std)", {"color": ORANGE, "dash": "solid"}, "diamond"),
    )
    limit = figures[-1].rank_limit if figures else 1
    alarm = THRESHOLDS[layer].alarm(limit) / limit
    return plain_spec(
        x_title="step",
        traces=[
            {
                "type": "scatter", "x": step, "y": values, "name": name, "mode": "lines+markers",
                "line": {**line, "width": 2}, "marker": {"symbol": symbol, "size": 6},
            }
            for values, name, line, symbol in curves
        ],
        lines=[level_line(alarm, "alarm: rank below this", dash="dash", words_above=True), *moment_lines(now)],
        xaxis=STEADY,
        yaxis={"range": [0, 1.1], **STEADY},
    )  # fmt: skip


def spectrum_figure(spectra: Mapping[Layer, NDArray[np.float64]]) -> go.Figure:
    """Singular values of each layer as shares of the largest, on a logarithmic scale."""
    figure = plain_figure(x_title="direction, the strongest first", y_title="share of the strongest")
    figure.update_yaxes(type="log", range=[np.log10(SMALLEST_SHARE), 0.1], dtick=1, exponentformat="power")
    for layer, shares in spectra.items():
        colour, dash = LAYER_LINES[layer]
        figure.add_scatter(
            x=np.arange(1, len(shares) + 1, dtype=np.int32),
            y=np.maximum(shares, SMALLEST_SHARE).astype(np.float32),
            mode="lines", name=f"{layer} ({len(shares)} directions)", line={"color": colour, "dash": dash, "width": 2},
        )  # fmt: skip
    return figure
