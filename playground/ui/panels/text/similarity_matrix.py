"""The similarity matrix of some pairs, and which pairs these are."""

import base64
import io
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from playground.figures.pair_matrix import LONGEST, Edges, pair_matrix_figure
from playground.insight.text.image_text import Batch, Rows, batch_of, confused_rows, mixed_rows
from playground.ui.components.gallery import GalleryItem, GallerySet, sets
from playground.ui.components.live_channel import Drawing
from playground.ui.components.plot import PlotSelection, plot
from playground.ui.panels.frame import lead
from playground.ui.panels.text.image_text_cache import Pairs, paired
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import follow_click
from playground.ui.session.state import session

SIZES = (8, 12)
MIXED, CONFUSED = "from all classes", "most confused"
COSINE, PROBABILITY = "cosine", "probability"
LARGEST_PICTURE = 48  # px
ROW, LABELS = 30, 125  # px of a row, and of captions below the last
HOW = (
    "A row is an image, a column a caption; a frame stands around what belongs together. Training makes framed cells "
    "larger than all others in their row and in their column."
)
MORE = (
    "A training batch is such a matrix, only larger, and its loss is the mean over rows and columns of -log of the "
    "framed cell's probability. A dotted frame: another pair's caption that is the same, word by word, so it is as "
    "right. Hover for the whole caption; click a row for the image's hardest captions."
)


class Choice(NamedTuple):
    """Which pairs, and what of them."""

    size: int = SIZES[0]
    which: str = MIXED
    number: int = 0  # of the batch: another one, other pairs
    shown: str = COSINE


def matrix(view: RunView, pairs: Pairs) -> None:
    """The matrix with its choices, and the pairs in full."""
    lead("One batch", HOW, MORE)
    choice = _choose(view)
    batch = batch_shown(view, pairs, choice)
    if not len(batch.rows):
        st.info("No image has a wrong caption: all captions are equal.")
        return
    draw_matrix(view, pairs, choice, batch, key="pair matrix", height=ROW * len(batch.rows) + LABELS)
    temperature = view.temperature(pairs.look.step)
    st.caption(_words(batch, temperature, choice.shown == PROBABILITY))
    with st.expander("These pairs in full"):
        _in_full(view, pairs, batch)


def batch_shown(view: RunView, pairs: Pairs, choice: Choice) -> Batch:
    """The pairs of that choice, all images with all captions."""
    look = pairs.look
    rows = view.memo.get(f"pairs {choice.size}", (choice, look.step), lambda: _rows(view, pairs, choice))
    return view.memo.get(
        f"batch of {choice.size}", (rows.tobytes(), look.step),
        lambda: batch_of(look.z, look.z_view, pairs.captions, rows),
    )  # fmt: skip


def draw_matrix(view: RunView, pairs: Pairs, choice: Choice, batch: Batch, *, key: str, height: int) -> None:
    """The figure; a click on a row picks its image."""
    matrix = matrix_drawing(view, pairs, choice, batch, key)
    pick_row(view, plot(matrix["figure"], key=f"{view.name}{key}", height=height, alt=matrix["alt"]))


def matrix_drawing(
    view: RunView, pairs: Pairs, choice: Choice, batch: Batch, key: str, longest: int = LONGEST
) -> Drawing:
    """The figure of the batch, made where anything of it is another one."""
    temperature = view.temperature(pairs.look.step) if choice.shown == PROBABILITY else None
    figure = view.figure(
        key, (view.at, choice, longest), (pairs.look.step, temperature, batch.rows.tobytes()),
        lambda: pair_matrix_figure(batch, _edges(pairs, batch.rows), temperature=temperature, longest=longest),
    )  # fmt: skip
    alt = f"{len(batch.rows)} images and their captions, {choice.shown} of each with each. {_found(batch)}"
    return {"figure": figure, "alt": alt, "words": ""}


def pick_row(view: RunView, picked: PlotSelection | None) -> None:
    """A click on a row of the figure picks its image."""
    follow_click(view, picked.clicked if picked else None)


def _choose(view: RunView) -> Choice:
    panel = (view.name, view.folder.id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            "Pairs", [MIXED, CONFUSED], default=MIXED, required=True, key=f"{view.name}which pairs",
            persist_state="session",
            help="Most confused: images whose wrong caption is most clearly ahead of their own, each with the pair of "
            "that caption.",
        )  # fmt: skip
        size = st.segmented_control(
            "How many", SIZES, default=SIZES[-1], required=True, key=f"{view.name}how many pairs",
            persist_state="session",
        )  # fmt: skip
        shown = st.segmented_control(
            "Numbers", [COSINE, PROBABILITY], default=COSINE, required=True, key=f"{view.name}numbers of pairs",
            persist_state="session",
            help="Probability: of each of these captions given the image, in per cent, at the run's temperature. A row "
            "adds up to 100.",
        )  # fmt: skip
        st.button("Another batch", key=f"{view.name}another batch", on_click=_next, args=(panel,))
    return Choice(size or SIZES[-1], which or MIXED, session().panels.batches.get(panel, 0), shown or COSINE)


def _next(panel: tuple[str, str]) -> None:
    batches = session().panels.batches
    batches[panel] = batches.get(panel, 0) + 1


def _rows(view: RunView, pairs: Pairs, choice: Choice) -> Rows:
    size = min(choice.size, pairs.count)
    if choice.which == CONFUSED:
        return confused_rows(paired(view, pairs), size, choice.number)
    return mixed_rows(pairs.captions, pairs.probe.labels, size, choice.number)


def _edges(pairs: Pairs, rows: Rows) -> Edges:
    captions = [pairs.caption(row) for row in rows]
    return Edges(captions, [picture_uri(pairs.probe.images[row]) for row in rows])


def picture_uri(image: NDArray[np.uint8]) -> str:
    """An image [side, side, 3] as a data URI, no larger than it is shown."""
    picture = Image.fromarray(image)
    if picture.width > LARGEST_PICTURE:
        picture = picture.resize((LARGEST_PICTURE, LARGEST_PICTURE), Image.Resampling.BOX)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _words(batch: Batch, temperature: float, sums_up: bool) -> str:
    chance = float(np.log(len(batch.rows)))
    rows = " · each row adds up to 100 %" if sums_up else ""
    return (
        f"{_found(batch)} Loss of this batch at temperature {temperature:.3g}: {batch.loss(temperature):.2f}, chance "
        f"{chance:.2f}{rows}."
    )


def _found(batch: Batch) -> str:
    return f"{batch.found} of {len(batch.rows)} images are most similar to their own caption."


def _in_full(view: RunView, pairs: Pairs, batch: Batch) -> None:
    """For fingers, which cannot hover, and for screen readers."""
    sheet = view.thumbnails
    assert sheet is not None  # there are pairs
    shown = [
        GallerySet(
            pairs.caption(row), (GalleryItem(int(row), float(batch.cosines[place, place]), label=f"image {row}"),)
        )
        for place, row in enumerate(batch.rows)
    ]
    alt = f"The {len(shown)} images of this batch, each with its caption and the cosine of both."
    sets(shown, sheet, key=f"{view.name}pairs in full", alt=alt, side=48, width=260)
