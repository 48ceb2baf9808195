"""A slider over the snapshots of a run, with a play button: call `timeline` first in the fragment that follows it.

Its position is state of the browser and only read here, so that a tick in progress cannot reset it. Each message has
the step that Python shows; play waits for it before the next step. Unlike a page, a fragment is not interrupted by the
next step, so each snapshot is drawn completely. A busy server may lose messages, and Streamlit then mounts the
component anew: the browser restores its position by its mount id.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Live
from playground.ui.components.widget_state import component_value, mount_id

_timeline_component: Callable[..., Any] = st.components.v2.component(
    "playground_timeline", js=assets.bootstrap("timeline.js")
)


class TimelineSteps(TypedDict):
    """The steps of a timeline, and the label of each."""

    steps: list[int]
    words: list[str]


def timeline_steps(steps: Sequence[int], labels: Sequence[str] = ()) -> TimelineSteps:
    """The data of `timeline`: ascending `steps`, each with its number and one of `labels`, such as "34 s".

    Raises ValueError unless there are as many labels as steps, or none.
    """
    if labels and len(labels) != len(steps):
        raise ValueError(f"A timeline needs one label a step or none, not {len(labels)} for {len(steps)} steps.")
    return {"steps": [int(step) for step in steps], "words": _step_labels(steps, labels)}


def timeline(over: TimelineSteps, *, key: str, live: Live | None = None) -> int | None:
    """Draws the slider and returns the chosen step; None follows the latest one, as at the start.

    New steps, from another call or through `live`, leave the slider on its step. `key` must contain the id of the run.
    """
    data = {
        **over,
        "visit": mount_id(key),
        "shown": _checked_step(component_value(key, "step"), over["steps"]),
        **({"live": live} if live else {}),
    }
    return _checked_step(
        _timeline_component(key=key, data=data, on_step_change=assets.ignore_change).step, over["steps"]
    )


def _step_labels(steps: Sequence[int], labels: Sequence[str]) -> list[str]:
    """The label of each step: "step 1,200 · 34 s · look 7 of 12"."""
    if len(steps) == 1:
        return [" · ".join([f"step {steps[0]:,}", *labels, "the only look so far"])]
    places = [f"look {place} of {len(steps)}" for place in range(1, len(steps) + 1)]
    told = labels or [""] * len(steps)
    return [" · ".join(filter(None, words)) for words in zip((f"step {s:,}" for s in steps), told, places, strict=True)]


def _checked_step(sent: object, steps: Sequence[int]) -> int | None:
    """The step that a browser sent; None, the latest, unless it is one of `steps`."""
    if not isinstance(sent, int) or isinstance(sent, bool):
        return None
    return sent if sent in steps else None
