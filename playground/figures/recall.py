"""Recall@1 of captions by images and of images by captions, over the snapshots."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import Trace, level_line, moment_lines, plain_figure
from playground.figures.palette import BLUE, ORANGE

WAYS = ("image → caption", "caption → image")
_LOOKS = ((BLUE, "solid", "circle"), (ORANGE, "dash", "diamond"))  # colour, dash, symbol


def recall_figure(
    steps: Sequence[int], recalls: Sequence[tuple[float, float]], chance: float, *, now: int | None = None
) -> go.Figure:
    """Recall@1 in both directions, 0 to 1, of each snapshot, with chance; `now` is the selected step."""
    at = np.array(steps, np.int32)
    values = np.array(recalls, np.float32).reshape(len(at), 2)
    top = max(float(np.nanmax(values, initial=chance)) * 1.15, 0.05)
    return plain_figure(
        x_title="step",
        y_title="recall@1",
        traces=[_recall_line(at, values[:, way], way) for way in range(len(WAYS))],
        lines=[level_line(chance, f"chance {chance:.2%}", dash="dot", words_above=True), *moment_lines(now)],
        yaxis={"range": [-0.03 * top, min(top, 1.05)], "tickformat": ".0%"},
    )


def _recall_line(steps: NDArray[np.int32], values: NDArray[np.float32], way: int) -> Trace:
    colour, dash, symbol = _LOOKS[way]
    return {
        "type": "scatter", "x": steps, "y": values, "mode": "lines+markers", "name": WAYS[way],
        "line": {"color": colour, "dash": dash, "width": 2}, "marker": {"symbol": symbol, "size": 6},
        "hovertemplate": f"{WAYS[way]}: %{{y:.1%}} after step %{{x}}<extra></extra>",
    }  # fmt: skip
