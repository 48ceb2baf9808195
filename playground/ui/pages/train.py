"""The page: the form on the left, one run on the right, and the URL that finds both again."""

from typing import Any

import streamlit as st

from playground.config import ConfigError, RunConfig, parse
from playground.config.chosen_settings import non_default_settings
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.submit import submit
from playground.runs.library.workspace import Refused, Workspace
from playground.ui.components.plot import preload_plots
from playground.ui.components.widget_state import set_widget_value, widget_key, widget_value
from playground.ui.form.choices import Choices
from playground.ui.form.form import PATH, Form, reset_form
from playground.ui.pages.shown_run import show_run
from playground.ui.run.fork_buttons import fork_buttons
from playground.ui.run.run_view import RunView
from playground.ui.session.app_state import workspace
from playground.ui.session.query import TrainQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_states import run_words

MOST_LISTED = 50
WELCOME = (
    "Choose on the left (on a phone: behind **»**) what to learn from and how, then press **Train**: "
    "a small network learns to tell images apart without being told what they show, and you watch it happen here."
)


def train_page() -> None:
    """Draw everything."""
    store = workspace()
    choices = session().find(Choices)
    if choices is None:
        choices = session().keep(Choices(_from_url(store)))
    with st.sidebar:
        press, complaint = st.container(), st.container()  # beside the button that it switches off
        config = Form(choices, store).show(complaint)
        with press:
            _train_button(store, config)
    _chosen_run(store)
    _to_url(config)


def _train_button(store: Workspace, config: RunConfig | None) -> None:
    left, right = st.columns([3, 2])
    pressed = left.button("Train", type="primary", width="stretch", disabled=config is None)
    right.button("Reset", on_click=reset_form, width="stretch", help="Put every control back to its suggestion.")
    if not pressed or config is None:
        return
    try:
        run = submit(store, config)
    except Refused as error:
        complain(error)
        return
    session().train.show_run(run.id)
    st.query_params.update(TrainQuery(run.id).to_query())


def _chosen_run(store: Workspace) -> None:
    """The list of runs, and the one that is looked at."""
    runs = {run.id: run for run in reversed(store.runs()[-MOST_LISTED:])}
    wanted = TrainQuery.from_query(st.query_params).run
    if wanted and wanted not in runs:
        found = store.find(wanted)
        if found is None:
            st.warning("The run that this address names is not on this server; below is the latest one.")
            del st.query_params["run"]
        else:
            runs[wanted] = found
    if not runs:
        st.info(WELCOME)
        st.page_link("pages/learn.py", label="New to this? Eight short lessons show it on real runs.", icon="🎓")
        preload_plots()
        return
    left, right = st.columns([5, 3], vertical_alignment="center")  # in one row: what is below needs the height
    with left:
        run = _pick(runs)
    try:
        view = _view(run)
        show_run(view)  # first: it reads what the buttons then know of
        with right:
            fork_buttons(view)
    except UnreadableRun as error:
        complain(f"{error} Choose another run above.")


def _pick(runs: dict[str, RunFolder]) -> RunFolder:
    """The run that the URL names, else the latest; another one by hand."""
    state, wanted = session().train, TrainQuery.from_query(st.query_params).run
    if wanted in runs:
        state.run = wanted
    elif state.run not in runs:
        state.run = next(iter(runs))
    # After Train the list is another control: a browser that has not heard of the new run yet would still give the old
    # one's answer, the run before, and that would be taken for a choice.
    lists = state.run_lists
    key = widget_key("run_list", lists)
    set_widget_value(key, state.run)
    run_id = st.selectbox(
        "Run",
        list(runs),
        key=key,
        format_func=lambda run_id: run_words(runs[run_id]),
        on_change=lambda: _take_pick(lists, widget_value(key, str, ""), runs),
        help="The run that is shown; earlier ones are kept.",
        label_visibility="collapsed",
    )
    return runs[run_id]


def _take_pick(lists: int, picked: str, runs: dict[str, RunFolder]) -> None:
    """The run that was picked from the list that is shown now; whatever else a browser may have sent is no choice.

    Streamlit calls this for an old list, too: to it the answer of a control that is gone is a change.
    """
    if lists == session().train.run_lists and picked in runs:
        session().train.run = picked
        st.query_params.update(TrainQuery(picked).to_query())


def _view(run: RunFolder) -> RunView:
    """What this session has read of the run so far."""
    view = session().find(RunView)
    if view is None or view.folder.path != run.path:
        view = session().keep(RunView(run))
    return view


def _from_url(store: Workspace) -> dict[str, Any]:
    """The settings that the URL names; without any, those of the run that it names."""
    asked = TrainQuery.from_query(st.query_params)
    run = store.find(asked.run or "")
    try:
        config = parse(asked.settings) if asked.settings or run is None else run.config
        return _without_refused_path(store, config)
    except UnreadableRun:
        return {}  # the sentence on it stands where the run would be
    except ConfigError as error:
        st.warning(f"The address asks for something that is not to be had: {error}")
        return {}


def _without_refused_path(store: Workspace, config: RunConfig) -> dict[str, Any]:
    """The settings to keep, as other pages read what is kept: a path that may not be read never comes there."""
    settings = non_default_settings(config)
    try:
        store.allow_config(config)
    except Refused as error:
        st.warning(str(error))
        settings.pop(PATH, None)
    return settings


def _to_url(config: RunConfig | None) -> None:
    """Mirror the choices in the address, so that it can be sent to someone."""
    if config is None:
        return
    chosen = {key: str(value) for key, value in non_default_settings(config).items()}
    query = TrainQuery(TrainQuery.from_query(st.query_params).run, chosen).to_query()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
