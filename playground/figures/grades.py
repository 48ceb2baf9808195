"""Similarities of graded pairs of sentences, by an encoder and by keywords, over their grades."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import Trace, plain_figure
from playground.figures.palette import BLUE, ORANGE
from playground.wording.escape import escape_plotly

GradedKind = Literal["this", "words"]
GRADED_LOOKS: Final[dict[GradedKind, tuple[str, str]]] = {"this": (BLUE, "circle"), "words": (ORANGE, "diamond-open")}
SIDES: Final = ("left", "right")  # of each grade, so that colour is never the only difference
MOST_GRADES = 8  # with a strip for each; more are positions along an axis
MOST_GRADED_POINTS = 1000  # of each kind


@dataclass(frozen=True, eq=False, slots=True)
class Graded:
    """Similarities of n pairs, and their rank correlation with the grades."""

    kind: GradedKind
    name: str  # in words: "TF-IDF"
    values: NDArray[np.float32]  # [n]
    spearman: float


def grades_figure(grades: NDArray[np.float32], shown: Sequence[Graded]) -> go.Figure:
    """Similarities over `grades` [n]; with few different grades, as strips of points with a box."""
    few = len(np.unique(grades)) <= MOST_GRADES
    return plain_figure(
        x_title="grade of the pair",
        y_title="similarity",
        traces=[
            _strips(grades, one, side) if few else _graded_points(grades, one)
            for one, side in zip(shown, SIDES, strict=False)
        ],
        boxmode="group",
        boxgap=0.15,
        boxgroupgap=0.1,
        xaxis={"type": "category", "categoryorder": "array", "categoryarray": _grade_names(np.unique(grades))}
        if few
        else {"rangemode": "normal"},
        yaxis={"range": [_lowest(shown) - 0.05, 1.05]},
    )


def spearman_in_words(spearman: float) -> str:
    """The correlation in words; "not defined" for NaN, as of equal similarities."""
    return f"{spearman:.2f}" if np.isfinite(spearman) else "not defined"


def _lowest(shown: Sequence[Graded]) -> float:
    return min((float(one.values.min(initial=0)) for one in shown), default=0.0)


def _strips(grades: NDArray[np.float32], one: Graded, side: str) -> Trace:
    colour, symbol = GRADED_LOOKS[one.kind]
    return {
        **_trace_labels(one, f"{side}: "), "type": "box", "x": _grade_names(grades), "y": one.values.astype(np.float32),
        "boxpoints": "all", "jitter": 0.7, "pointpos": 0, "fillcolor": "rgba(0, 0, 0, 0)",
        "line": {"color": colour, "width": 1.5},
        "marker": {"color": colour, "symbol": symbol, "size": 3, "opacity": 0.55},
    }  # fmt: skip


def _graded_points(grades: NDArray[np.float32], one: Graded) -> Trace:
    colour, symbol = GRADED_LOOKS[one.kind]
    rows = np.unique(np.linspace(0, len(grades) - 1, min(len(grades), MOST_GRADED_POINTS)).round().astype(np.int64))
    return {
        **_trace_labels(one), "type": "scatter", "mode": "markers", "x": grades[rows].astype(np.float32),
        "y": one.values[rows].astype(np.float32),
        "marker": {"color": colour, "symbol": symbol, "size": 5, "opacity": 0.6},
    }  # fmt: skip


def _trace_labels(one: Graded, where: str = "") -> Trace:
    name = escape_plotly(f"{where}{one.name} (Spearman {spearman_in_words(one.spearman)})")
    return {"name": name, "hovertemplate": "grade %{x}: similarity %{y:.2f}<extra></extra>"}


def _grade_names(grades: NDArray[np.float32]) -> list[str]:
    return [f"{grade:.3g}" for grade in grades.tolist()]
