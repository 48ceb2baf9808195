"""One anchor in all runs: which different images does each encoder take for nearly the same?"""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from playground.insight.negatives import HardNegatives, compare
from playground.ui.components.gallery import gallery
from playground.ui.panels.compare.compared_runs import Compared, comparable, noun_of_runs
from playground.ui.panels.frame import lead, soon
from playground.ui.panels.negatives_anchors import alike_of, anchor_rows, hardest
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import follow_click, picking
from playground.ui.run.side_by_side import telling
from playground.ui.words.sample_noun import SampleNoun

SHOWN = 8  # negatives of the anchor
HOW = (
    "One {one} in all runs, with its {view} and the different {many} that each encoder finds most like it, and the "
    "share of the loss's weight that each has at the run's own temperature. Click any {picture} to make it the anchor."
)


def anchor_panel(runs: Sequence[Compared], advice: str) -> None:
    """A row for each run that follows the same images."""
    same, _ = comparable(runs)
    noun = noun_of_runs(same or runs)
    lead("Negatives of the same anchor", noun.fill(HOW))
    if not same:
        soon()
        return
    clicked: int | None = None
    with telling(advice):
        anchor, why = _anchor(same[0].view)
        if anchor is None:
            soon()
            return
        st.markdown(f"**{noun.title} {anchor}**, {why}")
        for run in same:
            with telling(advice):
                one = _row(run, anchor)
                clicked = one if clicked is None else clicked
    follow_click(same[0].view, clicked)


def _anchor(view: RunView) -> tuple[int | None, str]:
    """The image that was clicked last, else the hardest of the first run."""
    focus, snapshot, probe = picking(view).focus, view.snapshot(), view.probe
    if focus is not None and probe is not None and focus < len(probe.images):
        return focus, "as clicked"
    if snapshot is None:
        return None, ""
    first = hardest(view, snapshot, 1, None)
    return (int(first[0]), "the hardest of the first run") if len(first) else (None, "")


def _row(run: Compared, anchor: int) -> int | None:
    view, noun = run.view, run.view.noun
    snapshot, probe, sheets = view.snapshot(), view.probe, view.sheets
    if snapshot is None or probe is None or sheets is None:
        st.caption(f"{run.label.markdown}: nothing yet.")
        return None
    temperature = view.temperature(snapshot.step)
    rows = np.array([anchor])
    anchors = view.memo.get(
        "compared anchor", (snapshot.step, anchor),
        lambda: compare(snapshot.z, rows, negatives=SHOWN, z_view=snapshot.z_view, alike=alike_of(view, probe)),
    )  # fmt: skip
    found = anchors.at(temperature)
    words = _weight_words(found, temperature, probe.labels is not None, noun)
    if view.metrics is not None and view.metrics.negative_similarity is None:
        words = f"its loss compares no different {noun.many}; if it did, {words}"
    st.markdown(f":small[**{run.label.markdown}** · {words}]")
    what = f"{noun.one} {anchor}, its {noun.view} and the {SHOWN} different {noun.many} most similar to it."
    alt = f"{run.label.name}: {what}"
    return gallery(anchor_rows(found, probe), sheets, key=f"{view.name}anchor", alt=alt, clickable=True)


def _weight_words(found: HardNegatives, temperature: float, labelled: bool, noun: SampleNoun) -> str:
    weighing = found.weighing
    words = f"at temperature {temperature:.3g} it works against {weighing.mean_effective:,.1f} negatives"
    share, even = weighing.mean_alike_share, weighing.mean_even_share
    if share is None or even is None:
        return words
    kind = f"{noun.many} of its own class" if labelled else "near-duplicates"
    return f"{words}; {share:.0%} of the weight on {kind}, evenly spread {even:.0%}"
