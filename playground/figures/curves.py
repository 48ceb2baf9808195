"""Curves of several runs in one figure, each with its own colour, dash and marker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import Trace, level_line, moment_lines, plain_figure, thin_rows
from playground.figures.palette import COLOURS
from playground.insight.arrays import AnyFloatArray
from playground.wording.escape import escape_plotly

MOST_CURVE_POINTS = 600  # of each curve
BAND = 0.18  # opacity


@dataclass(frozen=True, slots=True)
class RunMark:
    """Colour, dash and marker of a run, the same in every panel: never a colour alone."""

    colour: str
    dash: str
    symbol: str
    sign: str  # the symbol as a letter


RUN_MARKS = tuple(
    RunMark(*mark)
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
    """The curve of one run, or the mean of several with their spread."""

    name: str
    mark: RunMark
    x: AnyFloatArray  # [m], ascending
    y: AnyFloatArray  # [m]
    low: AnyFloatArray | None = None  # [m], of the spread
    high: AnyFloatArray | None = None  # [m]
    now: float | None = None  # the selected x
    fork: float | None = None  # the x at which the run was forked from another one


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
    """Each curve as a line with its marker at the selected x, and as a band where there is a spread.

    `levels` are heights with words, drawn as grey lines unless `log`; `share` shows y in per cent; `now` is a vertical
    line. Long curves are thinned, with their extremes kept.
    """
    scale: dict[str, Any] = (
        {"type": "log", "exponentformat": "power"} if log else {"tickformat": ".0%"} if share else {}
    )
    marked = () if log else levels
    return plain_figure(
        x_title=x_title,
        y_title=y_title,
        traces=[
            trace
            for curve in curves
            for trace in (*_band(curve), _curve_line(curve), *_now_point(curve), *_fork_point(curve))
        ],
        lines=[
            *(level_line(at, words, dash="dash" if at else "dot", words_above=bool(at)) for at, words in marked),
            *moment_lines(now),
        ],
        yaxis=scale,
    )


def all_positive(curves: Sequence[Curve]) -> bool:
    """Whether all finite values are positive, as a logarithmic scale needs."""
    lowest = (curve.y if curve.low is None else curve.low for curve in curves)
    return all(bool((values[np.isfinite(values)] > 0).all()) for values in lowest)


def _curve_line(curve: Curve) -> Trace:
    rows = thin_rows(curve.y, MOST_CURVE_POINTS)
    return {
        "type": "scatter", "x": _as_float32(curve.x[rows]), "y": _as_float32(curve.y[rows]), "mode": "lines",
        "name": _curve_name(curve), "legendgroup": curve.name,
        "line": {"color": curve.mark.colour, "dash": curve.mark.dash, "width": 2},
    }  # fmt: skip


def _band(curve: Curve) -> list[Trace]:
    """A closed shape along the highest values and back along the lowest; without values that are not finite."""
    if curve.low is None or curve.high is None:
        return []
    rows = thin_rows(curve.y, MOST_CURVE_POINTS)
    rows = rows[np.isfinite(curve.low[rows]) & np.isfinite(curve.high[rows])]
    x, low, high = curve.x[rows], curve.low[rows], curve.high[rows]
    return [{
        "type": "scatter",
        "x": _as_float32(np.concatenate([x, x[::-1]])), "y": _as_float32(np.concatenate([high, low[::-1]])),
        "mode": "lines", "fill": "toself", "fillcolor": curve.mark.colour, "opacity": BAND, "line": {"width": 0},
        "hoverinfo": "skip", "name": f"{_curve_name(curve)}, spread", "legendgroup": curve.name, "showlegend": False,
    }]  # fmt: skip


def _now_point(curve: Curve) -> list[Trace]:
    """The marker of the run on its curve, at the selected x."""
    if curve.now is None or not len(curve.x):
        return []
    marker = {"symbol": curve.mark.symbol, "size": 11, "color": curve.mark.colour}
    return [_point(curve, curve.now, marker, "now", f"{_curve_name(curve)}: %{{y:.4g}}")]


def _fork_point(curve: Curve) -> list[Trace]:
    if curve.fork is None or not len(curve.x):
        return []
    marker = {"symbol": "star-open", "size": 14, "color": curve.mark.colour, "line": {"width": 2}}
    return [
        _point(curve, curve.fork, marker, "fork", f"{_curve_name(curve)} went on differently from here", text="fork")
    ]


def _point(curve: Curve, x: float, marker: dict[str, object], name: str, hover: str, text: str | None = None) -> Trace:
    y = np.interp(x, curve.x, curve.y)
    return {
        "type": "scatter", "x": _as_float32(np.array([x])), "y": _as_float32(np.array([y])),
        "mode": "markers+text" if text else "markers", "marker": marker, "text": [text] if text else None,
        "textposition": "top center", "name": f"{_curve_name(curve)}, {name}", "legendgroup": curve.name,
        "showlegend": False, "hovertemplate": f"{hover}<extra></extra>",
    }  # fmt: skip


def _as_float32(values: AnyFloatArray) -> NDArray[np.float32]:
    return values.astype(np.float32)


def _curve_name(curve: Curve) -> str:
    return escape_plotly(f"{curve.mark.sign} {curve.name}")
