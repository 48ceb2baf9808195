"""How similar positives, images of one class and different images are: the curves that training pulls apart."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, GREEN, ORANGE
from playground.insight.similarity_histogram import EDGES, Floats, Kind, Similarities

STYLES: dict[Kind, tuple[str, str]] = {  # colour and dash
    "positives": (BLUE, "solid"),
    "same class": (GREEN, "dash"),
    "other classes": (ORANGE, "dot"),
    "different": (ORANGE, "dot"),
}


def similarities_figure(found: Sequence[Similarities], samples: str = "images") -> go.Figure:
    """One filled outline a kind over cosines from -1 to 1; each encloses an area of 1, however many pairs there are.

    `samples` is what the pairs are of, in the legend.
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


def _outline(one: Similarities) -> tuple[Floats, Floats]:
    """From its first bin that is not empty to its last: up from zero at the left and back to it at the right."""
    filled = np.flatnonzero(one.density)
    first, last = int(filled[0]), int(filled[-1])
    x = np.concatenate([EDGES[[first]], EDGES[first : last + 2]])
    return x, np.pad(one.density[first : last + 1], 1)


def _faint(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red}, {green}, {blue}, 0.15)"
