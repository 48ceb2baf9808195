"""What an encoder is worth where labels are few: accuracy over the share of the labels that was used."""

import textwrap
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, GREEN, GREY, RED
from playground.insight.evaluation import LABEL_SHARES, EncoderName, Measure, MeasureName

# measure, encoder -> name, colour, dash, marker
LINES: dict[tuple[MeasureName, EncoderName], tuple[str, str, str, str]] = {
    ("fine-tuned", "trained"): ("this encoder, fine-tuned", BLUE, "solid", "circle"),
    ("linear", "trained"): ("this encoder, linear", GREEN, "dash", "diamond"),
    ("linear", "untrained"): ("untrained encoder, linear", GREY, "dot", "x"),
    ("fine-tuned", "from scratch"): ("labels only, from scratch", RED, "dashdot", "square"),
}
WRAP = 44  # characters of a protocol in one line of the hover


def few_labels_figure(measures: Sequence[Measure]) -> go.Figure:
    """Accuracy on the test images in per cent, over per cent of the training labels, one line a way to use them.

    A point's customdata is its protocol. A line of which nothing is known yet is left out.
    """
    figure = plain_figure(x_title="labels used (% of the training images)", y_title="accuracy (%)")
    for (measure, encoder), (name, colour, dash, symbol) in LINES.items():
        points = [m for m in measures if (m.name, m.encoder) == (measure, encoder) and m.share is not None]
        points.sort(key=lambda point: point.share or 0.0)
        if not points:
            continue
        figure.add_scatter(
            x=np.array([100 * (point.share or 0.0) for point in points], dtype=np.float32),
            y=np.array([np.nan if point.value is None else 100 * point.value for point in points], dtype=np.float32),
            customdata=["<br>".join(textwrap.wrap(point.protocol, WRAP)) for point in points],
            name=name,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": symbol, "size": 9},
            hovertemplate="%{fullData.name}: %{y:.1f} %<br>%{customdata}<extra></extra>",
        )
    ticks = [100 * share for share in LABEL_SHARES]
    figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g} %" for tick in ticks], range=[-0.1, 2.1])
    figure.update_yaxes(rangemode="tozero")
    return figure
