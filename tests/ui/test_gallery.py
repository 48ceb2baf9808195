"""The Python face of the gallery: the words under and behind each picture, the sheets, and the click that comes back."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.gallery import VIEWS, GalleryItem, GalleryRow, _clicked, _item, gallery
from playground.ui.thumbnails import make_thumbnails


def page() -> None:
    import numpy as np
    import streamlit as st

    from playground.ui.gallery import IMAGES, VIEWS, GalleryItem, GalleryRow, gallery, grid
    from playground.ui.plot import make_thumbnails

    pictures = make_thumbnails(np.zeros((9, 8, 8, 3), np.uint8))
    items = (GalleryItem(3, 0.934, 0.12, True, "cat"), GalleryItem(4, -0.5, 0.001, None, ""))
    gallery([GalleryRow(0, "dog", items), GalleryRow(1, "", ())], pictures, key="negatives", alt="hardest negatives")
    two = {IMAGES: pictures, VIEWS: make_thumbnails(np.ones((9, 8, 8, 3), np.uint8))}
    rows = [GalleryRow(0, "dog", (GalleryItem(0, 0.8, sheet=VIEWS), *items))]
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
        gallery([GalleryRow(0, "", (GalleryItem(0, sheet=VIEWS),))], pictures, key="a", alt="")


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
            GalleryItem(3, 0.8, None, True, "cat", sheet=VIEWS),
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
    sent = _item(item)
    assert (sent["alt"], sent["words"], sent["badge"]) == (alt, words, badge)


@pytest.mark.parametrize(("answer", "expected"), [(None, None), (3, 3), (0, 0), (-1, None), ("3", None), (True, None)])
def test_only_an_index_comes_back(answer: object, expected: int | None) -> None:
    assert _clicked(answer) == expected
