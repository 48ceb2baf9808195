"""Bars of recall and reciprocal rank in the search lesson: of an encoder, another one, TF-IDF and chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import Trace, plain_figure
from playground.figures.palette import BLUE, GREEN, GREY, ORANGE
from playground.insight.text.search_lesson import Score
from playground.wording.escape import escape_plotly

METRICS: Final = ("recall@1", "recall@5", "MRR")
WayKind = Literal["this", "other", "words", "chance"]
# colour and pattern, so that colour is never the only difference
WAY_LOOKS: Final[dict[WayKind, tuple[str, str]]] = {
    "this": (BLUE, ""), "other": (GREEN, "\\"), "words": (ORANGE, "/"), "chance": (GREY, "."),
}  # fmt: skip
BAR = 17  # px high, with the gap to the next


@dataclass(frozen=True, slots=True)
class Way:
    """One way to search, with its score."""

    kind: WayKind
    name: str  # in words: "TF-IDF"
    score: Score


def retrieval_figure(ways: Sequence[Way]) -> go.Figure:
    """For each of METRICS, the first on top, a bar for each of `ways`, with its value behind it."""
    return plain_figure(
        traces=[_way_bars(way) for way in ways],
        barmode="group",
        bargap=0.2,
        margin={"b": 28},
        xaxis={"range": [0, 1.2], "tickvals": [0, 0.25, 0.5, 0.75, 1]},  # room for a figure behind a bar of 1
        yaxis={"autorange": "reversed", "automargin": True, "showgrid": False, "ticks": ""},
    )


def figure_height(ways: Sequence[Way]) -> int:
    """Height of the figure in px, by its number of bars."""
    return 80 + len(METRICS) * BAR * (len(ways) + 1)


def score_in_words(score: Score) -> tuple[str, str, str]:
    """The score in words: recall in per cent, MRR from 0 to 1."""
    return f"{100 * score.recall_at_1:.1f} %", f"{100 * score.recall_at_5:.1f} %", f"{score.mrr:.2f}"


def _way_bars(way: Way) -> Trace:
    colour, pattern = WAY_LOOKS[way.kind]
    name = escape_plotly(way.name)
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": np.array(way.score, dtype=np.float32),
        "y": METRICS,
        "text": list(score_in_words(way.score)),
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": colour, "pattern": {"shape": pattern, "size": 6, "fillmode": "overlay"}},
        "hovertemplate": f"{name}: %{{y}} %{{text}}<extra></extra>",
    }
