"""A line of words that goes on changing, with a bar below it or not."""

from collections.abc import Callable
from typing import Any, Literal, TypedDict

import streamlit as st

from playground.ui import assets
from playground.ui.channel import Live

_component: Callable[..., Any] = st.components.v2.component(
    "playground_words", js=assets.bootstrap("words.js"), isolate_styles=False
)

Manner = Literal["caption", "small", "plain"]


class Said(TypedDict):
    """The words, in which `**` may stand around some; and how much of the bar is full, None for none."""

    words: str
    progress: float | None


def say(said: Said, *, key: str, live: Live | None, manner: Manner = "caption") -> None:
    """Streamlit's own elements where no news come; else one of ours, which can be changed without it."""
    if live is not None:
        _component(key=key, data={**said, "manner": manner, "live": live}, height="content")
        return
    if manner == "caption":
        st.caption(said["words"])
    else:
        st.markdown(f":small[{said['words']}]" if manner == "small" else said["words"])
    if said["progress"] is not None:
        st.progress(said["progress"])
