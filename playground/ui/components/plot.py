"""A Plotly figure that is updated in place: by further calls of `plot`, or through a live channel.

`st.plotly_chart` builds a new chart for each change of data. This component keeps its node and calls `Plotly.react`, so
zoom, hover and selection stay, even where Streamlit mounts it anew (see `widget_state.mount_id`). Plotly.js is served
by this server (see `assets`): the `st.App` that serves the page must have `asset_routes()`.
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
from playground.ui.components.thumbnails import Thumbnails
from playground.ui.components.widget_state import component_value, mount_id

_plot_component: Callable[..., Any] = st.components.v2.component(
    "playground_plot", js=assets.bootstrap("plot.js"), isolate_styles=False
)

TYPED_ARRAYS = (np.dtype("<f4"), np.dtype("<f8"), np.dtype("<i4"))  # dtypes that figures use and Plotly.js decodes


@dataclass(frozen=True, slots=True)
class PlotSelection:
    """Selected points, as image indices (`customdata`) or, for traces without any, as positions in their trace."""

    indices: tuple[int, ...] = ()  # by lasso or box, or as given; a double click clears it
    clicked: int | None = None  # only in the script run after the click


def figure_json(figure: go.Figure | Spec) -> str:
    """The figure as JSON, with numpy arrays as base64 typed arrays of their own dtype and without a template.

    The component applies the page's theme instead of a template. Colours of the theme can be used by name, such as
    `"var(--st-primary-color)"`. Sessions that watch the same run may share the result.
    """
    spec = figure.to_plotly_json() if isinstance(figure, go.Figure) else _encode_arrays(figure)
    spec["layout"].pop("template", None)
    text: str = pio.json.to_json_plotly(spec)
    return text


def _encode_arrays(value: Any) -> Any:
    """`value` with its arrays [n] as Plotly.js's typed arrays, and without entries that are None."""
    if isinstance(value, Mapping):
        return {name: _encode_arrays(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_encode_arrays(part) for part in value]
    if isinstance(value, np.ndarray) and value.size and value.dtype in TYPED_ARRAYS:
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
    """Draws `figure` or animates the plot `key` to it, `height` px high. Returns the selection, None if there is none.

    `figure` is a Plotly figure, its spec, or its JSON (see `figure_json`); the theme's colours and fonts are used where
    it sets none. `alt` is the alternative text. With `thumbnails`, hovering or tapping a point whose customdata (or its
    first column) is i shows picture i.

    `selected` is a selection made elsewhere (empty or None: none). It holds from the first call with this `revision`
    until the person selects something here; a new `revision` (a number not used before) replaces their selection.
    `focus` gets a thick ring and each of `marked` a thin one: indices as in customdata, which stay on moving points.
    With `live`, the browser updates `figure` and `alt` without a rerun, see `playground.ui.components.live_channel`.
    """
    answer = component_value(key, "selected")
    data = {
        "figure": figure if isinstance(figure, str) else figure_json(figure),
        "height": height,
        "alt": alt,
        "visit": mount_id(key),
        "sprite": thumbnails.register() if thumbnails else None,
        "selected": _selected_indices(answer, selected, revision),
        "revision": revision,
        "focus": None if focus is None else int(focus),
        "marked": [int(index) for index in marked],
        **({"live": live} if live else {}),
    }
    result = _plot_component(
        key=key,
        data=data,
        height=height,
        on_selected_change=assets.ignore_change,
        on_clicked_change=assets.ignore_change,
    )
    return _plot_selection(_selected_indices(result.selected, selected, revision), result.clicked)


def preload_plots() -> None:
    """An invisible component that makes the browser load Plotly.js before the first plot."""
    _plot_component(key="plots ahead", data={"ahead": True})


def _selected_indices(answer: object, given: Sequence[int] | None, revision: int) -> list[int]:
    """The valid selected indices: the browser's answer if it is to this revision, else those given with it."""
    if not isinstance(answer, dict) or answer.get("revision") != revision:
        return [] if given is None else [int(index) for index in given]
    indices = answer.get("indices")
    return [index for index in indices if _is_index(index)] if isinstance(indices, list) else []


def _plot_selection(indices: Sequence[int], clicked: object) -> PlotSelection | None:
    picked = clicked if isinstance(clicked, int) and _is_index(clicked) else None
    return PlotSelection(tuple(indices), picked) if indices or picked is not None else None


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
