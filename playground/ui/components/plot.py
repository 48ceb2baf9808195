"""One Plotly figure that goes on living while its data changes: call `plot` again and again, or give it a channel.

`st.plotly_chart` builds a new chart for each change of data; this component keeps its node and calls `Plotly.react`, so
zoom, hover and selection stay, even where Streamlit mounts it anew (see `widget_state`). Plotly.js itself comes
from this server, once per browser: see `assets`, whose `routes()` must be in the `st.App` that serves the
page.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

from playground.figures.base import Spec
from playground.ui.components import assets
from playground.ui.components.live_channel import Live
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails
from playground.ui.components.widget_state import component_answer, visit

__all__ = ["PlotSelection", "Thumbnails", "figure_json", "make_thumbnails", "plot", "plots_ahead"]

_component: Callable[..., Any] = st.components.v2.component(
    "playground_plot", js=assets.bootstrap("plot.js"), isolate_styles=False
)

TYPED = (np.dtype("<f4"), np.dtype("<f8"), np.dtype("<i4"))  # that figures hold, of those that Plotly.js knows


@dataclass(frozen=True, slots=True)
class PlotSelection:
    """What a person picked, as image indices (`customdata`) or, where a trace has none, as positions in its trace."""

    indices: tuple[int, ...] = ()  # by lasso or box, or as given; stays until it is cleared by a double click
    clicked: int | None = None  # only in the run that follows the click


def figure_json(figure: go.Figure | Spec) -> str:
    """The figure as the browser gets it: numpy arrays as base64 typed arrays (float32 stays float32), no template.

    The template is left out because the component puts the page's theme in its place. To show a colour of that theme,
    name it: `"var(--st-primary-color)"`. Share the result between sessions where several people watch one run.
    """
    spec = figure.to_plotly_json() if isinstance(figure, go.Figure) else _typed(figure)
    spec["layout"].pop("template", None)
    text: str = pio.json.to_json_plotly(spec)
    return text


def _typed(value: Any) -> Any:
    """With its arrays of one dimension as Plotly.js takes them, and without what is None: it is not set."""
    if isinstance(value, Mapping):
        return {name: _typed(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_typed(part) for part in value]
    if isinstance(value, np.ndarray) and value.size and value.dtype in TYPED:
        return {"dtype": value.dtype.str[1:], "bdata": base64.b64encode(value.tobytes()).decode()}
    return value


def plot(
    figure: go.Figure | Spec | str,
    *,
    key: str,
    height: int,
    alt: str,
    thumbnails: Thumbnails | None = None,
    selected: Sequence[int] | None = None,
    revision: int = 0,
    focus: int | None = None,
    marked: Sequence[int] = (),
    live: Live | None = None,
) -> PlotSelection | None:
    """Draw `figure`, or move what is drawn under `key` to it, `height` px high and as wide as its container.

    `figure` is a Plotly figure, the spec of one, or its JSON (see `figure_json`); the theme's colours and fonts are
    used wherever it sets none. `alt` says in words what is to be seen. With `thumbnails`, a point whose customdata (or
    its first column) is i shows picture i while it is hovered or tapped. Returns None while nothing is picked.

    `selected` is a selection made elsewhere (empty or None: none). It holds from the first call with this `revision`
    until the person selects something here; another `revision` (a number not used before) puts the one given in the
    place of theirs. `focus` gets a thick ring and each of `marked` a thin one: indices as in customdata, which stay on
    their points while these move. With `live` news of `figure` and `alt` come past Streamlit, see
    `playground.ui.components.live_channel`.
    """
    answer = component_answer(key, "selected")
    data = {
        "figure": figure if isinstance(figure, str) else figure_json(figure),
        "height": height,
        "alt": alt,
        "visit": visit(key),
        "sprite": thumbnails.offer() if thumbnails else None,
        "selected": _indices(answer, selected, revision),
        "revision": revision,
        "focus": None if focus is None else int(focus),
        "marked": [int(index) for index in marked],
        **({"live": live} if live else {}),
    }
    result = _component(
        key=key, data=data, height=height, on_selected_change=assets.ignore, on_clicked_change=assets.ignore
    )
    return _selection(_indices(result.selected, selected, revision), result.clicked)


def plots_ahead() -> None:
    """Where there is no plot yet, but soon will be: the browser gets ready for it. Nothing is seen of it."""
    _component(key="plots ahead", data={"ahead": True})


def _indices(answer: object, given: Sequence[int] | None, revision: int) -> list[int]:
    """What is selected: a browser's answer to this very revision, checked, or else what was given with it."""
    if not isinstance(answer, dict) or answer.get("revision") != revision:
        return [] if given is None else [int(index) for index in given]
    indices = answer.get("indices")
    return [index for index in indices if _is_index(index)] if isinstance(indices, list) else []


def _selection(indices: Sequence[int], clicked: object) -> PlotSelection | None:
    picked = clicked if isinstance(clicked, int) and _is_index(clicked) else None
    return PlotSelection(tuple(indices), picked) if indices or picked is not None else None


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
