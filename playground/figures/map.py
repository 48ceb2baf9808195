"""The map: one point an image, near each other where the encoder finds the images alike."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import GREY, class_colour, class_symbol
from playground.figures.plain import plain_figure
from playground.insight.maps import Map

MOST_IN_LEGEND = 12
REACH = 1.35  # a map's radius is about 1: the axes stay put while points move


def map_figure(xy: Map, labels: NDArray[np.int64] | None, class_names: tuple[str, ...]) -> go.Figure:
    """`xy` [n, 2], `labels` [n] or None. A point's customdata is the number of its image in the probe set."""
    figure = plain_figure()
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        legend={"orientation": "v", "x": 1.01, "y": 1, "yanchor": "top", "itemsizing": "constant"},
        showlegend=labels is not None and len(class_names) <= MOST_IN_LEGEND,
    )
    hidden = {"visible": False, "range": [-REACH, REACH]}
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x")
    if labels is None:
        _points(figure, xy, np.arange(len(xy)), "image (no labels)", GREY, "circle")
        return figure
    for label, name in enumerate(class_names):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            _points(figure, xy, rows, name, class_colour(label), class_symbol(label))
    return figure


def _points(figure: go.Figure, xy: Map, rows: NDArray[np.int64], name: str, colour: str, symbol: str) -> None:
    figure.add_scatter(
        x=xy[rows, 0].astype(np.float32),
        y=xy[rows, 1].astype(np.float32),
        customdata=rows.astype(np.int32),
        mode="markers",
        name=_plain_text(name),
        marker={"color": colour, "symbol": symbol, "size": 5, "opacity": 0.85},
        hovertemplate="%{fullData.name}<extra></extra>",
    )


def _plain_text(name: str) -> str:
    """Plotly reads a few HTML tags in names; a folder's name is nobody's HTML."""
    return name.replace("&", "&amp;").replace("<", "&lt;")
