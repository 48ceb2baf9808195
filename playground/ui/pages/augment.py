"""The augmentation lab: what the two views of an image look like under a policy, and what they leave to be learned."""

from dataclasses import replace
from typing import TypeVar

import streamlit as st

from playground.config.augmentations import ViewsConfig
from playground.runs.folder.run_folder import RunFolder
from playground.ui.components.widget_state import set_widget_value, start_widget_value, widget_value
from playground.ui.panels.augment.encoder import NO_RUN, RUN_KEY, choose_run
from playground.ui.panels.augment.images import IMAGES_KEY, SIDE_KEY, LabImages, choose_images
from playground.ui.panels.augment.panels import operations_panel, overlap_panel, shortcut_panel, view_pairs_panel
from playground.ui.panels.augment.policy import (
    Policy,
    differing_advice,
    has_just_arrived,
    policy_buttons,
    policy_controls,
    policy_query,
    start_policy,
)
from playground.ui.panels.augment.views import load_view_code
from playground.ui.panels.frame import heading
from playground.ui.session.app_state import workspace
from playground.ui.session.query import IMAGE_SIDES, IMAGE_SOURCES, AugmentQuery
from playground.ui.session.state import session

T = TypeVar("T")
HOW = "What training sees: move a slider and look what becomes of the two views of each image."
CONTROLS = 560  # px: the controls scroll by themselves, so that the pictures stay where they are
# What is chosen above the fragment, by key of its control: at first that. The URL names what is not as here.
USUAL: dict[str, str | int] = {IMAGES_KEY: IMAGE_SOURCES[0], SIDE_KEY: IMAGE_SIDES[0], RUN_KEY: NO_RUN}


def augment_page() -> None:
    """Draw everything."""
    heading("Augmentation lab", HOW)
    _from_address()
    policy = start_policy()
    left, right = st.columns([3, 2])
    with left:
        pictures = choose_images()
    with right:
        run = choose_run(workspace().runs(), pictures.side if pictures else None)
    st.fragment(_lab)(policy, pictures, run)


def _lab(policy: Policy, pictures: LabImages | None, run: RunFolder | None) -> None:
    """All that a slider changes: this part alone is drawn again."""
    left, right = st.columns([4, 9])
    with left:
        policy_buttons(policy)
        with st.container(height=CONTROLS, border=False):
            views = policy_controls(policy)
    _to_address(policy)
    with right:
        if pictures is not None and views is not None:
            _panels(policy, pictures, views, run)


def _panels(policy: Policy, pictures: LabImages, views: ViewsConfig, run: RunFolder | None) -> None:
    load_view_code()
    if advice := differing_advice(policy, pictures.suggested, pictures.title):
        st.caption(advice)
    pairs, alone = st.tabs(["Pairs", "Each operation alone"], on_change="rerun", key="augment_tab")
    if pairs.open:
        with pairs:
            clicked = view_pairs_panel(pictures, views, policy.draw, run)
            if clicked is not None:
                session().augment.image = clicked
            left, right = st.columns(2)
            with left:
                overlap_panel(views, policy.draw, pictures.side)
            with right:
                shortcut_panel(pictures, views, policy.draw)
    if alone.open:
        with alone:
            operations_panel(pictures, views, policy.draw, session().augment.image)


def _from_address() -> None:
    """What the address names is chosen where a person comes to the page; else what they chose here before."""
    asked = AugmentQuery.from_query(st.query_params if has_just_arrived() else {})
    for key, value in ((IMAGES_KEY, asked.images), (SIDE_KEY, asked.side), (RUN_KEY, asked.run)):
        if value is not None:
            set_widget_value(key, value)
        start_widget_value(key, USUAL[key])


def _to_address(policy: Policy) -> None:
    query = replace(
        policy_query(policy), images=_unusual(IMAGES_KEY, str), side=_unusual(SIDE_KEY, int), run=_unusual(RUN_KEY, str)
    ).to_query()
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def _unusual(key: str, kind: type[T]) -> T | None:
    """Value of that control where it is not the one at first."""
    value = widget_value(key, kind, None)
    return None if value == USUAL[key] else value
