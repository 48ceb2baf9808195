"""h and z over the steps: how well classes can be read, and how much of the space is in use."""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.palette import LAYER_LINES
from playground.figures.plain import moment_line, plain_figure
from playground.insight.collapse import LAYERS, Layer, of_layer
from playground.records import Insight

LAYER_NAMES = {"h": "h, the encoder's output", "z": "z, behind the head"}
Reading = Callable[[Insight, Layer], float | None]


def accuracy_figure(insights: Sequence[Insight], *, now: int | None = None) -> go.Figure:
    """kNN accuracy of h and of z; without labels both are empty."""
    figure = _two_lines(insights, knn_of, "kNN accuracy", now)
    figure.update_yaxes(tickformat=".0%")
    return figure


def rank_figure(insights: Sequence[Insight], *, now: int | None = None) -> go.Figure:
    """Effective rank of h and of z, each as a share of what its size allows."""
    figure = _two_lines(insights, _rank_share, "effective rank, share of its limit", now)
    figure.update_yaxes(range=[0, 1.05])
    return figure


def knn_of(insight: Insight, layer: Layer) -> float | None:
    """The live accuracy on a layer."""
    return insight.knn_accuracy if layer == "h" else insight.knn_accuracy_z


def _rank_share(insight: Insight, layer: Layer) -> float:
    geometry = of_layer(insight, layer)
    return geometry.effective_rank / geometry.rank_limit


def _two_lines(insights: Sequence[Insight], reading: Reading, title: str, now: int | None) -> go.Figure:
    figure = plain_figure(x_title="step", y_title=title)
    step = np.array([insight.step for insight in insights], dtype=np.int32)
    for layer in LAYERS:
        values = np.array([reading(insight, layer) for insight in insights], dtype=np.float32)
        colour, dash = LAYER_LINES[layer]
        figure.add_scatter(
            x=step, y=values, mode="lines+markers", name=LAYER_NAMES[layer],
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": "circle" if layer == "h" else "diamond", "size": 6},
        )  # fmt: skip
    if now is not None:
        moment_line(figure, now)
    return figure
