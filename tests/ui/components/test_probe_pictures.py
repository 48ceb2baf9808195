"""What a probe set looks like, and how a gallery shows it."""

import numpy as np

from playground.records import Probe
from playground.ui.components.gallery import IMAGE_SHEET, VIEW_SHEET
from playground.ui.components.probe_pictures import CARD_SIDE, SAME_SENTENCE, probe_sheets, probe_thumbnails
from playground.ui.components.thumbnails import Thumbnails

PICTURES = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
NONE = np.zeros((2, 0, 0, 3), np.uint8)


def test_images_and_their_views_are_pictures() -> None:
    sheets = probe_sheets(Probe(PICTURES, None, (), PICTURES[::-1].copy()))
    assert all(isinstance(sheet, Thumbnails) for sheet in sheets.values())
    assert sheets[IMAGE_SHEET] == probe_thumbnails(Probe(PICTURES, None, (), PICTURES))
    assert sheets[IMAGE_SHEET] != sheets[VIEW_SHEET]


def test_captions_are_read_beside_pictures() -> None:
    sheets = probe_sheets(Probe(PICTURES, None, (), PICTURES, view_texts=("a cat", "a dog")))
    assert isinstance(sheets[IMAGE_SHEET], Thumbnails)
    assert sheets[VIEW_SHEET] == ("a cat", "a dog")


def test_sentences_are_read_and_one_that_is_its_own_positive_says_so() -> None:
    probe = Probe(NONE, None, (), NONE, texts=("a cat sat", "a dog ran"), view_texts=("one cat sat", "a dog ran"))
    assert probe_sheets(probe) == {IMAGE_SHEET: ("a cat sat", "a dog ran"), VIEW_SHEET: ["one cat sat", SAME_SENTENCE]}
    assert probe_thumbnails(probe).side == CARD_SIDE
