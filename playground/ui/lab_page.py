"""The collapse lab: one click starts two runs that differ in one switch, and both are watched side by side."""

from typing import Any

import streamlit as st

from playground import data
from playground.config import ConfigError
from playground.config.twins import SWITCHES, Switch, switch_of, twins
from playground.records import RunStatus
from playground.runs.folder import UnreadableRun
from playground.runs.store import RunStore
from playground.ui.choices import Choices
from playground.ui.live import EVERY, header
from playground.ui.panels.collapse import collapse_panel
from playground.ui.panels.frame import lead
from playground.ui.panels.loss import loss_panel
from playground.ui.panels.map import layer_map
from playground.ui.server import run_store
from playground.ui.timeline import timeline
from playground.ui.view import RunView, is_live

SIDES = ("a", "b")  # in the address and in the keys of components
HOW = (
    "Two runs from one seed, with the same images, batches and number of steps; one switch is different. Watch the "
    "collapse detector: it should speak before the accuracy falls."
)
AS_TRAIN = "as on the Train page"


def lab_page() -> None:
    """Draw everything."""
    lead("Collapse lab", HOW)
    store = run_store()
    switch = _switch()
    st.caption(switch.question)
    _start_button(store, switch)
    views = _views(store)
    if views is None:
        st.info("Choose a switch and press **Start the twins**: one trains after the other, and both appear here.")
        return
    live = any(_is_live(view) for view in views)
    st.fragment(_tick, run_every=EVERY if live else None)(views, live)


def _switch() -> Switch:
    asked = st.query_params.get("switch", "")
    left, right = st.columns([2, 1])
    with left:
        name = st.segmented_control(
            "The switch",
            list(SWITCHES),
            format_func=lambda name: SWITCHES[name].title,
            key="switch",
            default=asked if asked in SWITCHES else next(iter(SWITCHES)),
            required=True,
            persist_state="session",
        )
    if asked != name:
        st.query_params["switch"] = name
    with right:
        st.selectbox(
            "Images", ["digits", "shapes", AS_TRAIN], key="lab_images", persist_state="session",
            format_func=lambda name: name if name == AS_TRAIN else name.capitalize(),
            help="Digits show a collapse within half a minute; your own images are those chosen on the Train page.",
        )  # fmt: skip
    return SWITCHES[name]


def _start_button(store: RunStore, switch: Switch) -> None:
    if not st.button("Start the twins", type="primary"):
        return
    try:
        pair = twins(switch, _images())
        for config in pair:
            data.check_run(config, home=data.home())
        runs = [store.create(config) for config in pair]
    except (ConfigError, data.DataError) as error:
        st.error(str(error))
    except OSError as error:
        st.error(f"The runs could not be written to disk: {error}.")
    else:
        for side, run in zip(SIDES, runs, strict=True):
            st.query_params[side] = run.id
        st.session_state["twins"] = [run.id for run in runs]


def _images() -> dict[str, Any]:
    """The settings of the images, by dotted key."""
    chosen = st.session_state["lab_images"]
    if chosen != AS_TRAIN:
        return {"data.name": chosen}
    choices = st.session_state.get("choices") or Choices()
    return {key: value for key, value in choices.given.items() if key == "seed" or key.startswith("data.")}


def _views(store: RunStore) -> tuple[RunView, RunView] | None:
    """The twins that the address names, else the last ones of this session."""
    last = st.session_state.get("twins") or [None, None]
    wanted = [st.query_params.get(side, before) for side, before in zip(SIDES, last, strict=True)]
    found = [store.find(run_id) if run_id else None for run_id in wanted]
    if found[0] is None or found[1] is None:
        return None
    known = st.session_state.get("twin_views")
    if not known or [view.folder.id for view in known] != wanted:
        known = tuple(RunView(run, name=f"{side}:") for side, run in zip(SIDES, found, strict=True) if run)
        st.session_state["twin_views"] = known
    pair: tuple[RunView, RunView] = known
    return pair


def _is_live(view: RunView) -> bool:
    try:
        return is_live(view, view.folder.status())
    except UnreadableRun:
        return False


def _tick(views: tuple[RunView, RunView], live: bool) -> None:
    try:
        statuses = [view.read_on() for view in views]
        _timeline(views)
        names = _names(views)
        for column, name, view, status in zip(st.columns(2), names, views, statuses, strict=True):
            with column:
                st.markdown(f"#### {name}")
                _twin(view, status)
    except UnreadableRun as error:
        st.error(f"{error} Start new twins above.")
        return
    if live and not any(is_live(view, status) for view, status in zip(views, statuses, strict=True)):
        st.rerun()


def _timeline(views: tuple[RunView, RunView]) -> None:
    """One for both: each shows its last look up to that step."""
    steps = sorted({insight.step for view in views for insight in view.insights})
    if steps:
        at = timeline(steps, key=f"timeline|{views[0].folder.id}|{views[1].folder.id}")
        for view in views:
            view.at = at


def _twin(view: RunView, status: RunStatus) -> None:
    header(view, status)
    collapse_panel(view)
    loss_panel(view)
    st.markdown("**Map of the embeddings**")
    layer_map(view, "z", key=f"{view.name}map")


def _names(views: tuple[RunView, RunView]) -> tuple[str, str]:
    """What each twin has, in the words of the switch that they were made for, whatever is chosen by now."""
    first, second = (view.folder.config for view in views)
    switch = switch_of(first, second)
    return switch.words if switch else ("first run", "second run")
