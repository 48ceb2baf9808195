"""Histograms of the similarities of positives, images of one class and different images."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, GREEN, ORANGE
from playground.insight.similarity_histogram import EDGES, PairKind, SimilarityHistogram
from playground.records import FloatArray

STYLES: dict[PairKind, tuple[str, str]] = {  # colour and dash
    "positives": (BLUE, "solid"),
    "same class": (GREEN, "dash"),
    "other classes": (ORANGE, "dot"),
    "different": (ORANGE, "dot"),
}


def similarities_figure(found: Sequence[SimilarityHistogram], samples: str = "images") -> go.Figure:
    """A filled outline for each kind over cosines from -1 to 1, each with an area of 1.

    `samples` is the noun for the data in the legend.
    """
    figure = plain_figure(x_title="cosine similarity", y_title="density")
    figure.update_xaxes(range=[-1.02, 1.02], rangemode="normal")
    figure.update_yaxes(rangemode="tozero")
    for one in found:
        colour, dash = STYLES[one.kind]
        x, y = _outline(one)
        figure.add_scatter(
            x=x,
            y=y,
            name=f"{one.words(samples)} (mean {one.mean:.2f})",
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2, "shape": "hv"},
            fill="tozeroy",
            fillcolor=_faint(colour),
            hovertemplate="%{fullData.name}<br>cosine from %{x:.2f}: density %{y:.2f}<extra></extra>",
        )
    return figure


def _outline(one: SimilarityHistogram) -> tuple[FloatArray, FloatArray]:
    """x and y [k + 2] of the outline over the k bins between the first and last filled one, with 0 at both ends."""
    filled = np.flatnonzero(one.density)
    first, last = int(filled[0]), int(filled[-1])
    x = np.concatenate([EDGES[[first]], EDGES[first : last + 2]])
    return x, np.pad(one.density[first : last + 1], 1)


def _faint(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red}, {green}, {blue}, 0.15)"
