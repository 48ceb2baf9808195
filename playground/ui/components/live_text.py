"""A line of words that goes on changing, with a bar below it or not."""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Live

_component: Callable[..., Any] = st.components.v2.component(
    "playground_words", js=assets.bootstrap("live_text.js"), isolate_styles=False
)

Manner = Literal["caption", "small", "plain"]


def say(words: str, *, key: str, live: Live | None, manner: Manner = "caption", progress: float | None = None) -> None:
    """Words, in which `**` may stand around some, and a bar, full to `progress`; without it there is none.

    Streamlit's own elements where no news come; else one of ours, which can be changed without it.
    """
    if live is not None:
        data = {"words": words, "progress": progress, "manner": manner, "live": live}
        _component(key=key, data=data, height="content")
        return
    if manner == "caption":
        st.caption(words)
    else:
        st.markdown(f":small[{words}]" if manner == "small" else words)
    if progress is not None:
        st.progress(progress)
