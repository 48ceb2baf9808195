"""A slider over the looks of a run, with play: call `timeline` first in the fragment whose panels follow it.

Where it stands is known to the browser alone and only read here, so that no tick that was under way can undo it. What
Python shows is told back with each message: play waits for that before it goes on. A fragment is not broken off by the
next step as a whole page would be, so each look is drawn to the end. A busy server may lose messages, and Streamlit
then mounts the component anew: by the name of the visit the browser knows that it is still the same timeline.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Live
from playground.ui.components.widget_state import component_answer, visit

_component: Callable[..., Any] = st.components.v2.component("playground_timeline", js=assets.bootstrap("timeline.js"))


class Looks(TypedDict):
    """What there is to slide over, and what stands beside the slider at each."""

    steps: list[int]
    words: list[str]


def looks(steps: Sequence[int], labels: Sequence[str] = ()) -> Looks:
    """As `timeline` takes them: rising `steps`, and on each what `labels` says, like "34 s".

    Raises `ValueError` where there are labels for some steps only.
    """
    if labels and len(labels) != len(steps):
        raise ValueError(f"A timeline needs one label a step or none, not {len(labels)} for {len(steps)} steps.")
    return {"steps": [int(step) for step in steps], "words": _words(steps, labels)}


def timeline(over: Looks, *, key: str, live: Live | None = None) -> int | None:
    """Show a slider and return the step that was chosen, or None to follow the latest, as at the start.

    Steps may come from call to call, or by the channel that `live` names: the slider stays on its step. A key belongs
    to one run: name the run in it.
    """
    data = {
        **over,
        "visit": visit(key),
        "shown": _chosen(component_answer(key, "step"), over["steps"]),
        **({"live": live} if live else {}),
    }
    return _chosen(_component(key=key, data=data, on_step_change=assets.ignore).step, over["steps"])


def _words(steps: Sequence[int], labels: Sequence[str]) -> list[str]:
    """What stands beside the slider at each step: "step 1,200 · 34 s · look 7 of 12"."""
    if len(steps) == 1:
        return [" · ".join([f"step {steps[0]:,}", *labels, "the only look so far"])]
    places = [f"look {place} of {len(steps)}" for place in range(1, len(steps) + 1)]
    told = labels or [""] * len(steps)
    return [" · ".join(filter(None, words)) for words in zip((f"step {s:,}" for s in steps), told, places, strict=True)]


def _chosen(sent: object, steps: Sequence[int]) -> int | None:
    """What a browser sent, checked: anything but one of the steps follows the latest."""
    if not isinstance(sent, int) or isinstance(sent, bool):
        return None
    return sent if sent in steps else None
