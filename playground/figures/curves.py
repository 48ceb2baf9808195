"""Curves of several runs in one figure. Each run keeps its colour, its dash and its marker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import Trace, level_line, moment_lines, plain_figure, thin
from playground.figures.palette import COLOURS
from playground.wording.escape import escape_plotly

MOST_POINTS = 600  # of each curve
BAND = 0.18  # opacity
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a run is known in every panel: never by its colour alone."""

    colour: str
    dash: str
    symbol: str
    sign: str  # the symbol as a letter


MARKS = tuple(
    Mark(*mark)
    for mark in zip(
        COLOURS,
        ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot"),
        ("circle", "square", "diamond", "triangle-up", "cross", "x"),
        "●■◆▲✚✖",
        strict=False,
    )
)


@dataclass(frozen=True, slots=True)
class Curve:
    """One run's curve, or the mean of several with their spread."""

    name: str
    mark: Mark
    x: Floats  # [m], rising
    y: Floats  # [m]
    low: Floats | None = None  # [m], of the spread
    high: Floats | None = None  # [m]
    now: float | None = None  # the x that is looked at
    fork: float | None = None  # the x from which on the run went another way than the one it was made from


def curves_figure(
    curves: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    log: bool = False,
    share: bool = False,
    levels: Sequence[tuple[float, str]] = (),
    now: int | None = None,
) -> go.Figure:
    """Each curve as a line with its marker at the place that is looked at; a band where there is a spread.

    `levels` are heights with words, drawn as grey lines unless `log`; `share` tells y in per cent; `now` is an upright
    line. Long curves are thinned, extremes kept.
    """
    scale: dict[str, Any] = (
        {"type": "log", "exponentformat": "power"} if log else {"tickformat": ".0%"} if share else {}
    )
    marked = () if log else levels
    return plain_figure(
        x_title=x_title,
        y_title=y_title,
        traces=[trace for curve in curves for trace in (*_band(curve), _line(curve), *_moment(curve), *_fork(curve))],
        lines=[
            *(level_line(at, words, dash="dash" if at else "dot", words_above=bool(at)) for at, words in marked),
            *moment_lines(now),
        ],
        yaxis=scale,
    )


def all_positive(curves: Sequence[Curve]) -> bool:
    """Whether a logarithmic scale can show every number."""
    lowest = (curve.y if curve.low is None else curve.low for curve in curves)
    return all(bool((values[np.isfinite(values)] > 0).all()) for values in lowest)


def _line(curve: Curve) -> Trace:
    rows = thin(curve.y, MOST_POINTS)
    return {
        "type": "scatter", "x": _short(curve.x[rows]), "y": _short(curve.y[rows]), "mode": "lines",
        "name": _name(curve), "legendgroup": curve.name,
        "line": {"color": curve.mark.colour, "dash": curve.mark.dash, "width": 2},
    }  # fmt: skip


def _band(curve: Curve) -> list[Trace]:
    """One closed shape: out along the highest, back along the lowest. Where there is no number it is left open."""
    if curve.low is None or curve.high is None:
        return []
    rows = thin(curve.y, MOST_POINTS)
    rows = rows[np.isfinite(curve.low[rows]) & np.isfinite(curve.high[rows])]
    x, low, high = curve.x[rows], curve.low[rows], curve.high[rows]
    return [{
        "type": "scatter", "x": _short(np.concatenate([x, x[::-1]])), "y": _short(np.concatenate([high, low[::-1]])),
        "mode": "lines", "fill": "toself", "fillcolor": curve.mark.colour, "opacity": BAND, "line": {"width": 0},
        "hoverinfo": "skip", "name": f"{_name(curve)}, spread", "legendgroup": curve.name, "showlegend": False,
    }]  # fmt: skip


def _moment(curve: Curve) -> list[Trace]:
    """The run's own marker on its curve: where it is now, and who it is without its colour."""
    if curve.now is None or not len(curve.x):
        return []
    marker = {"symbol": curve.mark.symbol, "size": 11, "color": curve.mark.colour}
    return [_point(curve, curve.now, marker, "now", f"{_name(curve)}: %{{y:.4g}}")]


def _fork(curve: Curve) -> list[Trace]:
    if curve.fork is None or not len(curve.x):
        return []
    marker = {"symbol": "star-open", "size": 14, "color": curve.mark.colour, "line": {"width": 2}}
    return [_point(curve, curve.fork, marker, "fork", f"{_name(curve)} went on differently from here", text="fork")]


def _point(curve: Curve, x: float, marker: dict[str, object], name: str, hover: str, text: str | None = None) -> Trace:
    y = np.interp(x, curve.x, curve.y)
    return {
        "type": "scatter", "x": _short(np.array([x])), "y": _short(np.array([y])),
        "mode": "markers+text" if text else "markers", "marker": marker, "text": [text] if text else None,
        "textposition": "top center", "name": f"{_name(curve)}, {name}", "legendgroup": curve.name,
        "showlegend": False, "hovertemplate": f"{hover}<extra></extra>",
    }  # fmt: skip


def _short(values: Floats) -> NDArray[np.float32]:
    return values.astype(np.float32)


def _name(curve: Curve) -> str:
    return escape_plotly(f"{curve.mark.sign} {curve.name}")
