"""The collapse lab: one click starts two runs that differ in one switch, and both are watched side by side."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from playground.catalog.ablation_pairs import SWITCHES, Switch, find_switch, make_pair
from playground.config import ConfigError
from playground.config.compatibility import is_for_images
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import NewRun
from playground.runs.library.submit import submit_all
from playground.runs.library.workspace import Refused, Workspace
from playground.ui.components.widget_state import widget_value
from playground.ui.form.choices import AS_TRAIN, on_train_page, settings_of_images
from playground.ui.panels.collapse import collapse_panel
from playground.ui.panels.frame import heading
from playground.ui.panels.loss import loss_panel
from playground.ui.panels.map import draw_layer_map
from playground.ui.run.header import draw_header
from playground.ui.run.run_view import RunView
from playground.ui.run.side_by_side import draw_shared_timeline, draw_side_by_side, find_views, show_run_errors
from playground.ui.session.app_state import workspace
from playground.ui.session.query import LabQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain

HOW = (
    "Two runs from one seed, with the same images, batches and number of steps; one switch is different. Watch the "
    "collapse detector: it should speak before the accuracy falls."
)
ADVICE = "Start new twins above."
NO_SENTENCES = (
    "Sentences are chosen on the Train page, but the methods that are compared here learn from images: take digits or "
    "shapes, or choose images there."
)


def lab_page() -> None:
    """Draw everything."""
    heading("Collapse lab", HOW)
    store = workspace()
    switch = _switch()
    st.caption(switch.question)
    _start_button(store, switch)
    pair = _twins(store)
    if pair is None:
        st.info("Choose a switch and press **Start the twins**: one trains after the other, and both appear here.")
        return
    _show(pair)


def _switch() -> Switch:
    asked = LabQuery.from_query(st.query_params).switch
    left, right = st.columns([2, 1])
    with left:
        name = st.segmented_control(
            "The switch",
            list(SWITCHES),
            format_func=lambda name: SWITCHES[name].title,
            key="switch",
            default=asked or next(iter(SWITCHES)),
            required=True,
            persist_state="session",
        )
    if asked != name:
        st.query_params.update(LabQuery(name).to_query())
    with right:
        st.selectbox(
            "Images", ["digits", "shapes", AS_TRAIN], key="lab_images", persist_state="session",
            format_func=lambda name: name if name == AS_TRAIN else name.capitalize(),
            help="Digits show a collapse within half a minute; your own images are those chosen on the Train page.",
        )  # fmt: skip
    return SWITCHES[name]


def _start_button(store: Workspace, switch: Switch) -> None:
    if not st.button("Start the twins", type="primary"):
        return
    try:
        runs = submit_all(store, [NewRun(config) for config in make_pair(switch, _shared())])
    except (Refused, ConfigError) as error:
        complain(error)
    else:
        first, second = (run.id for run in runs)
        session().lab.runs = first, second
        st.query_params.update(LabQuery(a=first, b=second).to_query())


def _shared() -> dict[str, Any]:
    """What both twins have: images, and the seed where one was chosen beside them. Raises ConfigError."""
    name = widget_value("lab_images", str, "digits")
    seed = on_train_page().given.get("seed") if name == AS_TRAIN else None
    images = settings_of_images(name)
    if not is_for_images("data", images["data.name"]):
        raise ConfigError(NO_SENTENCES)
    return images | ({} if seed is None else {"seed": seed})


def _twins(store: Workspace) -> tuple[RunFolder, RunFolder] | None:
    """Those that the address names, else the last ones of this session."""
    asked, last = LabQuery.from_query(st.query_params), session().lab.runs or (None, None)
    wanted = [before if side is None else side for side, before in zip((asked.a, asked.b), last, strict=True)]
    first, second = (store.find(run_id) if run_id else None for run_id in wanted)
    return (first, second) if first and second else None


def _show(twins: tuple[RunFolder, RunFolder]) -> None:
    try:
        names = dict(zip((run.id for run in twins), _names(*twins), strict=True))
    except UnreadableRun as error:
        complain(f"{error} {ADVICE}")
        return
    draw_side_by_side(find_views(twins, "lab"), partial(_draw, names), advice=ADVICE)


def _draw(names: Mapping[str, str], seen: Sequence[tuple[RunView, RunStatus]]) -> None:
    draw_shared_timeline([view for view, _ in seen])
    for column, (view, status) in zip(st.columns(2), seen, strict=False):
        with column, show_run_errors(ADVICE):
            st.markdown(f"#### {names[view.folder.id]}")
            _twin(view, status)


def _twin(view: RunView, status: RunStatus) -> None:
    draw_header(view, status)
    collapse_panel(view)
    loss_panel(view)
    st.markdown("**Map of the embeddings**")
    draw_layer_map(view, "z", key=f"{view.name}map")


def _names(first: RunFolder, second: RunFolder) -> tuple[str, str]:
    """What each twin has, in the words of the switch that they were made for, whatever is chosen by now."""
    switch = find_switch(first.config, second.config)
    return switch.words if switch else ("first run", "second run")
