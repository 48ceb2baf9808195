"""The similarity matrix of a batch: a row an image, a column a caption, what belongs together on the diagonal."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import Trace, plain_figure, tint
from playground.figures.palette import BLUE, RED
from playground.insight.text.image_text import Batch, Floats
from playground.wording.escape import escape_plotly

Shown = Literal["cosine", "probability"]
LINES, LONGEST = 2, 22  # of a caption at the edge, and characters in each
LONGEST_HINT, MOST_HINTED = 60, 400  # characters in a line of a hint, and in all of it
NUMBERS = 11  # px: two digits and a sign find room on a phone
PICTURE = 0.9  # of a cell's height
_PALE = 0.92  # how much white the palest cell has: opaque, so that its number can be read on any page


@dataclass(frozen=True, slots=True)
class Edges:
    """What stands beside the rows and columns of b pairs."""

    captions: Sequence[str]  # [b]
    pictures: Sequence[str]  # [b], as data URIs


def pair_matrix_figure(
    batch: Batch, edges: Edges, *, temperature: float | None = None, longest: int = LONGEST
) -> go.Figure:
    """Cosines from -1 to 1, or with a `temperature` the probabilities of each image's captions, in per cent.

    Frames stand around what belongs together: solid around a pair, dotted where another pair's caption is the same. A
    cell's customdata is the number of its image in the probe set.
    """
    count = len(batch.rows)
    # Whole pictures to the left of the first column, where no axis tells a number.
    return plain_figure(
        traces=[_cells(batch, edges, temperature)],
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        xaxis={
            "range": [-1.55, count - 0.5], "tickvals": list(range(count)), "tickangle": -90, "automargin": True,
            "ticktext": [_cut(caption, longest) for caption in edges.captions], "tickfont": {"size": 10},
            "showgrid": False, "ticks": "", "rangemode": "normal", "fixedrange": True,
        },
        yaxis={"visible": False, "range": [count - 0.5, -0.5], "fixedrange": True},
        images=[_picture(uri, place) for place, uri in enumerate(edges.pictures)],
        shapes=[
            _frame(i, j, solid=i == j) for i in range(count) for j in range(count) if batch.right[i, j]
        ],
    )  # fmt: skip


def number(value: float, shown: Shown) -> str:
    """As it stands in a cell, short enough for a phone: .43 and −.12, or 43 and <1 of a hundred."""
    if not np.isfinite(value):
        return ""
    if shown == "probability":
        return "<1" if 0 < value < 0.005 else f"{value * 100:.0f}"
    return f"{value:.2f}".replace("0.", ".").replace("-.00", ".00").replace("-", "−")


def _cells(batch: Batch, edges: Edges, temperature: float | None) -> Trace:
    shown: Shown = "cosine" if temperature is None else "probability"
    values = batch.cosines if temperature is None else batch.probabilities(temperature)
    count = len(batch.rows)
    scale = (
        {"zmin": -1, "zmax": 1, "colorscale": [[0, RED], [0.5, "#f7f7f7"], [1, BLUE]]}
        if temperature is None
        else {"zmin": 0, "zmax": 1, "colorscale": [[0, tint(BLUE, _PALE)], [1, BLUE]]}
    )
    return {
        "type": "heatmap", "z": values.astype(np.float32), "x": np.arange(count), "y": np.arange(count),
        "customdata": np.repeat(batch.rows[:, None], count, axis=1).astype(np.int32),
        "text": [
            [_bold(number(value, shown), i == j) for j, value in enumerate(row)] for i, row in enumerate(values)
        ],
        "hovertext": _hints(batch, edges, values, shown),
        "hovertemplate": "%{hovertext}<extra></extra>", "texttemplate": "%{text}", "textfont": {"size": NUMBERS},
        "showscale": False,
        "xgap": 1, "ygap": 1, **scale,
    }  # fmt: skip


def _hints(batch: Batch, edges: Edges, values: Floats, shown: Shown) -> list[list[str]]:
    whole = [_in_lines(textwrap.wrap(caption[:MOST_HINTED], LONGEST_HINT)) for caption in edges.captions]
    return [
        [
            f"image {image} and {_relation(batch, i, j)}:<br>{caption}<br>{shown} {_figure(values[i, j], shown)}"
            for j, caption in enumerate(whole)
        ]
        for i, image in enumerate(batch.rows)
    ]


def _relation(batch: Batch, i: int, j: int) -> str:
    if i == j:
        return "its own caption"
    return "an equal caption" if batch.right[i, j] else f"the caption of image {batch.rows[j]}"


def _figure(value: float, shown: Shown) -> str:
    return f"{value:.3f}" if shown == "cosine" else f"{value:.1%}"


def _bold(words: str, wanted: bool) -> str:
    return f"<b>{words}</b>" if wanted else words


def _picture(uri: str, place: int) -> dict[str, Any]:
    return {
        "source": uri, "xref": "x", "yref": "y", "x": -1.02, "y": place, "xanchor": "center", "yanchor": "middle",
        "sizex": 1.0, "sizey": PICTURE, "sizing": "contain", "layer": "above",
    }  # fmt: skip


def _frame(row: int, column: int, *, solid: bool) -> dict[str, Any]:
    line = {"color": "#000000", "width": 2, "dash": "solid" if solid else "dot"}  # cells are light on any page
    box = {"x0": column - 0.48, "x1": column + 0.48, "y0": row - 0.47, "y1": row + 0.47}
    return {"type": "rect", "xref": "x", "yref": "y", **box, "line": line}


def _cut(caption: str, longest: int) -> str:
    """In two lines at most, with dots where there is more."""
    lines = textwrap.wrap(" ".join(caption.split()), longest) or [""]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1][: longest - 1].rstrip()}…"]
    return _in_lines(lines)


def _in_lines(lines: Sequence[str]) -> str:
    return "<br>".join(escape_plotly(line) for line in lines)
