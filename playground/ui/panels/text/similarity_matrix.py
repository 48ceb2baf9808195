"""The similarity matrix of some image-caption pairs, and the choice of these pairs."""

import base64
import io
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from playground.figures.pair_matrix import LONGEST_EDGE_LINE, Edges, pair_matrix_figure
from playground.insight.arrays import RowIndices
from playground.insight.text.image_text import PairBatch, confused_rows, make_pair_batch, mixed_rows
from playground.ui.components.gallery import GalleryItem, GallerySet, gallery_sets
from playground.ui.components.live_channel import Drawing
from playground.ui.components.plot import PlotSelection, plot
from playground.ui.panels.frame import heading
from playground.ui.panels.text.image_text_cache import CaptionedPairs, shown_comparison
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import follow_click
from playground.ui.session.state import session

PAIR_COUNTS = (8, 12)
MIXED, CONFUSED = "from all classes", "most confused"
COSINE, PROBABILITY = "cosine", "probability"
LARGEST_PICTURE = 48  # px of a side
ROW_HEIGHT, LABELS_HEIGHT = 30, 125  # px of a row, and of the captions below
MATRIX_HELP = (
    "A row is an image, a column a caption; a frame stands around what belongs together. Training makes framed cells "
    "larger than all others in their row and in their column."
)
MATRIX_MORE = (
    "A training batch is such a matrix, only larger, and its loss is the mean over rows and columns of -log of the "
    "framed cell's probability. A dotted frame: another pair's caption that is the same, word by word, so it is as "
    "right. Hover for the whole caption; click a row for the image's hardest captions."
)


class MatrixChoice(NamedTuple):
    """The chosen pairs and numbers of a matrix."""

    size: int = PAIR_COUNTS[0]
    which: str = MIXED
    number: int = 0  # of the batch; each has other pairs
    shown: str = COSINE


def draw_one_batch(view: RunView, pairs: CaptionedPairs) -> None:
    """Draws the matrix with its settings, and its pairs in full."""
    heading("One batch", MATRIX_HELP, MATRIX_MORE)
    choice = _choose_matrix(view)
    batch = chosen_batch(view, pairs, choice)
    if not len(batch.rows):
        st.info("No image has a wrong caption: all captions are equal.")
        return
    draw_matrix(view, pairs, choice, batch, key="pair matrix", height=ROW_HEIGHT * len(batch.rows) + LABELS_HEIGHT)
    temperature = view.temperature(pairs.look.step)
    st.caption(_batch_words(batch, temperature, choice.shown == PROBABILITY))
    with st.expander("These pairs in full"):
        _draw_pairs_in_full(view, pairs, batch)


def chosen_batch(view: RunView, pairs: CaptionedPairs, choice: MatrixChoice) -> PairBatch:
    """The batch of the pairs of `choice`: all its images with all its captions."""
    look = pairs.look
    rows = view.memo.get(f"pairs {choice.size}", (choice, look.step), lambda: _batch_rows(view, pairs, choice))
    return view.memo.get(
        f"batch of {choice.size}", (rows.tobytes(), look.step),
        lambda: make_pair_batch(look.z, look.z_view, pairs.captions, rows),
    )  # fmt: skip


def draw_matrix(
    view: RunView, pairs: CaptionedPairs, choice: MatrixChoice, batch: PairBatch, *, key: str, height: int
) -> None:
    """Draws the matrix, `height` px high; a click on a row focuses its image."""
    matrix = matrix_drawing(view, pairs, choice, batch, key)
    select_row(view, plot(matrix["figure"], key=f"{view.name}{key}", height=height, alt=matrix["alt"]))


def matrix_drawing(
    view: RunView,
    pairs: CaptionedPairs,
    choice: MatrixChoice,
    batch: PairBatch,
    key: str,
    longest: int = LONGEST_EDGE_LINE,
) -> Drawing:
    """The matrix of the batch as a drawing, memoised until anything of it changes; `longest` letters in a line."""
    temperature = view.temperature(pairs.look.step) if choice.shown == PROBABILITY else None
    figure = view.figure(
        key, (view.at, choice, longest), (pairs.look.step, temperature, batch.rows.tobytes()),
        lambda: pair_matrix_figure(batch, _matrix_edges(pairs, batch.rows), temperature=temperature, longest=longest),
    )  # fmt: skip
    alt = f"{len(batch.rows)} images and their captions, {choice.shown} of each with each. {_found_words(batch)}"
    return {"figure": figure, "alt": alt, "words": ""}


def select_row(view: RunView, picked: PlotSelection | None) -> None:
    """Focuses the image whose row was clicked, if any."""
    follow_click(view, picked.clicked if picked else None)


def _choose_matrix(view: RunView) -> MatrixChoice:
    panel = (view.name, view.folder.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            "Pairs", [MIXED, CONFUSED], default=MIXED, required=True, key=f"{view.name}which pairs",
            persist_state="session",
            help="Most confused: images whose wrong caption is most clearly ahead of their own, each with the pair of "
            "that caption.",
        )  # fmt: skip
        size = st.segmented_control(
            "How many", PAIR_COUNTS, default=PAIR_COUNTS[-1], required=True, key=f"{view.name}how many pairs",
            persist_state="session",
        )  # fmt: skip
        shown = st.segmented_control(
            "Numbers", [COSINE, PROBABILITY], default=COSINE, required=True, key=f"{view.name}numbers of pairs",
            persist_state="session",
            help="Probability: of each of these captions given the image, in per cent, at the run's temperature. A row "
            "adds up to 100.",
        )  # fmt: skip
        st.button("Another batch", key=f"{view.name}another batch", on_click=_next_batch, args=(panel,))
    return MatrixChoice(
        size or PAIR_COUNTS[-1], which or MIXED, session().panels.batches.get(panel, 0), shown or COSINE
    )


def _next_batch(panel: tuple[str, str]) -> None:
    batches = session().panels.batches
    batches[panel] = batches.get(panel, 0) + 1


def _batch_rows(view: RunView, pairs: CaptionedPairs, choice: MatrixChoice) -> RowIndices:
    size = min(choice.size, pairs.count)
    if choice.which == CONFUSED:
        return confused_rows(shown_comparison(view, pairs), size, choice.number)
    return mixed_rows(pairs.captions, pairs.probe.labels, size, choice.number)


def _matrix_edges(pairs: CaptionedPairs, rows: RowIndices) -> Edges:
    captions = [pairs.caption(row) for row in rows]
    return Edges(captions, [picture_uri(pairs.probe.images[row]) for row in rows])


def picture_uri(image: NDArray[np.uint8]) -> str:
    """A PNG data URI of `image`, uint8 [side, side, 3], scaled down to at most LARGEST_PICTURE."""
    picture = Image.fromarray(image)
    if picture.width > LARGEST_PICTURE:
        picture = picture.resize((LARGEST_PICTURE, LARGEST_PICTURE), Image.Resampling.BOX)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _batch_words(batch: PairBatch, temperature: float, sums_up: bool) -> str:
    chance = float(np.log(len(batch.rows)))
    rows = " · each row adds up to 100 %" if sums_up else ""
    return (
        f"{_found_words(batch)} Loss of this batch at temperature {temperature:.3g}: {batch.loss(temperature):.2f}, "
        f"chance {chance:.2f}{rows}."
    )


def _found_words(batch: PairBatch) -> str:
    return f"{batch.found} of {len(batch.rows)} images are most similar to their own caption."


def _draw_pairs_in_full(view: RunView, pairs: CaptionedPairs, batch: PairBatch) -> None:
    """Draws the pairs with their whole captions, for touch screens without hover and for screen readers."""
    sheet = view.thumbnails
    assert sheet is not None  # there are pairs
    shown = [
        GallerySet(
            pairs.caption(row), (GalleryItem(int(row), float(batch.cosines[place, place]), label=f"image {row}"),)
        )
        for place, row in enumerate(batch.rows)
    ]
    alt = f"The {len(shown)} images of this batch, each with its caption and the cosine of both."
    gallery_sets(shown, sheet, key=f"{view.name}pairs in full", alt=alt, side=48, width=260)
