"""Texts as pictures: where others show what an image or its view looks like, a text shows what it says."""

import textwrap
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIDE = 96  # px
LETTER = 11  # px high
LINES, LETTERS = 7, 15  # that fit
MARGIN, LEADING = 4, 12.5  # px
PAPER, INK = (250, 248, 240), (24, 24, 24)


def cards_of(texts: Sequence[str]) -> NDArray[np.uint8]:
    """A card for each of n texts: [n, SIDE, SIDE, 3]. What does not fit ends in "…"; equal texts are drawn once."""
    drawn = {text: _card(text) for text in dict.fromkeys(texts)}
    return np.stack([drawn[text] for text in texts]) if texts else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def _card(text: str) -> NDArray[np.uint8]:
    card = Image.new("RGB", (SIDE, SIDE), PAPER)
    pen = ImageDraw.Draw(card)
    for number, line in enumerate(textwrap.wrap(text, LETTERS, max_lines=LINES, placeholder=" …")):
        pen.text((MARGIN, MARGIN + number * LEADING), line, INK, font=_font())
    return np.asarray(card)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The one that Pillow brings along: it knows Latin letters, and shows others as boxes."""
    return ImageFont.load_default(LETTER)
