"""Search: probe images by a typed text, and probe captions by an image of the probe or an uploaded one."""

from typing import Any

import numpy as np
import streamlit as st

from playground.config.methods.clip import CLIPConfig
from playground.data.images.decoding import UnreadableImageError
from playground.data.uploads.fair_turns import Requester
from playground.data.uploads.sandbox import decode_in_sandbox
from playground.insight.text.caption_search import (
    DistinctCaptions,
    NearestCaptions,
    cosines_with,
    distinct_captions,
    nearest_captions,
)
from playground.records import Probe
from playground.runs.folder.run_folder import UnreadableRun
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import GalleryItem, GallerySet, gallery_sets, grid
from playground.ui.components.thumbnails import PICTURE_TYPES, Thumbnails, make_thumbnails
from playground.ui.components.widget_state import set_widget_value, widget_key, widget_value
from playground.ui.panels.frame import show_nothing_yet
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.text_reader import (
    ALL_WORDS_UNKNOWN,
    MOST_TYPED_LETTERS,
    TextReading,
    all_unknown,
    newest_reading,
    show_text_remarks,
)
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import find_selection, follow_click
from playground.ui.session.current_user import me
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_links, printable

FOUND_IMAGES, EXAMPLE_CAPTIONS = 12, 4  # found images, and examples on buttons
SEARCH_HELP = (
    "Images and texts lie in one space, so a text finds images and an image finds texts: by cosine, among the probe's."
)
NO_QUERY = "Type what to look for, or choose an example."
FOUND_CAPTIONS, OFFERED_IMAGES = 8, 18  # found captions, and images offered to be clicked
QUERY_SIDE, QUERY_SHEET = 96, "query"  # px of the searched image, and name of its sheet if it is uploaded
OWN_IMAGE_LATER = "An image of your own can be looked for once the run has ended."


def search_tab(view: RunView) -> None:
    """Draws the search from text to images on the left, from an image to texts on the right."""
    probe, snapshot, sheet = view.probe, view.snapshot(), view.thumbnails
    if probe is None or snapshot is None or sheet is None or not probe.view_texts:
        show_nothing_yet()
        return
    captions = view.memo.get("captions of search", None, lambda: distinct_captions(probe.view_texts))
    by_text, by_image = st.columns(2)
    with by_text:
        _draw_text_search(view, probe, captions, sheet)
    with by_image:
        _draw_image_search(view, probe, captions, snapshot, sheet)


def _draw_text_search(view: RunView, probe: Probe, captions: DistinctCaptions, sheet: Thumbnails) -> None:
    st.markdown("**From text to images**")
    key = widget_key(f"{view.name}text", view.digest[:8])
    text = " ".join((st.text_input("Look for", key=key, persist_state="session") or "").split())
    _draw_examples(captions, key)
    if not text:
        st.info(NO_QUERY)
    elif len(text) > MOST_TYPED_LETTERS:
        complain(f"The text has {len(text):,} letters: at most {MOST_TYPED_LETTERS:,} are allowed.")
    elif (reading := _reading_or_note(view)) is None:
        return
    elif all_unknown(reading.vocabulary, text):
        complain(ALL_WORDS_UNKNOWN)
    else:
        _draw_found_images(view, reading, text, probe, sheet)


def _draw_examples(captions: DistinctCaptions, key: str) -> None:
    """Draws buttons with some captions of the probe."""
    places = captions.of_image[np.linspace(0, len(captions.of_image) - 1, EXAMPLE_CAPTIONS).round().astype(np.int64)]
    with st.container(horizontal=True, gap="small"):
        for place in dict.fromkeys(places.tolist()):
            caption = captions.texts[place]
            shown = escape_markdown_links(printable(caption, 60))
            st.button(shown, key=widget_key(key, place), on_click=set_widget_value, args=(key, caption))


def _reading_or_note(view: RunView) -> TextReading | None:
    """The reading of the newest weights; shows a note and returns None if there is no usable one."""
    try:
        reading = newest_reading(view.folder)
    except (UnreadableRun, RuntimeError) as error:
        complain(error)
        return None
    if reading is None:
        show_nothing_yet()
    return reading


def _draw_found_images(view: RunView, reading: TextReading, text: str, probe: Probe, sheet: Thumbnails) -> None:
    method = view.folder.config.method
    assert isinstance(method, CLIPConfig)
    show_text_remarks(reading.vocabulary, text, method.words, method.length)
    cosines = view.memo.get(
        "text", (reading.step, text), lambda: cosines_with(reading.images, reading.embed([text])[0])
    )
    rows = np.argsort(-cosines, kind="stable")[:FOUND_IMAGES]
    st.markdown(
        f"The {len(rows)} most similar of {len(cosines):,} images after step {reading.step:,}, with their cosines; the "
        f"median of all is {float(np.median(cosines)):.2f}.".replace("-0.00", "0.00")
    )
    items = [
        GalleryItem(
            int(row), similarity=float(cosines[row]), label=printable(probe.view_texts[row]),
            badge="its caption" if probe.view_texts[row] == text else "",
        )
        for row in rows
    ]  # fmt: skip
    alt = f"The {len(rows)} images most similar to the text '{printable(text)}', the most similar first."
    follow_click(view, grid(items, sheet, key=f"{view.name}found", alt=alt, clickable=True))


def _draw_image_search(
    view: RunView, probe: Probe, captions: DistinctCaptions, snapshot: StoredSnapshot, sheet: Thumbnails
) -> None:
    """Draws the choice of an image, and the captions most similar to it."""
    st.markdown("**From an image to texts**")
    with st.container(horizontal=True, vertical_alignment="top"):
        row = _choose_query_image(view, len(probe.images))
        given = st.file_uploader(
            "or an image of your own", type=PICTURE_TYPES, key=f"{view.name}own image", width=300,
            help="JPEG, PNG or WebP; it is kept nowhere.",
        )  # fmt: skip
    if given:
        _draw_own_image(view, given, captions)
    else:
        found = view.memo.get(
            "captions of an image", (snapshot.step, row), lambda: _captions_of_probe_image(captions, snapshot, row)
        )
        _draw_query_image(view, GalleryItem(row, label=f"image {row}"), sheet)
        _draw_found_captions(found, captions, snapshot.step)
    rows = np.unique(np.linspace(0, len(probe.images) - 1, OFFERED_IMAGES).round().astype(np.int64))
    items = [GalleryItem(int(row), label=f"image {row}") for row in rows]
    alt = f"{len(items)} images of the probe, any of which can be chosen by a click."
    st.caption("Click a picture, here or among those found, to look for its texts.")
    follow_click(view, grid(items, sheet, key=f"{view.name}choices", alt=alt, clickable=True))


def _captions_of_probe_image(captions: DistinctCaptions, snapshot: StoredSnapshot, row: int) -> NearestCaptions:
    texts, own = snapshot.z_view[captions.first], int(captions.of_image[row])
    return nearest_captions(snapshot.z[row], texts, own, FOUND_CAPTIONS)


def _choose_query_image(view: RunView, count: int) -> int:
    """Draws the number field; returns the searched image: the one clicked last, also on a map."""
    picks, key = find_selection(view), widget_key(f"{view.name}image number", view.digest[:8])
    focus = min(picks.focus or 0, count - 1)
    if widget_value(key, int, -1) != focus:
        set_widget_value(key, focus)

    def take() -> None:
        picks.focus = widget_value(key, int, focus)

    st.number_input("Image", 0, count - 1, step=1, key=key, on_change=take, width=140, help=f"0 to {count - 1:,}.")
    return focus


def _draw_own_image(view: RunView, given: Any, captions: DistinctCaptions) -> None:
    """Draws the captions of an uploaded image by the final weights, the only ones with the pixel scale."""
    if not view.folder.weights_file.exists():
        st.info(OWN_IMAGE_LATER)
        return
    try:
        reading = newest_reading(view.folder)
        assert reading is not None  # there are weights
        key = (given.file_id, reading.step)
        answer = view.memo.get("own image", key, lambda: _search_own_image(view, reading, given, captions))
    except (UnreadableRun, RuntimeError) as error:
        complain(error)
        return
    if isinstance(answer, str):
        complain(answer)
        return
    picture, found = answer
    _draw_query_image(view, GalleryItem(0, label="your image", sheet=QUERY_SHEET), picture)
    _draw_found_captions(found, captions, reading.step)


def _search_own_image(
    view: RunView, reading: TextReading, given: Any, captions: DistinctCaptions
) -> tuple[Thumbnails, NearestCaptions] | str:
    """Picture and nearest captions, or an error message, memoised too so that the file is not decoded every second."""
    from playground.inference.restore import embed_pictures  # takes seconds: only if an image is given

    config = view.folder.config
    given.seek(0)
    try:
        picture = decode_in_sandbox(given, config.data.side, Requester(me().id))[None]
    except UnreadableImageError as error:
        return f"{printable(given.name)} {error}."
    image = embed_pictures(config, view.folder.weights(), picture)[0]
    texts = reading.reader.embed(captions.texts)[1]
    return make_thumbnails(picture), nearest_captions(image, texts, None, FOUND_CAPTIONS)


def _draw_query_image(view: RunView, item: GalleryItem, sheet: Thumbnails) -> None:
    group = GallerySet("", (item,))
    alt = f"The image that is looked for: {item.label}."
    gallery_sets(
        [group], {item.sheet: sheet}, key=f"{view.name}looked for", alt=alt, side=QUERY_SIDE, width=QUERY_SIDE + 20
    )


def _draw_found_captions(found: NearestCaptions, captions: DistinctCaptions, step: int) -> None:
    """Draws the found captions as a list, with the own caption marked, and its rank."""
    st.markdown(f"{_own_rank_words(found, captions)} After step {step:,}:")
    lines = [
        f"1. {cosine:.2f} · {_escape_caption(captions.texts[place])}"
        f"{' **(its own caption)**' if place == found.own else ''}"
        for place, cosine in zip(found.places, found.cosines, strict=True)
    ]
    st.markdown("\n".join(lines))


def _own_rank_words(found: NearestCaptions, captions: DistinctCaptions) -> str:
    count = len(captions.texts)
    if found.own is None or found.rank is None:
        return f"The most similar of {count:,} different captions, with their cosines."
    return (
        f"Its own caption, “{_escape_caption(captions.texts[found.own])}”, comes at place **{found.rank:,}** "
        f"of {count:,} different ones (by chance at {(count + 1) / 2:,.0f} on average)."
    )


def _escape_caption(caption: str) -> str:
    return escape_markdown_links(printable(" ".join(caption.split())))


PANEL = Panel("Search", "Search", SEARCH_HELP, search_tab, applies_to=runs_on("captions"))
