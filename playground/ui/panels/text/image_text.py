"""Images and captions in one space: similarity matrix of a batch, retrieval, modality gap, map and hardest pairs."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.figures.modalities import MOST_DRAWN_PAIRS, Modalities, modalities_figure
from playground.insight.maps import Map
from playground.insight.text.image_text import joint_map
from playground.insight.text.search_lesson import evenly_spaced
from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import live_text
from playground.ui.components.plot import plot
from playground.ui.panels.frame import LOW, heading, short_heading, show_nothing_yet
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.hardest_pairs import draw_hardest_pairs
from playground.ui.panels.text.image_text_cache import CaptionedPairs, shown_comparison, shown_pairs
from playground.ui.panels.text.recall_and_gap import draw_recall_and_gap, draw_recall_curves, recall_words
from playground.ui.panels.text.similarity_matrix import (
    MatrixChoice,
    chosen_batch,
    draw_one_batch,
    matrix_drawing,
    select_row,
)
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import find_selection

IMAGE_TEXT_HELP = "An image and its own caption should be more alike than any other image and caption."
IMAGE_TEXT_MORE = (
    "Both are compared by the cosine of their z. No class and no word is given a meaning beforehand: all there is to "
    "learn from is which image and which caption came together."
)
SHORT_HELP = (
    "A row is an image, a column a caption, a number their cosine; a frame stands around what belongs together, which "
    "training makes larger than the rest of its row and column."
)
SHORT_CAPTION = 13  # characters in a line
NO_CAPTIONS = "This run learns from images alone: it has no captions."
LINES_BETWEEN_PAIRS: Final = {"none": 0, "some": 40, "many": 150}
JOINT_MAP_HEIGHT = 400  # px
JOINT_MAP_HELP = (
    "A dot is an image and a diamond a caption, in one space; the arrow is the gap between the two kinds' means."
)
JOINT_MAP_MORE = (
    "PCA of the unit z of both kinds together: the two directions in which they spread most. The arrow is drawn where "
    "the means lie on the map, and its number is their distance in all dimensions. Hover shows the image and its "
    "caption; a click chooses the pair, whose ends are joined."
)


def image_text_panel(view: RunView, height: int = LOW + 30) -> None:
    """Draws the similarity matrix of eight pairs and recall@1 for the overview."""
    short_heading(PANEL.title, SHORT_HELP)
    if _pairs_or_note(view) is None:
        return
    drawing, live = view.publish("few pairs", lambda: _few_pairs_drawing(view))
    live_text(drawing["words"], key=f"{view.name}recall words", live=live, manner="plain")
    select_row(view, plot(drawing["figure"], key=f"{view.name}few pairs", height=height, alt=drawing["alt"], live=live))


def _few_pairs_drawing(view: RunView) -> Drawing:
    pairs, choice = shown_pairs(view), MatrixChoice()
    assert pairs is not None  # the caller checks it
    batch = chosen_batch(view, pairs, choice)
    drawing = matrix_drawing(view, pairs, choice, batch, "few pairs", SHORT_CAPTION)
    return {**drawing, "words": recall_words(view, pairs)}


def image_text_tab(view: RunView) -> None:
    """Draws one batch, retrieval and gap, the joint map, their curves, and the hardest pairs."""
    pairs = _pairs_or_note(view)
    if pairs is None:
        return
    left, right = st.columns([3, 2])
    with left:
        draw_one_batch(view, pairs)
    with right:
        draw_recall_and_gap(view, pairs)
    left, right = st.columns([3, 2])
    with left:
        _draw_joint_map(view, pairs)
    over_the_looks = right.container()
    draw_hardest_pairs(view, pairs)
    with over_the_looks:  # last, as many snapshots take a while
        draw_recall_curves(view, pairs)


def _pairs_or_note(view: RunView) -> CaptionedPairs | None:
    """The pairs of the shown snapshot; None, with a note on why, if there are none."""
    probe = view.probe
    if probe is not None and not probe.view_texts:
        st.info(NO_CAPTIONS)
        return None
    pairs = shown_pairs(view)
    if pairs is None:
        show_nothing_yet()
    return pairs


def _draw_joint_map(view: RunView, pairs: CaptionedPairs) -> None:
    """Draws the map of images and captions; a click on it chooses the pair."""
    heading("Images and captions on one map", JOINT_MAP_HELP, JOINT_MAP_MORE)
    chosen = st.segmented_control(
        "Lines between pairs", list(LINES_BETWEEN_PAIRS), default="some", required=True,
        key=f"{view.name}lines of pairs", persist_state="session",
    )  # fmt: skip
    lines, look, picks = LINES_BETWEEN_PAIRS[chosen or "some"], pairs.look, find_selection(view)
    gap, key = shown_comparison(view, pairs).gap, f"{view.name}map of both"
    figure = view.figure(
        "map of both", (view.at, lines, picks.focus), look.step,
        lambda: _joint_map_figure(view, pairs, lines, picks.focus),
    )  # fmt: skip
    drawn = min(pairs.count, MOST_DRAWN_PAIRS)
    words = f"PCA of z of {pairs.count:,} images and {pairs.count:,} captions after {look.step:,} steps"
    selection = plot(
        figure, key=key, height=JOINT_MAP_HEIGHT, alt=f"{words}; the means of both kinds are {gap:.2f} apart.",
        thumbnails=view.thumbnails, selected=picks.lasso, revision=picks.revision_on(key), focus=picks.focus,
    )  # fmt: skip
    st.caption(words + (f"; {drawn:,} pairs of them are drawn" if drawn < pairs.count else ""))
    if picks.update(key, selection):
        st.rerun(scope="fragment")


def _joint_map_figure(view: RunView, pairs: CaptionedPairs, lines: int, focus: int | None) -> go.Figure:
    xy = _aligned_map(view, pairs)
    image, text = xy[: pairs.count], xy[pairs.count :]
    rows = evenly_spaced(pairs.count, MOST_DRAWN_PAIRS)
    if focus is not None and focus < pairs.count:
        rows = np.union1d(rows, [focus])
    joined = evenly_spaced(len(rows), lines)
    if focus is not None:
        joined = np.union1d(joined, np.flatnonzero(rows == focus))
    means = np.stack([image.mean(axis=0), text.mean(axis=0)])
    captions = [pairs.caption(row) for row in rows]
    shown = Modalities(rows, image[rows], text[rows], means, captions)
    return modalities_figure(shown, shown_comparison(view, pairs).gap, joined=joined)


def _aligned_map(view: RunView, pairs: CaptionedPairs) -> Map:
    """Joint map [2n, 2] of images and captions, aligned with the one drawn before."""
    look, previous = pairs.look, view.memo.last("map of both")
    return view.memo.get("map of both", look.step, lambda: joint_map(look.z, look.z_view, previous))


PANEL = Panel(
    "Image & text", "Image and text", IMAGE_TEXT_HELP, image_text_tab, more=IMAGE_TEXT_MORE, short=image_text_panel,
    place="bottom right", applies_to=runs_on("captions"),
)  # fmt: skip
