"""The augmentation lab: what the two views of an image look like under a policy, and what they leave to be learned."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.config.augmentations import ViewsConfig
from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.augment.encoder import NO_RUN, choose_run
from playground.ui.panels.augment.images import SIDES, SOURCES, Pictures, choose_pictures
from playground.ui.panels.augment.panels import alone_panel, overlap_panel, pairs_panel, shortcut_panel
from playground.ui.panels.augment.policy import (
    Policy,
    arrive,
    buttons,
    differing_advice,
    has_arrived,
    in_address,
    policy_controls,
)
from playground.ui.panels.augment.views import warm_up
from playground.ui.panels.frame import lead
from playground.ui.session.app_state import workspace

HOW = "What training sees: move a slider and look what becomes of the two views of each image."
CONTROLS = 560  # px: the controls scroll by themselves, so that the pictures stay where they are
# What is chosen above the fragment: the key of its control, its name in the address, how it is read from there.
CHOSEN: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("augment_images", "images", lambda text: text if text in SOURCES else None),
    ("augment_side", "side", lambda text: int(text) if text in map(str, SIDES) else None),
    ("augment_run", "run", str),
)
USUAL = {"augment_images": "shapes", "augment_side": SIDES[0], "augment_run": NO_RUN}


def augment_page() -> None:
    """Draw everything."""
    lead("Augmentation lab", HOW)
    _from_address()
    policy = arrive()
    left, right = st.columns([3, 2])
    with left:
        pictures = choose_pictures()
    with right:
        run = choose_run(workspace().runs(), pictures.side if pictures else None)
    st.fragment(_lab)(policy, pictures, run)


def _lab(policy: Policy, pictures: Pictures | None, run: RunFolder | None) -> None:
    """All that a slider changes: this part alone is drawn again."""
    left, right = st.columns([4, 9])
    with left:
        buttons(policy)
        with st.container(height=CONTROLS, border=False):
            views = policy_controls(policy)
    _to_address(policy)
    with right:
        if pictures is not None and views is not None:
            _panels(policy, pictures, views, run)


def _panels(policy: Policy, pictures: Pictures, views: ViewsConfig, run: RunFolder | None) -> None:
    warm_up()
    if advice := differing_advice(policy, pictures.suggested, pictures.title):
        st.caption(advice)
    pairs, alone = st.tabs(["Pairs", "Each operation alone"], on_change="rerun", key="augment_tab")
    if pairs.open:
        with pairs:
            clicked = pairs_panel(pictures, views, policy.draw, run)
            if clicked is not None:
                st.session_state["augment_image"] = clicked
            left, right = st.columns(2)
            with left:
                overlap_panel(views, policy.draw, pictures.side)
            with right:
                shortcut_panel(pictures, views, policy.draw)
    if alone.open:
        with alone:
            alone_panel(pictures, views, policy.draw, st.session_state.get("augment_image", 0))


def _from_address() -> None:
    """What the address names is chosen where a person comes to the page; else what they chose here before."""
    arrives = has_arrived()
    for key, name, read in CHOSEN:
        asked = read(st.query_params.get(name, "")) if arrives else None
        if asked:
            st.session_state[key] = asked
        st.session_state.setdefault(key, USUAL[key])


def _to_address(policy: Policy) -> None:
    chosen = {name: str(st.session_state[key]) for key, name, _ in CHOSEN if st.session_state[key] != USUAL[key]}
    address = {**chosen, **in_address(policy)}
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)
