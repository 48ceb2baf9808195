"""One Plotly figure that goes on living while its data changes: call `plot` inside a fragment with `run_every`.

`st.plotly_chart` builds a new chart for each change of data; this component keeps its node and calls `Plotly.react`, so
zoom, hover and selection stay. Plotly.js itself comes from this server, once per browser: see `playground.ui.assets`,
whose `routes()` must be in the `st.App` that serves the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from playground.ui import assets
from playground.ui.thumbnails import Thumbnails, make_thumbnails

__all__ = ["PlotSelection", "Thumbnails", "figure_json", "make_thumbnails", "plot"]

_component: Callable[..., Any] = st.components.v2.component(
    "playground_plot", js=assets.bootstrap("plot.js"), isolate_styles=False
)


@dataclass(frozen=True, slots=True)
class PlotSelection:
    """What a person picked, as image indices (`customdata`) or, where a trace has none, as positions in its trace."""

    indices: tuple[int, ...] = ()  # by lasso or box; stays until it is cleared by a double click
    clicked: int | None = None  # only in the run that follows the click


def figure_json(figure: go.Figure) -> str:
    """The figure as the browser gets it: numpy arrays as base64 typed arrays (float32 stays float32), no template.

    The template is left out because the component puts the page's theme in its place. To show a colour of that theme,
    name it: `"var(--st-primary-color)"`. Share the result between sessions where several people watch one run.
    """
    spec = figure.to_plotly_json()
    spec["layout"].pop("template", None)
    text: str = pio.json.to_json_plotly(spec)
    return text


def plot(
    figure: go.Figure | str, *, key: str, height: int, alt: str, thumbnails: Thumbnails | None = None
) -> PlotSelection | None:
    """Draw `figure`, or move what is drawn under `key` to it, `height` px high and as wide as its container.

    `figure` is a Plotly figure or the JSON of one (see `figure_json`); the theme's colours and fonts are used wherever
    it sets none. `alt` says in words what is to be seen. With `thumbnails`, a point whose customdata (or its first
    column) is i shows picture i while it is hovered or tapped. Returns None while nothing is picked.
    """
    data = {
        "figure": figure if isinstance(figure, str) else figure_json(figure),
        "height": height,
        "alt": alt,
        "sprite": thumbnails.offer() if thumbnails else None,
    }
    result = _component(key=key, data=data, height=height, on_selected_change=_ignore, on_clicked_change=_ignore)
    return _selection(result.selected, result.clicked)


def _selection(selected: object, clicked: object) -> PlotSelection | None:
    """What a browser sent, checked: anything but whole numbers is dropped."""
    indices = tuple(i for i in selected if _is_index(i)) if isinstance(selected, list) else ()
    picked = clicked if isinstance(clicked, int) and _is_index(clicked) else None
    return PlotSelection(indices, picked) if indices or picked is not None else None


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _ignore() -> None:
    """Streamlit hands back only values for which a callback is named."""
