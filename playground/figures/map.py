"""The map: one point an image, near each other where the encoder finds the images alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from plotly.colors import get_colorscale

from playground.figures.base import Spec, Trace, plain_spec
from playground.figures.palette import GREY, class_colour, class_symbol
from playground.insight.maps import Map
from playground.wording.escape import escape_plotly

MOST_IN_LEGEND = 12
REACH = 1.35  # a map's radius is about 1: the axes stay put while points move
MOST_DRAWN = 1000  # points as vector graphics, which can glide; above, WebGL


@dataclass(frozen=True, slots=True)
class Groups:
    """Colour by what an image belongs to."""

    of: NDArray[np.int64]  # [n]
    names: tuple[str, ...]
    note: str = ""  # what else is known of these groups


@dataclass(frozen=True, slots=True)
class Scale:
    """Colour by a number."""

    values: NDArray[np.floating]  # [n]
    title: str
    range: tuple[float, float] | None = None  # None: that of the values
    circular: bool = False  # whether both ends of the range mean the same, as with hues


Colouring = Groups | Scale | None  # None: all alike


def map_figure(xy: Map, colouring: Colouring = None, one: str = "image") -> Spec:
    """`xy` [n, 2]. A point's customdata is the number of its image in the probe set; `one` is what a point is called
    where nothing else is known of it."""
    # Equal scales by a smaller domain, not by wider ranges: Plotly would take those for a change of ours at the next
    # update, and a person's zoom would be gone.
    hidden = {"visible": False, "range": [-REACH, REACH], "constrain": "domain"}
    return plain_spec(
        traces=_traces(xy, colouring, one),
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        legend={"orientation": "v", "x": 1.01, "y": 1, "yanchor": "top", "itemsizing": "constant"},
        showlegend=isinstance(colouring, Groups) and len(colouring.names) <= MOST_IN_LEGEND,
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
    )


def _traces(xy: Map, colouring: Colouring, one: str) -> list[Trace]:
    if isinstance(colouring, Groups):
        return list(_groups(xy, colouring))
    if isinstance(colouring, Scale):
        return [_scale(xy, colouring)]
    return [_points(xy, np.arange(len(xy)), {"color": GREY, "symbol": "circle"}, f"{one} (no labels)")]


def _groups(xy: Map, groups: Groups) -> Iterator[Trace]:
    for group, name in enumerate(groups.names):
        rows = np.flatnonzero(groups.of == group)
        if len(rows):
            yield _points(xy, rows, {"color": class_colour(group), "symbol": class_symbol(group)}, name)


def _scale(xy: Map, scale: Scale) -> Trace:
    values = np.asarray(scale.values, dtype=np.float32)
    low, high = scale.range or (float(np.nanmin(values)), float(np.nanmax(values)))
    marker = {
        "color": values,
        "colorscale": get_colorscale("HSV" if scale.circular else "Viridis"),  # Plotly.js itself knows no HSV
        "cmin": low,
        "cmax": high,
        "colorbar": {"title": {"text": scale.title, "side": "right"}, "thickness": 12, "len": 0.9},
    }
    return _points(xy, np.arange(len(xy)), marker, scale.title, hover="%{marker.color:.3g}")


def _points(
    xy: Map, rows: NDArray[np.int64], marker: Mapping[str, object], name: str, hover: str = "%{fullData.name}"
) -> Trace:
    return {
        "type": "scatter" if len(xy) <= MOST_DRAWN else "scattergl",
        "x": xy[rows, 0].astype(np.float32),
        "y": xy[rows, 1].astype(np.float32),
        "customdata": rows.astype(np.int32),
        "mode": "markers",
        "name": escape_plotly(name),
        "marker": {"size": 5, "opacity": 0.85, **marker},
        "hovertemplate": f"{hover}<extra></extra>",
    }
