"""Invariance of embeddings over the strength of perturbations."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from playground.figures.base import plain_figure
from playground.figures.palette import BLUE, GREY
from playground.insight.perturbations import PERTURBATIONS

PANEL_COLUMNS = 2


def invariance_figure(before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]]) -> go.Figure:
    """Whitened similarity over strength, a panel for each perturbation: of the untrained encoder and the present one.

    `before` and `after` are name -> one similarity for each strength: 1 is fully invariant, 0 is chance.
    """
    rows = -(-len(PERTURBATIONS) // PANEL_COLUMNS)
    figure = make_subplots(
        rows, PANEL_COLUMNS, figure=plain_figure(), shared_yaxes=True, horizontal_spacing=0.08, vertical_spacing=0.2,
        subplot_titles=[perturbation.title for perturbation in PERTURBATIONS.values()],
    )  # fmt: skip
    for number, (name, perturbation) in enumerate(PERTURBATIONS.items()):
        for similarities, words, colour, dash, symbol in (
            (before, "untrained", GREY, "dash", "circle-open"),
            (after, "now", BLUE, "solid", "circle"),
        ):
            values = np.array(similarities.get(name, ()), dtype=np.float32)
            figure.add_scatter(
                x=perturbation.labels[: len(values)], y=values, name=words, legendgroup=words, showlegend=number == 0,
                mode="lines+markers", line={"color": colour, "dash": dash, "width": 2},
                marker={"symbol": symbol, "size": 6}, row=number // PANEL_COLUMNS + 1, col=number % PANEL_COLUMNS + 1,
                hovertemplate="%{x}: %{y:.2f}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    figure.update_annotations(font={"size": 12})
    figure.update_xaxes(type="category", tickfont={"size": 10}, tickangle=0, zeroline=False)
    # Below chance there is only noise, of which a little is shown.
    figure.update_yaxes(range=[-0.1, 1.05], tickvals=[0, 0.5, 1], zeroline=False)
    figure.update_layout(margin={"l": 32, "t": 44}, legend={"y": 1.09})
    return figure
