"""Search: images by a text that a person types, and captions by an image."""

import numpy as np
import streamlit as st

from playground.config.methods.clip import CLIPConfig
from playground.insight.text.caption_search import Captions, captions_of, cosines_with
from playground.records import Probe
from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components.gallery import GalleryItem, grid
from playground.ui.components.thumbnails import Thumbnails
from playground.ui.components.widget_state import set_widget_value, widget_key
from playground.ui.panels.frame import soon
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.image_to_texts import texts_of_image
from playground.ui.panels.text.text_reader import Reading, all_unknown, newest_reading, remark
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import follow_click
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_links, printable

FOUND, EXAMPLES = 12, 4  # images of a text, and captions that are offered
MOST_LETTERS = 1000
HOW = (
    "Images and texts lie in one space, so a text finds images and an image finds texts: by cosine, among the probe's."
)
EMPTY = "Type what to look for, or choose an example."
NOTHING_KNOWN = "None of these words occurred in training, so there is nothing to look for: choose an example."


def search_tab(view: RunView) -> None:
    """From text to images on the left, from an image to texts on the right."""
    probe, snapshot, sheet = view.probe, view.snapshot(), view.thumbnails
    if probe is None or snapshot is None or sheet is None or not probe.view_texts:
        soon()
        return
    captions = view.memo.get("captions of search", None, lambda: captions_of(probe.view_texts))
    by_text, by_image = st.columns(2)
    with by_text:
        _by_text(view, probe, captions, sheet)
    with by_image:
        texts_of_image(view, probe, captions, snapshot, sheet)


def _by_text(view: RunView, probe: Probe, captions: Captions, sheet: Thumbnails) -> None:
    st.markdown("**From text to images**")
    key = widget_key(f"{view.name}text", view.digest[:8])
    text = " ".join((st.text_input("Look for", key=key, persist_state="session") or "").split())
    _examples(captions, key)
    if not text:
        st.info(EMPTY)
    elif len(text) > MOST_LETTERS:
        complain(f"The text has {len(text):,} letters: at most {MOST_LETTERS:,} are allowed.")
    elif (reading := _reading(view)) is None:
        return
    elif all_unknown(reading.vocabulary, text):
        complain(NOTHING_KNOWN)
    else:
        _images_of(view, reading, text, probe, sheet)


def _examples(captions: Captions, key: str) -> None:
    """Some captions of the probe, each a click away."""
    places = captions.of_image[np.linspace(0, len(captions.of_image) - 1, EXAMPLES).round().astype(np.int64)]
    with st.container(horizontal=True, gap="small"):
        for place in dict.fromkeys(places.tolist()):
            caption = captions.texts[place]
            shown = escape_markdown_links(printable(caption, 60))
            st.button(shown, key=widget_key(key, place), on_click=set_widget_value, args=(key, caption))


def _reading(view: RunView) -> Reading | None:
    """The newest; where there is none that can be used, None and a sentence."""
    try:
        reading = newest_reading(view.folder)
    except (UnreadableRun, RuntimeError) as error:
        complain(error)
        return None
    if reading is None:
        soon()
    return reading


def _images_of(view: RunView, reading: Reading, text: str, probe: Probe, sheet: Thumbnails) -> None:
    method = view.folder.config.method
    assert isinstance(method, CLIPConfig)
    remark(reading.vocabulary, text, method.words, method.length)
    cosines = view.memo.get(
        "text", (reading.step, text), lambda: cosines_with(reading.images, reading.embed([text])[0])
    )
    rows = np.argsort(-cosines, kind="stable")[:FOUND]
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


PANEL = Panel("Search", "Search", HOW, search_tab, applies_to=runs_on("captions"))
