"""Maps of all runs side by side, with common settings and a common selection."""

from collections.abc import Sequence

import streamlit as st

from playground.insight.collapse import Layer
from playground.ui.panels.compare.compared_runs import (
    RUNS_IN_A_ROW,
    ComparedRun,
    difference_in_words,
    noun_of_runs,
    split_by_images,
)
from playground.ui.panels.frame import heading, show_nothing_yet
from playground.ui.panels.map import choose_map_settings, draw_layer_map
from playground.ui.run.selection import find_selection
from playground.ui.run.side_by_side import show_run_errors
from playground.wording.escape import escape_markdown

COMPARED_MAP_HEIGHT = 300  # px
MAPS_HELP = (
    "A point is {a}. A lasso on one map marks the same {many} on all maps that follow them; a click chooses the "
    "anchor below."
)
MAPS_MORE = (
    "How a map is turned, mirrored or scaled means nothing: compare which {many} lie together, not where they lie."
)


def maps_panel(runs: Sequence[ComparedRun], advice: str) -> None:
    """Draws the maps, two in a row, with their settings."""
    noun = noun_of_runs(runs)
    heading("Maps of the embeddings", noun.fill(MAPS_HELP), noun.fill(MAPS_MORE))
    begun = [run for run in runs if run.view.snapshot() is not None and run.view.digest]
    if not begun:
        show_nothing_yet()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = choose_map_settings(*(run.view for run in begun))
    for start in range(0, len(runs), RUNS_IN_A_ROW):
        for column, run in zip(st.columns(RUNS_IN_A_ROW), runs[start : start + RUNS_IN_A_ROW], strict=False):
            with column, show_run_errors(advice):
                _draw_run_map(run, layer)
    _draw_selected_counts(begun)


def draw_others_note(runs: Sequence[ComparedRun]) -> None:
    """Draws which runs have other probe images, and why."""
    same, others = split_by_images(runs)
    noun = noun_of_runs(runs)
    for run in others:
        reason = escape_markdown(difference_in_words(run, same[0]))
        st.caption(
            f"{run.label.markdown} follows other {noun.many}, {reason}: it cannot be compared with the rest "
            f"{noun.one} by {noun.one}, and has a selection of its own."
        )


def _draw_run_map(run: ComparedRun, layer: Layer) -> None:
    st.markdown(f"**{run.label.markdown}**")
    draw_layer_map(run.view, layer, key=f"{run.view.name}map", height=COMPARED_MAP_HEIGHT)


def _draw_selected_counts(runs: Sequence[ComparedRun]) -> None:
    """Draws the number of images inside the lasso, for each set of probe images."""
    counts = {run.view.digest: len(find_selection(run.view).lasso) for run in runs}
    for digest, count in counts.items():
        if count:
            on = [run for run in runs if run.view.digest == digest]
            where = "on the maps of all these runs" if len(on) == len(runs) else f"on {len(on)} of {len(runs)} maps"
            st.markdown(f"**{count} selected {on[0].view.noun.many}**, marked {where}")
