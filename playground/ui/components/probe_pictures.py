"""What a probe set looks like: in pictures, for a map's hints, and as a gallery shows it, where texts are read.

Texts as pictures: where others show what an image or its view looks like, a text shows what it says.
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
from playground.ui.components.gallery import IMAGES, VIEWS, NamedSheets, Sheet
from playground.ui.components.thumbnails import MOST_SHEETS, Thumbnails, make_thumbnails, thumbnails_of

SIDE = 96  # px
MARGIN = 4  # px
PAPER, INK = (250, 248, 240), (24, 24, 24)


class Type(NamedTuple):
    """Letters of one size, and how much of them a card holds."""

    size: int  # px
    leading: float  # px from line to line
    lines: int
    letters: int  # in a line


TYPES: Final = (Type(11, 12.5, 7, 15), Type(9, 11, 8, 18), Type(8, 9.5, 9, 21))  # the largest in which all fits


def cards_of(texts: Sequence[str]) -> NDArray[np.uint8]:
    """A card for each of n texts: [n, SIDE, SIDE, 3]. What does not fit ends in "…"; equal texts are drawn once."""
    drawn = {text: _card(text) for text in dict.fromkeys(texts)}
    return np.stack([drawn[text] for text in texts]) if texts else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _card(text: str) -> NDArray[np.uint8]:
    card = Image.new("RGB", (SIDE, SIDE), PAPER)
    pen = ImageDraw.Draw(card)
    chosen, lines = _set(text)
    for number, line in enumerate(lines):
        pen.text((MARGIN, MARGIN + number * chosen.leading), line, INK, font=_font(chosen.size))
    return np.asarray(card)


def _set(text: str) -> tuple[Type, list[str]]:
    """In the largest letters that let all of it be shown, else in the smallest."""
    for one in TYPES:
        if len(lines := textwrap.wrap(text, one.letters)) <= one.lines:
            return one, lines
    return one, textwrap.wrap(text, one.letters, max_lines=one.lines, placeholder=" …")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The one that Pillow brings along: it knows Latin letters, and shows others as boxes."""
    return ImageFont.load_default(size)


ITSELF: Final = "itself, under other dropout"  # the positive of a sentence that has no other


def pictures_of(probe: Probe) -> Thumbnails:
    """The images; of texts, what they say."""
    if not probe.texts:
        return thumbnails_of(probe.images)
    return _cards(hashlib.sha256("\0".join(probe.texts).encode("utf-8", "surrogatepass")).hexdigest(), probe.texts)


@st.cache_resource(show_spinner=False, max_entries=MOST_SHEETS)
def _cards(digest: str, _texts: Sequence[str]) -> Thumbnails:
    """Drawn once for everybody who looks at these texts: a thousand take three seconds."""
    return make_thumbnails(cards_of(_texts), SIDE)


def sheets_of(probe: Probe) -> NamedSheets:
    """The images and their positives, each as pictures or as texts."""
    return {IMAGES: probe.texts or thumbnails_of(probe.images), VIEWS: _positives(probe)}


def _positives(probe: Probe) -> Sheet:
    if not probe.view_texts:
        return thumbnails_of(probe.views)
    if not probe.texts:
        return probe.view_texts
    return [ITSELF if view == text else view for text, view in zip(probe.texts, probe.view_texts, strict=True)]
