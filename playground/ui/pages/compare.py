"""Compare: two to six runs with the same curves, maps, negatives and figures beside each other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.workspace import Workspace
from playground.ui.components.widget_state import COMPARE_TAB, chosen_tab, set_widget_value, widget_value
from playground.ui.panels.compare.compared_runs import ComparedRun, make_labels
from playground.ui.panels.compare.curves import curves_panel
from playground.ui.panels.compare.figures import figures_panel
from playground.ui.panels.compare.maps import draw_others_note, maps_panel
from playground.ui.panels.compare.negatives import anchor_panel
from playground.ui.panels.compare.settings import settings_panel
from playground.ui.panels.compare.states import states_panel
from playground.ui.panels.frame import heading
from playground.ui.run.run_view import RunView
from playground.ui.run.side_by_side import draw_shared_timeline, draw_side_by_side, find_views, show_run_errors
from playground.ui.session.app_state import workspace
from playground.ui.session.query import CompareQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_names import MarkedName
from playground.ui.words.run_states import run_words

FEWEST, MOST = 2, 6
MOST_LISTED = 50
MOST_ASKED = 100  # ids of an address that are looked for
HOW = "Two to six runs beside each other: one timeline, one selection, and only what differs in their settings."
TOO_FEW = (
    "Choose at least two runs above. There are more to choose from once you have trained some: on the Train page, or "
    "two at once in the Collapse lab."
)
ADVICE = "The other runs are shown; choose again above."


def compare_page() -> None:
    """Draw everything."""
    heading("Compare", HOW)
    runs = _readable(_chosen(workspace()))
    if len(runs) < FEWEST:
        st.info(TOO_FEW)
        return
    named = dict(zip((run.id for run in runs), make_labels([run.config for run in runs]), strict=True))
    draw_side_by_side(find_views(runs, "compare"), partial(_draw, named), advice=ADVICE)


def _chosen(store: Workspace) -> list[RunFolder]:
    """The runs that the address names, else the last ones of this session; others by hand."""
    asked = _asked()
    known = {run.id: run for run in reversed(store.runs()[-MOST_LISTED:])}
    known |= {run.id: run for run_id in asked[:MOST_ASKED] if (run := store.find(run_id))}
    found = [run_id for run_id in asked if run_id in known]
    _complain(len(asked) - len(found), len(found) - MOST)
    set_widget_value("compare_list", found[:MOST])
    chosen = st.multiselect(
        "Runs", list(known), key="compare_list", format_func=lambda run_id: run_words(known[run_id]),
        max_selections=MOST, on_change=_take, placeholder="Choose two to six runs", label_visibility="collapsed",
    )  # fmt: skip
    if chosen and CompareQuery.from_query(st.query_params).runs is None:
        st.query_params.update(CompareQuery(tuple(chosen)).to_query())
    return [known[run_id] for run_id in chosen]


def _asked() -> list[str]:
    """Ids, each once, whatever was written in the address."""
    named = CompareQuery.from_query(st.query_params).runs
    return list(session().compare.runs if named is None else named)


def _take() -> None:
    """What was picked by hand is what the address names from now on."""
    chosen = widget_value("compare_list", list, [])
    session().compare.runs = list(chosen)
    st.query_params.update(CompareQuery(tuple(chosen)).to_query())


def _complain(missing: int, too_many: int) -> None:
    if missing:
        are = "is" if missing == 1 else "are"
        st.warning(f"{missing} of the runs that the address names {are} not on this server; the rest is shown.")
    if too_many > 0:
        st.warning(f"At most {MOST} runs can be compared: the last {too_many} of the address are left out.")


def _readable(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """Those whose settings can be read: without them a run has no name."""
    found = []
    for run in runs:
        try:
            run.config  # noqa: B018  # read here, once
        except UnreadableRun as error:
            complain(f"{error} {ADVICE}")
        else:
            found.append(run)
    return found


def _draw(named: Mapping[str, MarkedName], seen: Sequence[tuple[RunView, RunStatus]]) -> None:
    runs = [ComparedRun(view, status, named[view.folder.id]) for view, status in seen]
    above = st.container()  # drawn last: its figures are those of the look that the timeline chooses
    if not runs:
        return
    draw_shared_timeline([run.view for run in runs])
    with above:
        states_panel(runs, ADVICE)
    TABS[chosen_tab(list(TABS), COMPARE_TAB)](runs)


def _figures(runs: Sequence[ComparedRun]) -> None:
    groups = curves_panel(runs, ADVICE)
    with show_run_errors(ADVICE):
        figures_panel(groups)


def _images(runs: Sequence[ComparedRun]) -> None:
    """Of the runs whose images and embeddings can be read."""
    sound = []
    for run in runs:
        with show_run_errors(ADVICE):
            sound.append(run.preload())
    maps_panel(sound, ADVICE)
    draw_others_note(sound)
    anchor_panel(sound, ADVICE)


# To add a view of several runs, add a line here.
TABS: dict[str, Callable[[Sequence[ComparedRun]], None]] = {
    "Curves and figures": _figures,
    "Maps and negatives": _images,
    "What differs": lambda runs: settings_panel(runs, ADVICE),
}
