"""The base of all figures: layout, lines, and thinning of long curves.

plotly.py validates each addition and much of the existing figure with it, so a figure made in one call takes a tenth of
the time. Figures that are drawn every second are plain specs without validation; their tests validate them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import GREY

Trace = dict[str, Any]  # as Plotly.js reads it
# For axes of live curves: without measuring labels anew, which is a third of the time of each update.
STEADY: Trace = {"automargin": False}
Spec = dict[str, Any]  # a whole figure: its traces as "data", and "layout"; `go.Figure(spec)` checks it


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through the whole figure, and its annotation."""

    shape: Mapping[str, Any]
    words: Mapping[str, Any] | None = None


def plain_figure(
    *, x_title: str = "", y_title: str = "", traces: Sequence[Trace] = (), lines: Sequence[Line] = (), **layout: Any
) -> go.Figure:
    """`plain_spec` as a validated Figure, which can be extended."""
    return go.Figure(plain_spec(x_title=x_title, y_title=y_title, traces=traces, lines=lines, **layout))


def plain_spec(
    *, x_title: str = "", y_title: str = "", traces: Sequence[Trace] = (), lines: Sequence[Line] = (), **layout: Any
) -> Spec:
    """A spec with tight margins, a small legend on top and no colours of text and background, updated by `layout`."""
    given: dict[str, Any] = {
        "template": "none",
        "margin": {"l": 48, "r": 12, "t": 8, "b": 36},
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
        "xaxis": {"title": {"text": x_title, "standoff": 6}, "zeroline": False, "rangemode": "nonnegative"},
        "yaxis": {"title": {"text": y_title, "standoff": 6}, "zeroline": False},
        "font": {"size": 12},
        "hovermode": "closest",
    }
    for name, value in layout.items():
        given[name] = {**given.get(name, {}), **value} if isinstance(value, dict) else value
    if lines:
        given["shapes"] = [{"type": "line", **line.shape} for line in lines]
        given["annotations"] = [
            {"font": {"size": 11}, "showarrow": False, **line.words} for line in lines if line.words is not None
        ]
    return {"data": list(traces), "layout": given}


def level_line(height: float, words: str, *, dash: str, words_above: bool) -> Line:
    """A grey horizontal line with `words` above it on the right, or below it on the left."""
    across = {"xref": "x domain", "yref": "y"}
    look = {"line": {"color": GREY, "dash": dash, "width": 1.5}}
    place = (
        {"x": 1, "xanchor": "right", "yanchor": "bottom"}
        if words_above
        else {"x": 0, "xanchor": "left", "yanchor": "top"}
    )
    return Line(
        {**across, "x0": 0, "x1": 1, "y0": height, "y1": height, **look},
        {**across, "y": height, "text": words, **place},
    )


def upright_line(x: float, look: Mapping[str, Any], words: Mapping[str, Any] | None = None) -> Line:
    """A vertical line at `x` with the line style `look`; `words` has text, height and side of its annotation."""
    across = {"xref": "x", "yref": "y domain"}
    told = None if words is None else {**across, "x": x, "yanchor": "top", **words}
    return Line({**across, "x0": x, "x1": x, "y0": 0, "y1": 1, **look}, told)


def moment_lines(step: int | None) -> list[Line]:
    """A thin vertical line at the selected step; none where `step` is None, the latest."""
    look = {"line": {"color": GREY, "width": 1.5, "dash": "solid"}, "opacity": 0.8}
    return [] if step is None else [upright_line(step, look)]


def thin_rows(values: NDArray[np.floating], most: int) -> NDArray[np.int64]:
    """About `most` rows [m] of `values` [n] to draw: first, lowest and highest of each interval, and the last row.

    All rows where there are at most `most`. The first NaN of each interval is kept too, if `most` leaves room for it.
    """
    n = len(values)
    if n <= most:
        return np.arange(n)
    missing = np.isnan(values)
    kept = 4 if missing.any() and most > 2 else 3  # of each interval
    edges = np.linspace(0, n, max(most // kept, 1) + 1).astype(np.int64)
    starts, lengths = edges[:-1, None], np.diff(edges)[:, None]
    # [intervals, longest]: a shorter interval has its last row twice.
    rows = starts + np.minimum(np.arange(lengths.max()), lengths - 1)
    lowest = np.where(missing, np.inf, values)[rows].argmin(axis=1)
    highest = np.where(missing, -np.inf, values)[rows].argmax(axis=1)
    first_missing = missing[rows].argmax(axis=1)  # 0, the first row, where there is none
    places = np.stack([np.zeros_like(lowest), lowest, highest, first_missing], axis=1)[:, :kept]
    return np.unique(np.append(np.take_along_axis(rows, places, axis=1), n - 1))


def tint(colour: str, white: float) -> str:
    """`colour` (#rrggbb) mixed with so much white, 0 to 1."""
    return "#" + "".join(f"{round(part + (255 - part) * white):02x}" for part in bytes.fromhex(colour[1:]))
