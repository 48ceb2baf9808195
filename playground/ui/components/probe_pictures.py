"""Pictures of the samples of a probe set: thumbnails for the hover cards of maps, and sheets for galleries.

Sentences are drawn as cards with their text where a picture is needed; galleries show them as texts.
"""

import hashlib
import textwrap
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from playground.records import Probe
from playground.ui.components.gallery import IMAGE_SHEET, VIEW_SHEET, NamedSheets, Sheet
from playground.ui.components.thumbnails import MOST_SHEETS, Thumbnails, cached_thumbnails, make_thumbnails

CARD_SIDE = 96  # px
CARD_MARGIN = 4  # px
PAPER, INK = (250, 248, 240), (24, 24, 24)


class TypeSize(NamedTuple):
    """A font size, and how much text of it fits on a card."""

    size: int  # px
    leading: float  # px between lines
    lines: int
    letters: int  # per line


# Tried in this order until all fits.
TYPE_SIZES: Final = (TypeSize(11, 12.5, 7, 15), TypeSize(9, 11, 8, 18), TypeSize(8, 9.5, 9, 21))


def draw_text_cards(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Cards of n texts, uint8 [n, CARD_SIDE, CARD_SIDE, 3]; longer texts end in "…". Equal texts are drawn once."""
    drawn = {text: _draw_card(text) for text in dict.fromkeys(texts)}
    return np.stack([drawn[text] for text in texts]) if texts else np.zeros((0, CARD_SIDE, CARD_SIDE, 3), np.uint8)


def _draw_card(text: str) -> NDArray[np.uint8]:
    card = Image.new("RGB", (CARD_SIDE, CARD_SIDE), PAPER)
    pen = ImageDraw.Draw(card)
    chosen, lines = _wrap_to_fit(text)
    for number, line in enumerate(lines):
        pen.text((CARD_MARGIN, CARD_MARGIN + number * chosen.leading), line, INK, font=_font(chosen.size))
    return np.asarray(card)


def _wrap_to_fit(text: str) -> tuple[TypeSize, list[str]]:
    """The largest type size in which `text` fits, else the smallest, and its lines in it."""
    for one in TYPE_SIZES:
        if len(lines := textwrap.wrap(text, one.letters)) <= one.lines:
            return one, lines
    return one, textwrap.wrap(text, one.letters, max_lines=one.lines, placeholder=" …")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in font. It has Latin letters only; others are drawn as boxes."""
    return ImageFont.load_default(size)


SAME_SENTENCE: Final = "itself, under other dropout"  # shown as the positive of a sentence without another one


def probe_thumbnails(probe: Probe) -> Thumbnails:
    """Thumbnails of the probe images, or of cards with its texts."""
    if not probe.texts:
        return cached_thumbnails(probe.images)
    return _cached_cards(
        hashlib.sha256("\0".join(probe.texts).encode("utf-8", "surrogatepass")).hexdigest(), probe.texts
    )


@st.cache_resource(show_spinner=False, max_entries=MOST_SHEETS)
def _cached_cards(digest: str, _texts: Sequence[str]) -> Thumbnails:
    """Thumbnails of cards, drawn once for all sessions: a thousand take three seconds."""
    return make_thumbnails(draw_text_cards(_texts), CARD_SIDE)


def probe_sheets(probe: Probe) -> NamedSheets:
    """The sheets of the probe samples (IMAGE_SHEET) and of their positives (VIEW_SHEET), of pictures or of texts."""
    return {IMAGE_SHEET: probe.texts or cached_thumbnails(probe.images), VIEW_SHEET: _positive_sheet(probe)}


def _positive_sheet(probe: Probe) -> Sheet:
    if not probe.view_texts:
        return cached_thumbnails(probe.views)
    if not probe.texts:
        return probe.view_texts
    return [SAME_SENTENCE if view == text else view for text, view in zip(probe.texts, probe.view_texts, strict=True)]
