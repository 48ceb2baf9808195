"""The Python face of the gallery: the words under and behind each picture, the sheets, and the click that comes back."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.components.gallery import (
    IMAGE_SHEET,
    VIEW_SHEET,
    GalleryItem,
    GalleryRow,
    _checked_index,
    _item_cell,
    _row_cells,
    gallery,
)
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails


def page() -> None:
    import numpy as np
    import streamlit as st

    from playground.ui.components.gallery import IMAGE_SHEET, VIEW_SHEET, GalleryItem, GalleryRow, gallery, grid
    from playground.ui.components.thumbnails import make_thumbnails

    pictures = make_thumbnails(np.zeros((9, 8, 8, 3), np.uint8))
    items = (GalleryItem(3, 0.934, 0.12, True, "cat"), GalleryItem(4, -0.5, 0.001, None, ""))
    gallery([GalleryRow(0, "dog", items), GalleryRow(1, "", ())], pictures, key="negatives", alt="hardest negatives")
    two = {IMAGE_SHEET: pictures, VIEW_SHEET: make_thumbnails(np.ones((9, 8, 8, 3), np.uint8))}
    rows = [GalleryRow(0, "dog", (GalleryItem(0, 0.8, sheet=VIEW_SHEET), *items))]
    st.text(repr(gallery(rows, two, key="positives", alt="with positives", clickable=True)))
    grid([GalleryItem(i % 9, label="cat") for i in range(1300)], two, key="lasso", alt="selected", most=50)
    grid([], pictures, key="none", alt="nothing selected")


def sent() -> list[dict[str, Any]]:
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.text[0].value == "None"
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def test_mounts_with_rows_as_given() -> None:
    data = sent()[0]
    assert data["alt"] == "hardest negatives" and data["note"] == ""
    assert [len(row["items"]) for row in data["rows"]] == [2, 0]
    anchor = data["rows"][0]["anchor"]
    assert (anchor["index"], anchor["words"], anchor["alt"]) == (0, "dog", "anchor: dog")
    assert data["rows"][1]["anchor"]["alt"] == "anchor: image 1"
    assert list(data["sprites"]) == ["images"] and data["sprites"]["images"]["columns"] == 3
    assert data["clickable"] == []


def test_positives_come_from_the_sheet_of_views() -> None:
    data = sent()[1]
    assert data["sprites"]["images"]["digest"] != data["sprites"]["views"]["digest"]
    assert [item["sheet"] for item in data["rows"][0]["items"]] == ["views", "images", "images"]
    assert data["clickable"] == ["images", "views"]


def test_a_grid_has_no_anchor_and_says_how_many_are_left_out() -> None:
    selected, nothing = sent()[2:]
    assert selected["rows"][0]["anchor"] is None and len(selected["rows"][0]["items"]) == 50
    assert selected["note"] == "and 1,250 more"
    assert list(selected["sprites"]) == ["images"]
    assert nothing["rows"][0]["items"] == [] and nothing["note"] == ""


def test_a_sheet_that_is_not_there_is_refused() -> None:
    pictures = make_thumbnails(np.zeros((2, 8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match="'views', but there is only images"):
        gallery([GalleryRow(0, "", (GalleryItem(0, sheet=VIEW_SHEET),))], pictures, key="a", alt="")


@pytest.mark.parametrize(
    ("item", "alt", "words", "badge"),
    [
        (
            GalleryItem(3, 0.934, 0.12, False, "cat"),
            "cat, similarity 0.93, 12 % of the weight",
            "0.93\n12 %",
            "",
        ),
        (GalleryItem(3, -0.5, 0.0), "image 3, similarity -0.50, 0 % of the weight", "-0.50\n0 %", ""),
        (GalleryItem(3, 1.0, 0.001), "image 3, similarity 1.00, <1 % of the weight", "1.00\n<1 %", ""),
        (
            GalleryItem(3, 0.934, 1.0, True, "cat"),
            "cat, similarity 0.93, 100 % of the weight, same class as the anchor",
            "0.93\n100 %",
            "same class",
        ),
        (
            GalleryItem(3, 0.8, None, True, "cat", sheet=VIEW_SHEET),
            "positive, an augmented view of the anchor, similarity 0.80",
            "0.80",
            "positive",
        ),
        (GalleryItem(3, 0.8, label="cat", badge="kept near"), "cat, similarity 0.80, kept near", "0.80", "kept near"),
        (GalleryItem(3, label="cat"), "cat", "cat", ""),
        (GalleryItem(3), "image 3", "", ""),
    ],
)
def test_words_of_a_picture(item: GalleryItem, alt: str, words: str, badge: str) -> None:
    sent = _item_cell(item)
    assert (sent["alt"], sent["words"], sent["badge"]) == (alt, words, badge)


MARKUP = "<b>bold</b> <script>alert(1)</script> [link](http://example.org) **strong** $x$"


def texts_page(markup: str) -> None:
    from playground.ui.components.gallery import IMAGE_SHEET, VIEW_SHEET, GalleryItem, GalleryRow, gallery, grid

    said = {
        IMAGE_SHEET: ("a red star", markup, "a  blue\n disc"),
        VIEW_SHEET: ("a star that is red", "itself", "a disc"),
    }
    items = (
        GalleryItem(0, 0.8, 0.001, sheet=VIEW_SHEET),
        GalleryItem(1, 0.934, 0.12, True, "stars"),
        GalleryItem(2, -0.001, 0.0, badge="near-duplicate"),
    )
    gallery([GalleryRow(0, "stars", items)], said, key="rows", alt="texts", clickable=True, lines=2)
    grid([GalleryItem(1, label="stars", badge="clicked"), GalleryItem(2, 0.5)], said, key="grid", alt="near texts")


def sent_texts() -> list[dict[str, Any]]:
    app = AppTest.from_function(texts_page, args=(MARKUP,)).run()
    assert not app.exception
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def test_texts_take_the_place_of_pictures() -> None:
    data = sent_texts()[0]
    assert (data["sprites"], data["lines"], data["clickable"]) == ({}, 2, ["images", "views"])
    (row,) = data["rows"]
    told = [
        tuple(cell[name] for name in ("index", "text", "words", "tag", "badge", "mark", "alt"))
        for cell in (row["anchor"], *row["items"])
    ]
    assert told == [
        (0, "a red star", "", "stars", "", "", "anchor, stars"),
        (0, "a star that is red", "0.80 · <1 %", "", "positive", "positive",
         "positive, similarity 0.80, <1 % of the weight"),
        (1, MARKUP, "0.93 · 12 %", "stars", "same class", "same",
         "stars, similarity 0.93, 12 % of the weight, same class as the anchor"),
        (2, "a blue disc", "0.00 · 0 %", "", "near-duplicate", "",
         "similarity 0.00, 0 % of the weight, near-duplicate"),
    ]  # fmt: skip


def test_a_grid_of_texts_has_figures_only_where_there_are_some() -> None:
    clicked, near = sent_texts()[1]["rows"][0]["items"]
    assert (clicked["text"], clicked["words"], clicked["tag"], clicked["badge"]) == (MARKUP, "", "stars", "clicked")
    assert (near["text"], near["words"], near["tag"]) == ("a blue disc", "0.50", "")


def test_pictures_and_texts_stand_in_one_row() -> None:
    sheets: dict[str, Thumbnails | Sequence[str]] = {
        IMAGE_SHEET: make_thumbnails(np.zeros((2, 8, 8, 3), np.uint8)),
        VIEW_SHEET: ("a caption", "another"),
    }
    row = _row_cells(GalleryRow(1, "cat", (GalleryItem(1, 0.5, sheet=VIEW_SHEET), GalleryItem(0, 0.4))), sheets)
    assert ["text" in cell for cell in (row["anchor"], *row["items"])] == [False, True, False]
    assert row["items"][0]["text"] == "another"


def test_characters_that_turn_or_break_lines_are_not_passed_on() -> None:
    row = _row_cells(GalleryRow(0, "", ()), {IMAGE_SHEET: ("a\u202etxt\x00 end " + "x" * 3000,)})
    text = row["anchor"]["text"]
    assert text.startswith("a?txt? end ") and len(text) < 2100


@pytest.mark.parametrize(("answer", "expected"), [(None, None), (3, 3), (0, 0), (-1, None), ("3", None), (True, None)])
def test_only_an_index_comes_back(answer: object, expected: int | None) -> None:
    assert _checked_index(answer) == expected
