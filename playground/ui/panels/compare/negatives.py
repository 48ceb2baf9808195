"""The hard negatives of one anchor in all runs with the same probe images."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.insight.negatives import HardNegatives, compare_anchors
from playground.ui.components.gallery import gallery
from playground.ui.panels.compare.compared_runs import ComparedRun, noun_of_runs, split_by_images
from playground.ui.panels.frame import heading, show_nothing_yet
from playground.ui.panels.negatives_anchors import hardest_indices, make_alike, make_anchor_rows
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import find_selection, follow_click
from playground.ui.run.side_by_side import show_run_errors
from playground.ui.words.sample_noun import SampleNoun

COMPARED_NEGATIVES = 8  # negatives of the anchor
ANCHOR_HELP = (
    "One {one} in all runs, with its {view} and the different {many} that each encoder finds most like it, and the "
    "share of the loss's weight that each has at the run's own temperature. Click any {picture} to make it the anchor."
)


def anchor_panel(runs: Sequence[ComparedRun], advice: str) -> None:
    """Draws a row of negatives for each run with the same probe images."""
    same, _ = split_by_images(runs)
    noun = noun_of_runs(same or runs)
    heading("Negatives of the same anchor", noun.fill(ANCHOR_HELP))
    if not same:
        show_nothing_yet()
        return
    clicked: int | None = None
    with show_run_errors(advice):
        anchor, why = _shared_anchor(same[0].view)
        if anchor is None:
            show_nothing_yet()
            return
        st.markdown(f"**{noun.title} {anchor}**, {why}")
        for run in same:
            with show_run_errors(advice):
                one = _draw_run_negatives(run, anchor)
                clicked = one if clicked is None else clicked
    follow_click(same[0].view, clicked)


def _shared_anchor(view: RunView) -> tuple[int | None, str]:
    """The anchor and how it was chosen: the image clicked last, else the hardest of the first run; None without one."""
    focus, snapshot, probe = find_selection(view).focus, view.snapshot(), view.probe
    if focus is not None and probe is not None and focus < len(probe.images):
        return focus, "as clicked"
    if snapshot is None:
        return None, ""
    first = hardest_indices(view, snapshot, 1, None)
    return (int(first[0]), "the hardest of the first run") if len(first) else (None, "")


def _draw_run_negatives(run: ComparedRun, anchor: int) -> int | None:
    view, noun = run.view, run.view.noun
    snapshot, probe, sheets = view.snapshot(), view.probe, view.sheets
    if snapshot is None or probe is None or sheets is None:
        st.caption(f"{run.label.markdown}: nothing yet.")
        return None
    temperature = view.temperature(snapshot.step)
    rows = np.array([anchor])
    anchors = view.memo.get(
        "compared anchor", (snapshot.step, anchor),
        lambda: compare_anchors(
            snapshot.z, rows, negatives=COMPARED_NEGATIVES, z_view=snapshot.z_view, alike=make_alike(view, probe)
        ),
    )  # fmt: skip
    found = anchors.at(temperature)
    words = _weights_in_words(found, temperature, probe.labels is not None, noun)
    if view.metrics is not None and view.metrics.negative_similarity is None:
        words = f"its loss compares no different {noun.many}; if it did, {words}"
    st.markdown(f":small[**{run.label.markdown}** · {words}]")
    what = (
        f"{noun.one} {anchor}, its {noun.view} and the {COMPARED_NEGATIVES} different {noun.many} most similar to it."
    )
    alt = f"{run.label.name}: {what}"
    return gallery(make_anchor_rows(found, probe), sheets, key=f"{view.name}anchor", alt=alt, clickable=True)


def _weights_in_words(found: HardNegatives, temperature: float, labelled: bool, noun: SampleNoun) -> str:
    weighing = found.weighing
    words = f"at temperature {temperature:.3g} it works against {weighing.mean_effective:,.1f} negatives"
    share, even = weighing.mean_alike_share, weighing.mean_even_share
    if share is None or even is None:
        return words
    kind = f"{noun.many} of its own class" if labelled else "near-duplicates"
    return f"{words}; {share:.0%} of the weight on {kind}, evenly spread {even:.0%}"
