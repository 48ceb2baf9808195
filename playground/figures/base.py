"""The bare figure that all others start from.

plotly.py checks whatever is put into a figure, and each time much of what is there already: one that is made in one
call is made in a tenth of the time. Those that are drawn again every second are plain specs, checked in their tests.

Fewer points for a long curve, without losing what stands out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import GREY

Trace = dict[str, Any]  # as Plotly.js reads it
# Of an axis: its labels are not measured anew each second, which is a third of what drawing a live curve costs.
STEADY: Trace = {"automargin": False}
Spec = dict[str, Any]  # a whole figure: its traces as "data", and "layout"; `go.Figure(spec)` checks it


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through the whole figure, and the words on it."""

    shape: Mapping[str, Any]
    words: Mapping[str, Any] | None = None


def plain_figure(
    *, x_title: str = "", y_title: str = "", traces: Sequence[Trace] = (), lines: Sequence[Line] = (), **layout: Any
) -> go.Figure:
    """`plain_spec`, checked, and open to what is to be added."""
    return go.Figure(plain_spec(x_title=x_title, y_title=y_title, traces=traces, lines=lines, **layout))


def plain_spec(
    *, x_title: str = "", y_title: str = "", traces: Sequence[Trace] = (), lines: Sequence[Line] = (), **layout: Any
) -> Spec:
    """Tight margins, a small legend on top, no colours of text and background; `layout` is put on top of that."""
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
    """A grey line across the figure, with what it stands for: above it on the right, or below it on the left."""
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
    """A line from the bottom to the top at `x`; `words` is an annotation's text, its height and its side."""
    across = {"xref": "x", "yref": "y domain"}
    told = None if words is None else {**across, "x": x, "yanchor": "top", **words}
    return Line({**across, "x0": x, "x1": x, "y0": 0, "y1": 1, **look}, told)


def moment_lines(step: int | None) -> list[Line]:
    """A thin upright line at the step that is looked at, if it is not the latest."""
    look = {"line": {"color": GREY, "width": 1.5, "dash": "solid"}, "opacity": 0.8}
    return [] if step is None else [upright_line(step, look)]


def thin(values: NDArray[np.floating], most: int) -> NDArray[np.int64]:
    """Rows of `values` [n] to draw, about `most`: of each stretch its first, lowest and highest, and the last row.

    All rows where there are no more than `most`. Where some are no number, the first such of each stretch is kept too,
    if `most` leaves room for it.
    """
    n = len(values)
    if n <= most:
        return np.arange(n)
    missing = np.isnan(values)
    kept = 4 if missing.any() and most > 2 else 3  # of each stretch
    edges = np.linspace(0, n, max(most // kept, 1) + 1).astype(np.int64)
    starts, lengths = edges[:-1, None], np.diff(edges)[:, None]
    # [stretches, longest]: a stretch that is shorter has its last row twice.
    rows = starts + np.minimum(np.arange(lengths.max()), lengths - 1)
    lowest = np.where(missing, np.inf, values)[rows].argmin(axis=1)
    highest = np.where(missing, -np.inf, values)[rows].argmax(axis=1)
    first_missing = missing[rows].argmax(axis=1)  # 0, the first row, where there is none
    places = np.stack([np.zeros_like(lowest), lowest, highest, first_missing], axis=1)[:, :kept]
    return np.unique(np.append(np.take_along_axis(rows, places, axis=1), n - 1))


def tint(colour: str, white: float) -> str:
    """`colour` (#rrggbb) mixed with so much white, 0 to 1."""
    return "#" + "".join(f"{round(part + (255 - part) * white):02x}" for part in bytes.fromhex(colour[1:]))
