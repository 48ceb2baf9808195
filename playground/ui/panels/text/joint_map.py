"""The map of images and captions together, with the gap between the two kinds."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.figures.modalities import MOST_PAIRS, Modalities, modalities_figure
from playground.insight.maps import Map
from playground.insight.text.image_text import joint_map
from playground.insight.text.search_lesson import evenly_spaced
from playground.ui.components.plot import plot
from playground.ui.panels.frame import lead
from playground.ui.panels.text.image_text_cache import Pairs, paired
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import picking

LINES: Final = {"none": 0, "some": 40, "many": 150}
TALL = 400  # px
HOW = "A dot is an image and a diamond a caption, in one space; the arrow is the gap between the two kinds' means."
MORE = (
    "PCA of the unit z of both kinds together: the two directions in which they spread most. The arrow is drawn where "
    "the means lie on the map, and its number is their distance in all dimensions. Hover shows the image and its "
    "caption; a click chooses the pair, whose ends are joined."
)


def both(view: RunView, pairs: Pairs) -> None:
    """The map; what is clicked on it is the chosen pair."""
    lead("Images and captions on one map", HOW, MORE)
    chosen = st.segmented_control(
        "Lines between pairs", list(LINES), default="some", required=True, key=f"{view.name}lines of pairs",
        persist_state="session",
    )  # fmt: skip
    lines, look, picks = LINES[chosen or "some"], pairs.look, picking(view)
    gap, key = paired(view, pairs).gap, f"{view.name}map of both"
    figure = view.figure(
        "map of both", (view.at, lines, picks.focus), look.step,
        lambda: _figure(view, pairs, lines, picks.focus),
    )  # fmt: skip
    drawn = min(pairs.count, MOST_PAIRS)
    words = f"PCA of z of {pairs.count:,} images and {pairs.count:,} captions after {look.step:,} steps"
    selection = plot(
        figure, key=key, height=TALL, alt=f"{words}; the means of both kinds are {gap:.2f} apart.",
        thumbnails=view.thumbnails, selected=picks.lasso, revision=picks.revision_on(key), focus=picks.focus,
    )  # fmt: skip
    st.caption(words + (f"; {drawn:,} pairs of them are drawn" if drawn < pairs.count else ""))
    if picks.take(key, selection):
        st.rerun(scope="fragment")


def _figure(view: RunView, pairs: Pairs, lines: int, focus: int | None) -> go.Figure:
    xy = _map(view, pairs)
    image, text = xy[: pairs.count], xy[pairs.count :]
    rows = evenly_spaced(pairs.count, MOST_PAIRS)
    if focus is not None and focus < pairs.count:
        rows = np.union1d(rows, [focus])
    joined = evenly_spaced(len(rows), lines)
    if focus is not None:
        joined = np.union1d(joined, np.flatnonzero(rows == focus))
    means = np.stack([image.mean(axis=0), text.mean(axis=0)])
    captions = [pairs.caption(row) for row in rows]
    shown = Modalities(rows, image[rows], text[rows], means, captions)
    return modalities_figure(shown, paired(view, pairs).gap, joined=joined)


def _map(view: RunView, pairs: Pairs) -> Map:
    """Turned to lie as the one before did, which was the look before while a run goes on."""
    look, previous = pairs.look, view.memo.last("map of both")
    return view.memo.get("map of both", look.step, lambda: joint_map(look.z, look.z_view, previous))
