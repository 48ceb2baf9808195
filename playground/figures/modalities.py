"""Embeddings of images and captions in one plane, and the modality gap over the snapshots."""

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
MOST_DRAWN_PAIRS = MOST_DRAWN // 2  # as vector graphics, which can be animated; one more where one is selected
LONGEST_HINT_CAPTION = 90  # characters of a caption in a hint
HIGHEST = 2.0  # largest possible gap, with the means on opposite sides


@dataclass(frozen=True, eq=False, slots=True)
class Modalities:
    """The positions of n pairs in one plane."""

    rows: NDArray[np.int64]  # [n] indices of the pairs in the probe set
    image: Map  # [n, 2]
    text: Map  # [n, 2]
    means: Map  # [2, 2] of all images and of all captions, drawn or not
    captions: Sequence[str]  # [n]


def modalities_figure(shown: Modalities, gap: float, *, joined: NDArray[np.int64]) -> go.Figure:
    """Images as dots, captions as diamonds, and an arrow between their means with the `gap`.

    Thin lines connect the pairs with the indices `joined` [m] of `shown`. The customdata of a point is its index in the
    probe set.
    """
    # Equal scales by a smaller domain, see the map of images.
    hidden = {"visible": False, "range": [-REACH, REACH], "constrain": "domain"}
    return plain_figure(
        traces=[*_modality_points(shown), _pair_lines(shown, joined)],
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        xaxis=hidden,
        yaxis={**hidden, "scaleanchor": "x"},
        annotations=_arrow(shown.means, gap),
        legend={"itemsizing": "constant"},
    )


def gap_figure(steps: Sequence[int], gaps: Sequence[float], *, now: int | None = None) -> go.Figure:
    """The modality gap of each snapshot, 0 to 2; `now` is the selected step."""
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


def _modality_points(shown: Modalities) -> list[Trace]:
    kind = "scatter" if len(shown.rows) <= MOST_DRAWN_PAIRS + 1 else "scattergl"
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


def _pair_lines(shown: Modalities, joined: NDArray[np.int64]) -> Trace:
    """One trace with a gap behind each line; also without lines, as Plotly identifies traces by their index."""
    ends = np.stack([shown.image[joined], shown.text[joined], np.full((len(joined), 2), np.nan)], axis=1)
    x, y = ends.reshape(-1, 2).astype(np.float32).T
    return {
        "type": "scatter", "x": x, "y": y, "mode": "lines", "name": "pairs", "hoverinfo": "skip",
        "showlegend": False, "line": {"color": TEXT_COLOUR, "width": 1}, "opacity": 0.4,
    }  # fmt: skip


def _arrow(means: Map, gap: float) -> list[dict[str, Any]]:
    """An arrow with heads at both ends, as it is a distance, and its annotation."""
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
    return escape_plotly(words if len(words) <= LONGEST_HINT_CAPTION else f"{words[: LONGEST_HINT_CAPTION - 1]}…")
