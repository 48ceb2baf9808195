"""Buttons that fork a run ("The same with …", "Continue from here with …"), and a line on the origin of a fork."""

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
from playground.ui.run.run_view import RunView, last_step_up_to
from playground.ui.session.app_state import workspace
from playground.ui.session.query import CompareQuery, TrainQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_states import run_words

SAME_HELP = "A new run from the beginning: same seed, same weights, same batches. It differs in what you choose here."
CONTINUE_HELP = (
    "A new run that shares all up to step {step:,} with this one and goes on differently from there. Where it is to "
    "begin follows the timeline."
)
BUDGET_DOUBLED = "By then the run has used its budget, or nearly so: as much again is suggested."
NO_CHANGE_CHOSEN = "Choose a setting above and give it another value."
CONTINUES_UNCHANGED = "Nothing is changed: it goes on as it was."
BUDGET_IS_USED = "Of this budget nothing is left at step {step:,}: choose more."
CURVES_TAB, MAPS_TAB = "Curves and figures", "Maps and negatives"  # tabs of the Compare page
NEARLY_ALL = 0.9  # of the budget; a fork with less left would be too short


def fork_buttons(view: RunView) -> None:
    """Draws both buttons in a fragment of their own, so that ticks of the live part do not reset their input."""
    st.fragment(_draw_fork_buttons)(view)


def _draw_fork_buttons(view: RunView) -> None:
    try:
        with st.container(horizontal=True, gap="small"):
            _draw_same_with(view)
            _draw_continue_with(view)
    except UnreadableRun:
        return  # its error is shown in the place of the run


def _draw_same_with(view: RunView) -> None:
    run, name = view.folder, widget_key("same", view.folder.id)
    with st.popover(
        "The same with …", help="Start this run once more with something changed.", key=widget_key(name, "open")
    ):
        st.caption(SAME_HELP)
        changes = {**choose_changes(run.config, name), **choose_limit(run.config, name)}
        fits = _is_valid_change(run.config, changes)
        if fits and not changes:
            st.caption(NO_CHANGE_CHOSEN)
        if st.button("Start", type="primary", disabled=not fits or not changes, key=widget_key(name, "start")):
            _start_fork(view, lambda: fork_from_start(workspace(), run, changes), MAPS_TAB)


def _draw_continue_with(view: RunView) -> None:
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
        step = _fork_step(view, steps, is_open=bool(opened.open))
        st.caption(CONTINUE_HELP.format(step=step))
        changes = {
            **choose_changes(run.config, name, fixed=(*FIXED_GROUPS, *FIXED)),
            **_choose_fork_limit(view, step, name),
        }
        fits = _is_valid_change(run.config, changes) and _has_budget(view, step, changes)
        if fits and not changes:
            st.caption(CONTINUES_UNCHANGED)
        if st.button("Start", type="primary", disabled=not fits, key=widget_key(name, "start")):
            _start_fork(view, lambda: fork_from_checkpoint(workspace(), run, step, changes), CURVES_TAB)


def lacks_continue_button(view: RunView) -> bool:
    """Whether the first checkpoint was written since the buttons were drawn; True only once."""
    outdated = view.can_continue is False and bool(view.folder.checkpoint_steps())
    if outdated:
        view.can_continue = True  # the rerun draws the button later
    return outdated


def _fork_step(view: RunView, steps: list[int], *, is_open: bool) -> int:
    """Step of the checkpoint at or before the timeline's step, else of the first; kept while the popover is open."""
    kept, before = session().panels.fork_steps, last_step_up_to(view.at, steps)
    if not is_open or kept.get(view.folder.id) not in steps:
        kept[view.folder.id] = steps[0] if before is None else before
    return kept[view.folder.id]


def _choose_fork_limit(view: RunView, step: int, name: str) -> dict[str, Any]:
    """Draws the choice of the fork's budget: that of the run, or twice as much if it is nearly used up."""
    used = _metrics_at(view, step)
    is_over = used is not None and used.progress > NEARLY_ALL
    if is_over:
        st.caption(BUDGET_DOUBLED)
    return choose_limit(view.folder.config, name, factor=2 if is_over else 1)


def _has_budget(view: RunView, step: int, changes: dict[str, Any]) -> bool:
    """Whether the changed budget is not used up at `step`; shows an error otherwise."""
    last, budget = _metrics_at(view, step), with_changes(view.folder.config, changes).budget
    if last is None:
        return True
    used = {"steps": last.step, "epochs": last.epoch, "seconds": last.seconds}
    if any(limit is not None and limit <= used[name] for name, limit in budget):
        st.error(BUDGET_IS_USED.format(step=step))
        return False
    return True


def _metrics_at(view: RunView, step: int) -> StepMetrics | None:
    """Metrics of the last training step up to `step`, None before the first."""
    place = bisect_right(view.steps, step, key=lambda metrics: metrics.step)
    return view.steps[place - 1] if place else None


def _is_valid_change(config: RunConfig, changes: dict[str, Any]) -> bool:
    """Whether the changed config is valid; shows the error otherwise."""
    try:
        with_changes(config, changes)
    except ConfigError as error:
        complain(error)
        return False
    return True


def _start_fork(view: RunView, make: Callable[[], RunFolder], tab: str) -> None:
    """Creates the run by `make` and opens the comparison of both; shows the error if it is refused."""
    try:
        new = make()
    except Refused as error:
        complain(error)
    else:
        session().train.show_run(new.id)
        open_comparison(view.folder.id, new.id, tab=tab)


def open_comparison(*run_ids: str, tab: str = CURVES_TAB) -> None:
    """Opens `tab` of the Compare page with these runs."""
    set_widget_value(COMPARE_TAB, tab)
    session().compare.runs = list(run_ids)
    st.switch_page("pages/compare.py", query_params=CompareQuery(run_ids).to_query())


def origin_line(view: RunView) -> None:
    """Draws one line on the origin of a forked run, with a link to its parent; nothing for other runs."""
    origin = view.folder.origin
    if origin is None:
        return
    parent = workspace().find(origin.run)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(origin_words(view.folder, origin, parent), width="content")
        if parent is not None:
            st.page_link("pages/train.py", label=run_words(parent), query_params=TrainQuery(parent.id).to_query())
            if st.button("Compare with it", key=widget_key(f"{view.name}compare", view.folder.id), type="tertiary"):
                open_comparison(parent.id, view.folder.id)


def origin_words(run: RunFolder, origin: Origin, parent: RunFolder | None) -> str:
    """The origin, "Continued at step 200 with temperature 0.5 instead of 0.1, from", without the parent's name."""
    words = change_words(origin.changes, run.config, _config_if_readable(parent))
    given = f" with {words}" if words else " unchanged"
    start = f"Continued at step {origin.step:,}{given}" if origin.step else f"The same{given}"
    joint = "from" if origin.step else "as"
    return f"{start}, {joint}" + ("" if parent is not None else f" a run that is not there any more ({origin.run}).")


def _config_if_readable(run: RunFolder | None) -> RunConfig | None:
    try:
        return None if run is None else run.config
    except UnreadableRun:
        return None
