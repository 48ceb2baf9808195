"""Both kinds of embeddings, of images and of captions, in one plane; and the gap between them over the looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import Trace, moment_lines, plain_figure
from playground.figures.map import MOST_DRAWN, REACH
from playground.figures.palette import BLUE, GREEN, ORANGE
from playground.insight.maps import Map
from playground.wording.escape import escape_plotly

TEXT_COLOUR = "var(--st-text-color)"
MOST_PAIRS = MOST_DRAWN // 2  # as vector graphics, which can glide; one more where one is chosen
LONGEST = 90  # characters of a caption in a hint
HIGHEST = 2.0  # of a gap: the means at opposite ends


@dataclass(frozen=True, eq=False, slots=True)
class Modalities:
    """What is drawn of n pairs in one plane."""

    rows: NDArray[np.int64]  # [n] the pairs' numbers in the probe set
    image: Map  # [n, 2]
    text: Map  # [n, 2]
    means: Map  # [2, 2] of all images and of all captions, drawn ones or not
    captions: Sequence[str]  # [n]


def modalities_figure(shown: Modalities, gap: float, *, joined: NDArray[np.int64]) -> go.Figure:
    """Images as dots, captions as diamonds, an arrow between their means with the `gap` that it stands for.

    Thin lines join the pairs at the places `joined` of `shown`. A point's customdata is its number in the probe set.
    """
    # Equal scales by a smaller domain, see the map of images.
    hidden = {"visible": False, "range": [-REACH, REACH], "constrain": "domain"}
    return plain_figure(
        traces=[*_points(shown), _lines(shown, joined)],
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
        annotations=_arrow(shown.means, gap),
        legend={"itemsizing": "constant"},
    )


def gap_figure(steps: Sequence[int], gaps: Sequence[float], *, now: int | None = None) -> go.Figure:
    """The modality gap of each look, 0 to 2; `now` is the step that is looked at."""
    values = np.array(gaps, np.float32)
    line: Trace = {
        "type": "scatter", "x": np.array(steps, np.int32), "y": values, "mode": "lines+markers", "name": "gap",
        "line": {"color": GREEN, "width": 2}, "marker": {"symbol": "square", "size": 6},
        "hovertemplate": "gap %{y:.3f} after step %{x}<extra></extra>",
    }  # fmt: skip
    top = float(np.nanmax(values, initial=0.1)) * 1.1
    return plain_figure(
        x_title="step", y_title="modality gap", traces=[line], lines=moment_lines(now), showlegend=False,
        yaxis={"range": [-0.03 * top, min(top, HIGHEST)]},
    )  # fmt: skip


def _points(shown: Modalities) -> list[Trace]:
    kind = "scatter" if len(shown.rows) <= MOST_PAIRS + 1 else "scattergl"
    hints = [_hint(caption) for caption in shown.captions]
    marks = (
        ("images", shown.image, {"color": BLUE, "symbol": "circle", "size": 5}, "image %{customdata}<br>%{text}"),
        ("captions", shown.text, {"color": ORANGE, "symbol": "diamond", "size": 6}, "caption %{customdata}<br>%{text}"),
    )
    return [
        {
            "type": kind, "x": xy[:, 0].astype(np.float32), "y": xy[:, 1].astype(np.float32), "mode": "markers",
            "customdata": shown.rows.astype(np.int32), "text": hints, "name": name,
            "marker": {"opacity": 0.8, **marker}, "hovertemplate": f"{hover}<extra></extra>",
        }
        for name, xy, marker, hover in marks
    ]  # fmt: skip


def _lines(shown: Modalities, joined: NDArray[np.int64]) -> Trace:
    """One trace, with a hole behind each line. It is there without lines too: Plotly tells traces by their places."""
    ends = np.stack([shown.image[joined], shown.text[joined], np.full((len(joined), 2), np.nan)], axis=1)
    x, y = ends.reshape(-1, 2).astype(np.float32).T
    return {
        "type": "scatter", "x": x, "y": y, "mode": "lines", "name": "pairs", "hoverinfo": "skip",
        "showlegend": False, "line": {"color": TEXT_COLOUR, "width": 1}, "opacity": 0.4,
    }  # fmt: skip


def _arrow(means: Map, gap: float) -> list[dict[str, Any]]:
    """With a head at both ends: it is a distance."""
    (x, y), (to_x, to_y) = means.tolist()
    arrow = {
        "x": to_x, "y": to_y, "ax": x, "ay": y, "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": "",
        "showarrow": True, "arrowside": "end+start", "arrowhead": 2, "startarrowhead": 2, "arrowwidth": 2,
        "arrowcolor": TEXT_COLOUR,
    }  # fmt: skip
    words = {
        "x": (x + to_x) / 2, "y": (y + to_y) / 2, "xref": "x", "yref": "y", "text": f"<b>gap {gap:.2f}</b>",
        "showarrow": False, "yshift": 12, "bgcolor": "var(--st-background-color)", "opacity": 0.85,
        "font": {"size": 13},
    }  # fmt: skip
    return [arrow, words]


def _hint(caption: str) -> str:
    words = " ".join(caption.split())
    return escape_plotly(words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…")
