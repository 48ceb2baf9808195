"""h and z over the steps: how well classes can be read, and how much of the space is in use."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import Trace, moment_lines, plain_figure
from playground.figures.palette import LAYER_LINES
from playground.insight.collapse import LAYERS, Layer, layer_geometry
from playground.records import Insight

LAYER_NAMES = {"h": "h, the encoder's output", "z": "z, behind the head"}
Reading = Callable[[Insight, Layer], float | None]


def accuracy_figure(insights: Sequence[Insight], *, now: int | None = None) -> go.Figure:
    """kNN accuracy of h and of z; without labels both are empty."""
    return _two_lines(insights, knn_of, "kNN accuracy", now, tickformat=".0%")


def rank_figure(insights: Sequence[Insight], *, now: int | None = None) -> go.Figure:
    """Effective rank of h and of z, each as a share of what its size allows."""
    return _two_lines(insights, _rank_share, "effective rank, share of its limit", now, range=[0, 1.05])


def knn_of(insight: Insight, layer: Layer) -> float | None:
    """The live accuracy on a layer."""
    return insight.knn_accuracy if layer == "h" else insight.knn_accuracy_z


def _rank_share(insight: Insight, layer: Layer) -> float:
    geometry = layer_geometry(insight, layer)
    return geometry.effective_rank / geometry.rank_limit


def _two_lines(insights: Sequence[Insight], reading: Reading, title: str, now: int | None, **y: Any) -> go.Figure:
    step = np.array([insight.step for insight in insights], dtype=np.int32)
    traces: list[Trace] = []
    for layer in LAYERS:
        values = np.array([reading(insight, layer) for insight in insights], dtype=np.float32)
        colour, dash = LAYER_LINES[layer]
        traces.append({
            "type": "scatter", "x": step, "y": values, "mode": "lines+markers", "name": LAYER_NAMES[layer],
            "line": {"color": colour, "dash": dash, "width": 2},
            "marker": {"symbol": "circle" if layer == "h" else "diamond", "size": 6},
        })  # fmt: skip
    return plain_figure(x_title="step", y_title=title, traces=traces, lines=moment_lines(now), yaxis=y)
