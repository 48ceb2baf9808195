"""Several runs side by side with one timeline, redrawn every second while any of them is live."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.live_channel import TICK_SECONDS
from playground.ui.components.timeline import timeline, timeline_steps
from playground.ui.components.widget_state import widget_key
from playground.ui.run.run_view import RunView, is_live
from playground.ui.session.state import session
from playground.ui.words.errors import complain

ComparingPage = Literal["compare", "lab"]
DrawRuns = Callable[[Sequence[tuple[RunView, RunStatus]]], None]


@dataclass(frozen=True, slots=True)
class ShownViews:
    """Views of the runs that a page shows side by side, kept in the session."""

    by_run: dict[str, RunView] = field(default_factory=dict)  # run id -> view


def find_views(runs: Sequence[RunFolder], page: ComparingPage) -> list[RunView]:
    """The views of `runs` on `page` in this session. Views of other runs are dropped."""
    before = session().find(ShownViews, page) or ShownViews()
    views = {run.id: before.by_run.get(run.id) or RunView(run, name=f"{page}|{run.id}:") for run in runs}
    return list(session().keep(ShownViews(views), page).by_run.values())


def draw_side_by_side(views: Sequence[RunView], draw: DrawRuns, *, advice: str) -> None:
    """Calls `draw` with the readable runs, every second until all have ended and have their maps.

    For each other run it shows an error, followed by `advice`.
    """
    live = _any_live(views)
    st.fragment(_tick_runs, run_every=TICK_SECONDS if live else None)(views, draw, advice, live)


@contextmanager
def show_run_errors(advice: str) -> Iterator[None]:
    """Shows an error and `advice` if the run read in the block is deleted or damaged; the code after it continues."""
    try:
        yield
    except UnreadableRun as error:
        complain(f"{error} {advice}")
    except OSError as error:
        complain(f"A run's file cannot be read or written ({type(error).__name__}). {advice}")


def draw_shared_timeline(views: Sequence[RunView]) -> None:
    """Draws one timeline for all `views` and sets the step of each: its last snapshot up to the chosen one."""
    steps = sorted({insight.step for view in views for insight in view.insights})
    if steps:
        at = timeline(timeline_steps(steps), key=widget_key("timeline", *(view.folder.id for view in views)))
        for view in views:
            view.at = at


def _tick_runs(views: Sequence[RunView], draw: DrawRuns, advice: str, live: bool) -> None:
    seen = []
    for view in views:
        with show_run_errors(advice):
            seen.append((view, view.read_on()))
    draw(seen)
    if live != _any_live(views):
        st.rerun()  # of the whole page, so that the fragment starts or stops its ticks


def _any_live(views: Sequence[RunView]) -> bool:
    return any(_is_readable_and_live(view) for view in views)


def _is_readable_and_live(view: RunView) -> bool:
    try:
        return is_live(view, view.folder.status())
    except UnreadableRun:
        return False
