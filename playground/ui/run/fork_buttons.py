"""Runs made from this one: "the same with ...", "continue from here with ...", and where a run itself comes from."""

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.config import ConfigError, RunConfig
from playground.config.diff import with_changes
from playground.config.fixed_on_resume import FIXED, FIXED_GROUPS
from playground.records import StepMetrics
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.fork import fork_from_checkpoint, fork_from_start
from playground.runs.library.workspace import Refused
from playground.ui.components.widget_state import COMPARE_TAB, set_widget_value, widget_key
from playground.ui.form.change_picker import change_words, choose_changes, choose_limit
from playground.ui.run.run_view import RunView, last_up_to
from playground.ui.session.app_state import workspace
from playground.ui.session.query import CompareQuery, TrainQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_states import run_words

SAME = "A new run from the beginning: same seed, same weights, same batches. It differs in what you choose here."
GO_ON = (
    "A new run that shares all up to step {step:,} with this one and goes on differently from there. Where it is to "
    "begin follows the timeline."
)
USED_UP = "By then the run has used its budget, or nearly so: as much again is suggested."
NOTHING = "Choose a setting above and give it another value."
UNCHANGED = "Nothing is changed: it goes on as it was."
BUDGET_IS_USED = "Of this budget nothing is left at step {step:,}: choose more."
CURVES, MAPS = "Curves and figures", "Maps and negatives"  # of the page that shows runs side by side
NEARLY_ALL = 0.9  # of the budget: what is left would be too short to see anything


def offspring(view: RunView) -> None:
    """Both buttons, in a fragment of their own: no tick of the live part may reset what is typed here."""
    st.fragment(_buttons)(view)


def _buttons(view: RunView) -> None:
    try:
        with st.container(horizontal=True, gap="small"):
            _the_same(view)
            _continue(view)
    except UnreadableRun:
        return  # the sentence on it stands where the run would be


def _the_same(view: RunView) -> None:
    run, name = view.folder, widget_key("same", view.folder.id)
    with st.popover(
        "The same with …", help="Start this run once more with something changed.", key=widget_key(name, "open")
    ):
        st.caption(SAME)
        changes = {**choose_changes(run.config, name), **choose_limit(run.config, name)}
        fits = _fits(run.config, changes)
        if fits and not changes:
            st.caption(NOTHING)
        if st.button("Start", type="primary", disabled=not fits or not changes, key=widget_key(name, "start")):
            _start(view, lambda: fork_from_start(workspace(), run, changes), MAPS)


def _continue(view: RunView) -> None:
    run, steps = view.folder, view.folder.checkpoint_steps()
    name = widget_key("go on", run.id)
    view.can_continue = bool(steps)
    if not steps:
        return
    opened = st.popover(
        "Continue from here with …",
        help="Go on from a checkpoint of this run with something changed.",
        key=widget_key(name, "open"),
        on_change="rerun",  # the timeline may have moved since it was drawn
    )
    with opened:
        step = _step(view, steps, is_open=bool(opened.open))
        st.caption(GO_ON.format(step=step))
        changes = {**choose_changes(run.config, name, fixed=(*FIXED_GROUPS, *FIXED)), **_limit(view, step, name)}
        fits = _fits(run.config, changes) and _has_budget(view, step, changes)
        if fits and not changes:
            st.caption(UNCHANGED)
        if st.button("Start", type="primary", disabled=not fits, key=widget_key(name, "start")):
            _start(view, lambda: fork_from_checkpoint(workspace(), run, step, changes), CURVES)


def is_outdated(view: RunView) -> bool:
    """Whether there is a first checkpoint by now, and no button yet to continue from it; says so only once."""
    outdated = view.can_continue is False and bool(view.folder.checkpoint_steps())
    if outdated:
        view.can_continue = True  # the page is drawn from its top, the buttons come last
    return outdated


def _step(view: RunView, steps: list[int], *, is_open: bool) -> int:
    """The checkpoint at or before where the timeline stands, else the first. While it is read about it stays."""
    kept, before = session().panels.fork_steps, last_up_to(view.at, steps)
    if not is_open or kept.get(view.folder.id) not in steps:
        kept[view.folder.id] = steps[0] if before is None else before
    return kept[view.folder.id]


def _limit(view: RunView, step: int, name: str) -> dict[str, Any]:
    """When the fork ends: as the run itself, or twice as late where that is over."""
    used = _last_step(view, step)
    is_over = used is not None and used.progress > NEARLY_ALL
    if is_over:
        st.caption(USED_UP)
    return choose_limit(view.folder.config, name, factor=2 if is_over else 1)


def _has_budget(view: RunView, step: int, changes: dict[str, Any]) -> bool:
    """Whether anything is left of it at that step; else a sentence says so."""
    last, budget = _last_step(view, step), with_changes(view.folder.config, changes).budget
    if last is None:
        return True
    used = {"steps": last.step, "epochs": last.epoch, "seconds": last.seconds}
    if any(limit is not None and limit <= used[name] for name, limit in budget):
        st.error(BUDGET_IS_USED.format(step=step))
        return False
    return True


def _last_step(view: RunView, step: int) -> StepMetrics | None:
    place = bisect_right(view.steps, step, key=lambda metrics: metrics.step)
    return view.steps[place - 1] if place else None


def _fits(config: RunConfig, changes: dict[str, Any]) -> bool:
    """Whether there can be such a run; else a sentence says why not."""
    try:
        with_changes(config, changes)
    except ConfigError as error:
        complain(error)
        return False
    return True


def _start(view: RunView, make: Callable[[], RunFolder], tab: str) -> None:
    """Make the new run and show it beside this one."""
    try:
        new = make()
    except Refused as error:
        complain(error)
    else:
        session().train.show_run(new.id)
        compare(view.folder.id, new.id, tab=tab)


def compare(*run_ids: str, tab: str = CURVES) -> None:
    """To the page that shows runs side by side, and there to that tab."""
    set_widget_value(COMPARE_TAB, tab)
    session().compare.runs = list(run_ids)
    st.switch_page("pages/compare.py", query_params=CompareQuery(run_ids).to_query())


def origin_line(view: RunView) -> None:
    """Where the run comes from, in one line; nothing for a run of its own."""
    origin = view.folder.origin
    if origin is None:
        return
    parent = workspace().find(origin.run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(origin_words(view.folder, origin, parent), width="content")
        if parent is not None:
            st.page_link("pages/train.py", label=run_words(parent), query_params=TrainQuery(parent.id).to_query())
            if st.button("Compare with it", key=widget_key(f"{view.name}compare", view.folder.id), type="tertiary"):
                compare(parent.id, view.folder.id)


def origin_words(run: RunFolder, origin: Origin, parent: RunFolder | None) -> str:
    """ "Continued at step 200 with temperature 0.5 instead of 0.1, from"; the run's own words follow."""
    words = change_words(origin.changes, run.config, _config(parent))
    given = f" with {words}" if words else " unchanged"
    start = f"Continued at step {origin.step:,}{given}" if origin.step else f"The same{given}"
    joint = "from" if origin.step else "as"
    return f"{start}, {joint}" + ("" if parent is not None else f" a run that is not there any more ({origin.run}).")


def _config(run: RunFolder | None) -> RunConfig | None:
    try:
        return None if run is None else run.config
    except UnreadableRun:
        return None
