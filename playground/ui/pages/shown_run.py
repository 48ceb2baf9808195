"""The live part of the page: everything about one run, and what goes on while there is more to come."""

import time
from contextlib import nullcontext, suppress
from functools import partial

import streamlit as st

from playground.config import RunConfig
from playground.insight.collapse import layer_geometry
from playground.records import ENDED, RunStatus
from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components.live_channel import TICK_SECONDS, PageLayout, open_channel
from playground.ui.components.poller import poller
from playground.ui.components.timeline import TimelineSteps, timeline, timeline_steps
from playground.ui.components.widget_state import RUN_TAB, chosen_tab, widget_key
from playground.ui.panels.evaluation import is_evaluating
from playground.ui.panels.panel import PLACES, DrawPanel
from playground.ui.panels.registry import overview_of, panels_of
from playground.ui.run.fork_buttons import lacks_continue_button, origin_line
from playground.ui.run.header import draw_header
from playground.ui.run.run_view import RunView, is_live
from playground.ui.words.errors import complain

NOTHING = "There is nothing to see: the run ended before its first look."
OVERVIEW = "Overview"
AT_FIRST = 0.15  # seconds, until there is a first step: somebody has just pressed Train
BEGINS = "begins"  # or goes on to wait: not worth a rerun, which would take from the first step's time
NEAR = 1.0  # seconds after the first look in which the first step likely comes
FRESH = 5.0  # seconds for which a run that waits may be about to begin


def show_run(view: RunView) -> None:
    """Draw the run, and go on until it has ended and all that was asked for is there. May raise UnreadableRun."""
    live = _is_live(view, view.read_on())
    view.channel = (view.channel or open_channel()) if live else None
    st.fragment(_shown)(view, live)


def _is_live(view: RunView, status: RunStatus) -> bool:
    return is_live(view, status) or is_evaluating(view)


def _shown(view: RunView, live: bool) -> None:
    """Everything once. A run that is deleted or damaged while it is shown leaves a sentence."""
    try:
        with nullcontext() if view.channel is None else view.channel.lock:
            _draw(view, live)
    except UnreadableRun as error:
        complain(f"{error} Choose another run above.")


def _draw(view: RunView, live: bool) -> None:
    status = view.read_on()
    if live != _is_live(view, status):
        st.rerun()  # the whole page once more, before it says the same twice: with and without a channel
    if view.channel:
        view.channel.begin(partial(_outlook, view))
    draw_header(view, status)
    origin_line(view)
    _timeline(view)
    if status.state in ENDED and not view.insights and not view.steps:
        st.info(NOTHING)
    else:
        _tab(view)
    if view.channel:
        poller(view.channel, _outlook_of(view, status))
    if lacks_continue_button(view) or (not live and _is_live(view, status)):
        st.rerun()  # the whole page once more: a button is missing, or more is to come, as a map was asked for


def _tab(view: RunView) -> None:
    tabs = tabs_of(view.folder.config)
    view.tab = chosen_tab(list(tabs), RUN_TAB)
    tabs[view.tab](view)


def _outlook(view: RunView) -> PageLayout:
    """The first step is told before all else, and what else is drawn is made after it: two cores have enough to do."""
    waited = not view.steps
    status = view.read_on()
    if waited and view.steps and view.channel:
        return PageLayout(view.channel.layout, AT_FIRST)
    return _outlook_of(view, status)


def _outlook_of(view: RunView, status: RunStatus) -> PageLayout:
    return PageLayout(_layout(view, status), AT_FIRST if _begins(view, status) else TICK_SECONDS)


def _begins(view: RunView, status: RunStatus) -> bool:
    return not view.steps and (status.state == "running" or time.time() - status.created < FRESH)


def _layout(view: RunView, status: RunStatus) -> str:
    """What there is on the page, apart from what a channel brings; of a tab that has none, all of it each time."""
    look, checkpoints = view.insight, view.folder.checkpoint_steps()
    first = look is None or _first_step_is_near(view)
    there = (look and not first, checkpoints)
    state = BEGINS if first and status.state in ("queued", "running") and _begins(view, status) else status.state
    said = (state, status.message, status.notes, _is_live(view, status))
    figures = (
        None if look is None or first else (layer_geometry(look, "z").verdict, f"{view.temperature(look.step):.3g}")
    )
    return repr((*map(bool, there), *said, figures, None if view.tab == OVERVIEW else time.monotonic() // TICK_SECONDS))


def _first_step_is_near(view: RunView) -> bool:
    """Whether the first look is so new that its panels had better wait: drawing them takes from the step's time."""
    if view.steps or view.at is not None:
        return False
    with suppress(OSError):
        return time.time() - view.folder.snapshot_file(view.insights[0].step).stat().st_mtime < NEAR
    return False


def _timeline(view: RunView) -> None:
    """Which look all panels show."""
    if not view.insights:
        return
    over, live = view.publish("timeline", lambda: _looks(view))
    view.at = timeline(over, key=widget_key("timeline", view.folder.id), live=live)


def _looks(view: RunView) -> TimelineSteps:
    return timeline_steps([look.step for look in view.insights], [f"{look.seconds:.0f} s" for look in view.insights])


def tabs_of(config: RunConfig) -> dict[str, DrawPanel]:
    """What a run of `config` can be looked at by: tab name -> what draws it, in order."""
    return {OVERVIEW: _overview, **{panel.name: panel.show for panel in panels_of(config)}}


def _overview(view: RunView) -> None:
    """The panels that tell most, on one laptop's screen."""
    columns = dict(zip(PLACES, [*st.columns(2), *st.columns(2)], strict=True))
    for place, panel in overview_of(view.folder.config).items():
        with columns[place]:
            panel.draw_short(view)
