"""From an image to texts: the captions of the probe that are nearest to one image, of the data or of a person's own."""

from typing import Any

import numpy as np
import streamlit as st

from playground.data.images.decoding import UnreadableImageError
from playground.data.uploads.fair_turns import Requester
from playground.data.uploads.sandbox import decode_in_sandbox
from playground.insight.text.caption_search import DistinctCaptions, NearestCaptions, nearest_captions
from playground.records import Probe
from playground.runs.folder.run_folder import UnreadableRun
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import GalleryItem, GallerySet, grid, sets
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails
from playground.ui.components.widget_state import set_widget_value, widget_key, widget_value
from playground.ui.panels.text.text_reader import Reading, newest_reading
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import follow_click, picking
from playground.ui.session.current_user import me
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_links, printable

CAPTIONS, CHOICES = 8, 18  # captions of an image, and images that are offered
SIDE, QUERY = 96, "query"  # px of the image that is looked for, and its sheet where it is a person's own
PICTURES = ["jpg", "jpeg", "png", "webp"]
NOT_YET = "An image of your own can be looked for once the run has ended."


def texts_of_image(
    view: RunView, probe: Probe, captions: DistinctCaptions, snapshot: StoredSnapshot, sheet: Thumbnails
) -> None:
    """The image that was chosen, and the captions most similar to it."""
    st.markdown("**From an image to texts**")
    with st.container(horizontal=True, vertical_alignment="top"):
        row = _number(view, len(probe.images))
        given = st.file_uploader(
            "or an image of your own", type=PICTURES, key=f"{view.name}own image", width=300,
            help="JPEG, PNG or WebP; it is kept nowhere.",
        )  # fmt: skip
    if given:
        _captions_of_own(view, given, captions)
    else:
        found = view.memo.get("captions of an image", (snapshot.step, row), lambda: _of_probe(captions, snapshot, row))
        _show_image(view, GalleryItem(row, label=f"image {row}"), sheet)
        _show_captions(found, captions, snapshot.step)
    rows = np.unique(np.linspace(0, len(probe.images) - 1, CHOICES).round().astype(np.int64))
    items = [GalleryItem(int(row), label=f"image {row}") for row in rows]
    alt = f"{len(items)} images of the probe, any of which can be chosen by a click."
    st.caption("Click a picture, here or among those found, to look for its texts.")
    follow_click(view, grid(items, sheet, key=f"{view.name}choices", alt=alt, clickable=True))


def _of_probe(captions: DistinctCaptions, snapshot: StoredSnapshot, row: int) -> NearestCaptions:
    texts, own = snapshot.z_view[captions.first], int(captions.of_image[row])
    return nearest_captions(snapshot.z[row], texts, own, CAPTIONS)


def _number(view: RunView, count: int) -> int:
    """The image that is looked for: the one that was clicked last, on a map too."""
    picks, key = picking(view), widget_key(f"{view.name}image number", view.digest[:8])
    focus = min(picks.focus or 0, count - 1)
    if widget_value(key, int, -1) != focus:
        set_widget_value(key, focus)

    def take() -> None:
        picks.focus = widget_value(key, int, focus)

    st.number_input("Image", 0, count - 1, step=1, key=key, on_change=take, width=140, help=f"0 to {count - 1:,}.")
    return focus


def _captions_of_own(view: RunView, given: Any, captions: DistinctCaptions) -> None:
    """With the weights of the end, which alone know how pixels are to be scaled."""
    if not view.folder.weights_file.exists():
        st.info(NOT_YET)
        return
    try:
        reading = newest_reading(view.folder)
        assert reading is not None  # there are weights
        key = (given.file_id, reading.step)
        answer = view.memo.get("own image", key, lambda: _embedded(view, reading, given, captions))
    except (UnreadableRun, RuntimeError) as error:
        complain(error)
        return
    if isinstance(answer, str):
        complain(answer)
        return
    picture, found = answer
    _show_image(view, GalleryItem(0, label="your image", sheet=QUERY), picture)
    _show_captions(found, captions, reading.step)


def _embedded(
    view: RunView, reading: Reading, given: Any, captions: DistinctCaptions
) -> tuple[Thumbnails, NearestCaptions] | str:
    """The picture and its captions; of a file that is none a sentence, so that it is not opened again each second."""
    from playground.inference.restore import embed_pictures  # seconds: only for who asks for it

    config = view.folder.config
    given.seek(0)
    try:
        picture = decode_in_sandbox(given, config.data.side, Requester(me().id))[None]
    except UnreadableImageError as error:
        return f"{printable(given.name)} {error}."
    image = embed_pictures(config, view.folder.weights(), picture)[0]
    texts = reading.reader.embed(captions.texts)[1]
    return make_thumbnails(picture), nearest_captions(image, texts, None, CAPTIONS)


def _show_image(view: RunView, item: GalleryItem, sheet: Thumbnails) -> None:
    group = GallerySet("", (item,))
    alt = f"The image that is looked for: {item.label}."
    sets([group], {item.sheet: sheet}, key=f"{view.name}looked for", alt=alt, side=SIDE, width=SIDE + 20)


def _show_captions(found: NearestCaptions, captions: DistinctCaptions, step: int) -> None:
    """As a list, the own caption marked and its rank told."""
    st.markdown(f"{_rank_told(found, captions)} After step {step:,}:")
    lines = [
        f"1. {cosine:.2f} · {_words(captions.texts[place])}{' **(its own caption)**' if place == found.own else ''}"
        for place, cosine in zip(found.places, found.cosines, strict=True)
    ]
    st.markdown("\n".join(lines))


def _rank_told(found: NearestCaptions, captions: DistinctCaptions) -> str:
    count = len(captions.texts)
    if found.own is None or found.rank is None:
        return f"The most similar of {count:,} different captions, with their cosines."
    return (
        f"Its own caption, “{_words(captions.texts[found.own])}”, comes at place **{found.rank:,}** "
        f"of {count:,} different ones (by chance at {(count + 1) / 2:,.0f} on average)."
    )


def _words(caption: str) -> str:
    return escape_markdown_links(printable(" ".join(caption.split())))
