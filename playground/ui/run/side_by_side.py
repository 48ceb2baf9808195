"""Several runs on one page: one timeline for all, drawn again every second while there is more to come of any."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.live_channel import EVERY
from playground.ui.components.timeline import looks, timeline
from playground.ui.components.widget_state import widget_key
from playground.ui.run.run_view import RunView, is_live
from playground.ui.session.state import session
from playground.ui.words.errors import complain

Page = Literal["compare", "lab"]
Draw = Callable[[Sequence[tuple[RunView, RunStatus]]], None]


@dataclass(frozen=True, slots=True)
class ShownViews:
    """What a session has read of the runs that a page shows side by side."""

    by_run: dict[str, RunView] = field(default_factory=dict)  # by id


def views_of(runs: Sequence[RunFolder], page: Page) -> list[RunView]:
    """What this session has read of these runs so far on `page`; what it has read of others is forgotten."""
    before = session().find(ShownViews, page) or ShownViews()
    views = {run.id: before.by_run.get(run.id) or RunView(run, name=f"{page}|{run.id}:") for run in runs}
    return list(session().keep(ShownViews(views), page).by_run.values())


def side_by_side(views: Sequence[RunView], draw: Draw, *, advice: str) -> None:
    """`draw` those that can be read, now and again until all have ended and their maps are there.

    Of another there is a sentence, with `advice` behind it.
    """
    live = _any_live(views)
    st.fragment(_tick, run_every=EVERY if live else None)(views, draw, advice, live)


@contextmanager
def telling(advice: str) -> Iterator[None]:
    """A run that is deleted or damaged while it is shown leaves a sentence; what comes after the block goes on."""
    try:
        yield
    except UnreadableRun as error:
        complain(f"{error} {advice}")
    except OSError as error:
        complain(f"A run's file cannot be read or written ({type(error).__name__}). {advice}")


def shared_timeline(views: Sequence[RunView]) -> None:
    """One for all: each shows its last look up to that step."""
    steps = sorted({insight.step for view in views for insight in view.insights})
    if steps:
        at = timeline(looks(steps), key=widget_key("timeline", *(view.folder.id for view in views)))
        for view in views:
            view.at = at


def _tick(views: Sequence[RunView], draw: Draw, advice: str, live: bool) -> None:
    seen = []
    for view in views:
        with telling(advice):
            seen.append((view, view.read_on()))
    draw(seen)
    if live != _any_live(views):
        st.rerun()  # the whole page once more: this fragment is to stop ticking or to begin


def _any_live(views: Sequence[RunView]) -> bool:
    return any(_is_live(view) for view in views)


def _is_live(view: RunView) -> bool:
    try:
        return is_live(view, view.folder.status())
    except UnreadableRun:
        return False
