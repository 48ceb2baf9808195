"""Images and their captions in one space: a batch as the loss sees it, retrieval both ways, the gap, and confusions."""

import streamlit as st

from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import say
from playground.ui.components.plot import plot
from playground.ui.panels.frame import LOW, head, soon
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.hardest_pairs import hardest
from playground.ui.panels.text.image_text_cache import Pairs, pairs_of
from playground.ui.panels.text.joint_map import both
from playground.ui.panels.text.recall_and_gap import curves, figures, recall_words
from playground.ui.panels.text.similarity_matrix import Choice, batch_shown, matrix, matrix_drawing, pick_row
from playground.ui.run.run_view import RunView

HOW = "An image and its own caption should be more alike than any other image and caption."
MORE = (
    "Both are compared by the cosine of their z. No class and no word is given a meaning beforehand: all there is to "
    "learn from is which image and which caption came together."
)
SHORT = (
    "A row is an image, a column a caption, a number their cosine; a frame stands around what belongs together, which "
    "training makes larger than the rest of its row and column."
)
SHORT_CAPTION = 13  # characters in a line
NO_CAPTIONS = "This run learns from images alone: it has no captions."


def pairs_panel(view: RunView, height: int = LOW + 30) -> None:
    """Eight pairs and recall@1, in short."""
    head(PANEL.title, SHORT)
    if _pairs(view) is None:
        return
    drawing, live = view.publish("few pairs", lambda: _few(view))
    say(drawing["words"], key=f"{view.name}recall words", live=live, manner="plain")
    pick_row(view, plot(drawing["figure"], key=f"{view.name}few pairs", height=height, alt=drawing["alt"], live=live))


def _few(view: RunView) -> Drawing:
    pairs, choice = pairs_of(view), Choice()
    assert pairs is not None  # there are some
    batch = batch_shown(view, pairs, choice)
    drawing = matrix_drawing(view, pairs, choice, batch, "few pairs", SHORT_CAPTION)
    return {**drawing, "words": recall_words(view, pairs)}


def pairs_tab(view: RunView) -> None:
    """The batch and its figures, the map and the curves, the hardest pairs."""
    pairs = _pairs(view)
    if pairs is None:
        return
    left, right = st.columns([3, 2])
    with left:
        matrix(view, pairs)
    with right:
        figures(view, pairs)
    left, right = st.columns([3, 2])
    with left:
        both(view, pairs)
    over_the_looks = right.container()
    hardest(view, pairs)
    with over_the_looks:  # last: where there are many looks, it takes a while
        curves(view, pairs)


def _pairs(view: RunView) -> Pairs | None:
    """None, with words on why, where there is nothing to show."""
    probe = view.probe
    if probe is not None and not probe.view_texts:
        st.info(NO_CAPTIONS)
        return None
    pairs = pairs_of(view)
    if pairs is None:
        soon()
    return pairs


PANEL = Panel(
    "Image & text", "Image and text", HOW, pairs_tab, more=MORE, short=pairs_panel, place="bottom right",
    applies_to=runs_on("captions"),
)  # fmt: skip
