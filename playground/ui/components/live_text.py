"""A line of text that is updated without a rerun, with or without a progress bar."""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Live

_live_text_component: Callable[..., Any] = st.components.v2.component(
    "playground_words", js=assets.bootstrap("live_text.js"), isolate_styles=False
)

TextStyle = Literal["caption", "small", "plain"]


def live_text(
    words: str, *, key: str, live: Live | None, manner: TextStyle = "caption", progress: float | None = None
) -> None:
    """Draws `words`, in which `**` marks bold ones, and a bar at `progress` (0 to 1), if given.

    Without `live` they are Streamlit's own elements, else a component that the browser updates without a rerun.
    """
    if live is not None:
        data = {"words": words, "progress": progress, "manner": manner, "live": live}
        _live_text_component(key=key, data=data, height="content")
        return
    if manner == "caption":
        st.caption(words)
    else:
        st.markdown(f":small[{words}]" if manner == "small" else words)
    if progress is not None:
        st.progress(progress)
