"""Accuracies of zero-shot classification: by one prompt, by an ensemble, and by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from playground.figures.base import Trace, plain_figure, upright_line
from playground.figures.confusion import MOST_NAMES, confusion_figure
from playground.figures.palette import BLUE, GREY, ORANGE
from playground.insight.evaluation import Confusion

# kind of prompt -> colour and pattern, so that colour is never the only difference
PROMPT_LOOKS = {"one prompt": (ORANGE, "/"), "ensemble": (BLUE, "")}
FEW_NAMES = 12  # shown along each side of a matrix with too many classes to name all


@dataclass(frozen=True, slots=True)
class ImageGroup:
    """Some of the images, with the accuracy of each kind of prompt on them."""

    name: str  # in words: "seen in training"
    count: int  # of images
    accuracies: dict[str, float]  # key of PROMPT_LOOKS -> 0 to 1


def accuracies_figure(groups: Sequence[ImageGroup], chance: float) -> go.Figure:
    """A bar for each group and kind of prompt, in per cent, the first group on top; a dotted line at `chance`, 0 to 1.

    The customdata of a bar is its number of images.
    """
    names = [f"{group.name}<br>{group.count:,} images" for group in groups]
    kinds = [kind for kind in PROMPT_LOOKS if any(kind in group.accuracies for group in groups)]
    return plain_figure(
        x_title=f"right (%), dotted: by chance {100 * chance:.1f} %",
        traces=[_accuracy_bars(kind, groups, names) for kind in kinds],
        lines=[upright_line(100 * chance, {"line": {"color": GREY, "dash": "dot", "width": 2}})],
        barmode="group",
        bargap=0.25,
        xaxis={"range": [0, 112], "tickvals": [0, 25, 50, 75, 100]},  # room for a figure behind a bar of 100 %
        yaxis={"autorange": "reversed", "automargin": True, "showgrid": False, "ticks": ""},
    )


def matrix_figure(confusion: Confusion) -> go.Figure:
    """The confusion matrix; with many classes without gaps between cells, which would cover them."""
    figure, classes = confusion_figure(confusion), len(confusion.class_names)
    if classes > MOST_NAMES:
        figure.update_traces(xgap=0, ygap=0)
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            named = {"tickvals": axis.tickvals, "ticktext": axis.ticktext}
            axis.update({name: values[:: -(-len(values) // FEW_NAMES)] for name, values in named.items()})
    return figure


def _accuracy_bars(kind: str, groups: Sequence[ImageGroup], names: list[str]) -> Trace:
    colour, pattern = PROMPT_LOOKS[kind]
    shares = np.array([100 * group.accuracies.get(kind, np.nan) for group in groups], dtype=np.float32)
    return {
        "type": "bar",
        "orientation": "h",
        "name": kind,
        "x": shares,
        "y": names,
        "customdata": np.array([group.count for group in groups], dtype=np.int32),
        "text": [f"{share:.1f} %" for share in shares],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": colour, "pattern": {"shape": pattern, "size": 6, "fillmode": "overlay"}},
        "hovertemplate": f"{kind}: %{{x:.1f}} % of %{{customdata:,}} images<extra></extra>",
    }
