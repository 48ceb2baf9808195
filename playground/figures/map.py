"""The map of embeddings: a point for each image, near each other where their embeddings are similar."""

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
REACH = 1.35  # range of the axes, fixed while points move; the radius of a map is about 1
MOST_DRAWN = 1000  # points as vector graphics, which can be animated; more use WebGL


@dataclass(frozen=True, slots=True)
class ColourGroups:
    """Colours by group."""

    of: NDArray[np.int64]  # [n], the group of each image, an index of `names`
    names: tuple[str, ...]
    note: str = ""  # a remark on these groups


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Colours by a number."""

    values: NDArray[np.floating]  # [n]
    title: str
    range: tuple[float, float] | None = None  # None: that of the values
    circular: bool = False  # whether both ends of the range are equal, as with hues


Colouring = ColourGroups | ColourScale | None  # None: all alike


def map_figure(xy: Map, colouring: Colouring = None, one: str = "image") -> Spec:
    """The map of points `xy` [n, 2]; without colouring, points are called `one`.

    The customdata of a point is the index of its image in the probe set.
    """
    # Equal scales by a smaller domain, not by wider ranges: at the next update Plotly would take those for a change of
    # the figure, and reset a person's zoom.
    hidden = {"visible": False, "range": [-REACH, REACH], "constrain": "domain"}
    return plain_spec(
        traces=_traces(xy, colouring, one),
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        legend={"orientation": "v", "x": 1.01, "y": 1, "yanchor": "top", "itemsizing": "constant"},
        showlegend=isinstance(colouring, ColourGroups) and len(colouring.names) <= MOST_IN_LEGEND,
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
    )


def _traces(xy: Map, colouring: Colouring, one: str) -> list[Trace]:
    if isinstance(colouring, ColourGroups):
        return list(_group_traces(xy, colouring))
    if isinstance(colouring, ColourScale):
        return [_scale_trace(xy, colouring)]
    return [_point_trace(xy, np.arange(len(xy)), {"color": GREY, "symbol": "circle"}, f"{one} (no labels)")]


def _group_traces(xy: Map, groups: ColourGroups) -> Iterator[Trace]:
    for group, name in enumerate(groups.names):
        rows = np.flatnonzero(groups.of == group)
        if len(rows):
            yield _point_trace(xy, rows, {"color": class_colour(group), "symbol": class_symbol(group)}, name)


def _scale_trace(xy: Map, scale: ColourScale) -> Trace:
    values = np.asarray(scale.values, dtype=np.float32)
    low, high = scale.range or (float(np.nanmin(values)), float(np.nanmax(values)))
    marker = {
        "color": values,
        "colorscale": get_colorscale("HSV" if scale.circular else "Viridis"),  # Plotly.js itself knows no HSV
        "cmin": low,
        "cmax": high,
        "colorbar": {"title": {"text": scale.title, "side": "right"}, "thickness": 12, "len": 0.9},
    }
    return _point_trace(xy, np.arange(len(xy)), marker, scale.title, hover="%{marker.color:.3g}")


def _point_trace(
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
