"""Results of an experiment: a metric over a setting, with each seed as a point and the mean as a line."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import GREY, class_colour, class_symbol
from playground.wording.escape import escape_plotly

DASHES = ("solid", "dash", "dot", "dashdot")
SeedValues = Mapping[tuple[str, ...], Sequence[float]]  # labels, one for each axis -> values over seeds


def quantity_figure(groups: SeedValues, *, x_title: str, y_title: str, scale: float = 1.0) -> go.Figure:
    """`groups` over the labels of the last axis; with more axes a line for each combination of the others.

    Faint points are seeds, markers with error bars their mean and standard deviation (n - 1; none with one seed). A
    setting without values is a gap.
    """
    figure = plain_figure(x_title=x_title, y_title=y_title)
    for number, (name, line) in enumerate(_split_lines(groups).items()):
        colour, symbol = class_colour(number), class_symbol(number)
        seeds = [(label, scale * value) for label, values in line.items() for value in values]
        figure.add_scatter(
            x=[label for label, _ in seeds],
            y=np.array([value for _, value in seeds], dtype=np.float32),
            mode="markers", name="one seed each", showlegend=number == 0, legendgroup="seeds", opacity=0.45,
            marker={"color": colour, "symbol": symbol, "size": 6},
            hovertemplate="%{x}, one seed: %{y:.4g}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=list(line),
            y=np.array([scale * np.mean(values) if len(values) else np.nan for values in line.values()], np.float32),
            error_y={"type": "data", "array": _spreads(line, scale), "thickness": 1.5, "width": 5},
            mode="lines+markers", name=name or "mean ± standard deviation",
            line={"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2},
            marker={"color": colour, "symbol": symbol, "size": 10},
            hovertemplate="%{x}: mean %{y:.4g}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=_last_labels(groups))
    return figure


def theirs_figure(labels: Sequence[str], values: Sequence[float], *, x_title: str) -> go.Figure:
    """The claimed values, as open markers without error bars."""
    figure = plain_figure(x_title=x_title, y_title="theirs")
    figure.add_scatter(
        x=[escape_plotly(label) for label in labels], y=np.array(values, dtype=np.float32),
        mode="lines+markers", name="theirs", showlegend=False,
        line={"color": GREY, "dash": "dot", "width": 1.5},
        marker={"color": GREY, "symbol": "circle-open", "size": 10, "line": {"width": 2}},
        hovertemplate="%{x}, theirs: %{y}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(type="category")
    return figure


def _split_lines(groups: SeedValues) -> dict[str, dict[str, Sequence[float]]]:
    lines: dict[str, dict[str, Sequence[float]]] = {}
    for (*others, label), values in groups.items():
        lines.setdefault(escape_plotly(" · ".join(others)), {})[escape_plotly(label)] = values
    return lines


def _last_labels(groups: SeedValues) -> list[str]:
    return list(dict.fromkeys(escape_plotly(labels[-1]) for labels in groups))


def _spreads(line: Mapping[str, Sequence[float]], scale: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    spreads = [scale * np.std(values, ddof=1) if len(values) > 1 else np.nan for values in line.values()]
    return np.array(spreads, dtype=np.float32)
