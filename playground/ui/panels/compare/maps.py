"""Maps of all runs side by side: one choice of kind, layer and colour for all, and one selection."""

from collections.abc import Sequence

import streamlit as st

from playground.insight.collapse import Layer
from playground.ui.panels.compare.compared_runs import Compared, comparable, noun_of_runs, why_not
from playground.ui.panels.frame import lead, soon
from playground.ui.panels.map import layer_map, map_settings
from playground.ui.run.selection import picking
from playground.ui.run.side_by_side import telling
from playground.wording.escape import escape_markdown

HIGH = 300  # px
IN_A_ROW = 2
HOW = (
    "A point is {a}. A lasso on one map marks the same {many} on all maps that follow them; a click chooses the "
    "anchor below."
)
TWO_MAPS = (
    "How a map is turned, mirrored or scaled means nothing: compare which {many} lie together, not where they lie."
)


def maps_panel(runs: Sequence[Compared], advice: str) -> None:
    """Two in a row, one below the other on a phone."""
    noun = noun_of_runs(runs)
    lead("Maps of the embeddings", noun.fill(HOW), noun.fill(TWO_MAPS))
    begun = [run for run in runs if run.view.snapshot() is not None and run.view.digest]
    if not begun:
        soon()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = map_settings(*(run.view for run in begun))
    for start in range(0, len(runs), IN_A_ROW):
        for column, run in zip(st.columns(IN_A_ROW), runs[start : start + IN_A_ROW], strict=False):
            with column, telling(advice):
                _map(run, layer)
    _selected(begun)


def others_note(runs: Sequence[Compared]) -> None:
    """Which runs cannot be compared image by image, and why."""
    same, others = comparable(runs)
    noun = noun_of_runs(runs)
    for run in others:
        reason = escape_markdown(why_not(run, same[0]))
        st.caption(
            f"{run.label.markdown} follows other {noun.many}, {reason}: it cannot be compared with the rest "
            f"{noun.one} by {noun.one}, and has a selection of its own."
        )


def _map(run: Compared, layer: Layer) -> None:
    st.markdown(f"**{run.label.markdown}**")
    layer_map(run.view, layer, key=f"{run.view.name}map", height=HIGH)


def _selected(runs: Sequence[Compared]) -> None:
    """How many are inside the lasso, for each set of images."""
    counts = {run.view.digest: len(picking(run.view).lasso) for run in runs}
    for digest, count in counts.items():
        if count:
            on = [run for run in runs if run.view.digest == digest]
            where = "on the maps of all these runs" if len(on) == len(runs) else f"on {len(on)} of {len(runs)} maps"
            st.markdown(f"**{count} selected {on[0].view.noun.many}**, marked {where}")
