"""The Python face of the gallery: the words under and behind each picture."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.gallery import GalleryItem, _item


def page() -> None:
    import numpy as np

    from playground.ui.gallery import GalleryItem, GalleryRow, gallery
    from playground.ui.plot import make_thumbnails

    pictures = make_thumbnails(np.zeros((9, 8, 8, 3), np.uint8))
    items = (GalleryItem(3, 0.934, 0.12, True, "cat"), GalleryItem(4, -0.5, 0.001, None, ""))
    gallery([GalleryRow(0, "dog", items), GalleryRow(1, "", ())], pictures, key="negatives", alt="hardest negatives")


def test_mounts_with_rows_as_given() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    data = json.loads(app.get("bidi_component")[0].proto.json)
    assert data["alt"] == "hardest negatives"
    assert [len(row["items"]) for row in data["rows"]] == [2, 0]
    assert data["rows"][0]["anchor"] == {"index": 0, "caption": "dog", "alt": "anchor: dog"}
    assert data["rows"][1]["anchor"]["alt"] == "anchor: image 1"
    assert data["sprite"]["columns"] == 3


@pytest.mark.parametrize(
    ("item", "alt", "weight", "same"),
    [
        (GalleryItem(3, 0.934, 0.12, False, "cat"), "cat, similarity 0.93, 12 % of the weight", "12 %", False),
        (GalleryItem(3, -0.5, 0.0, None, ""), "image 3, similarity -0.50, 0 % of the weight", "0 %", False),
        (GalleryItem(3, 1.0, 0.001, None, ""), "image 3, similarity 1.00, <1 % of the weight", "<1 %", False),
        (
            GalleryItem(3, 0.934, 1.0, True, "cat"),
            "cat, similarity 0.93, 100 % of the weight, same class as the anchor",
            "100 %",
            True,
        ),
    ],
)
def test_words_of_a_picture(item: GalleryItem, alt: str, weight: str, same: bool) -> None:
    sent = _item(item)
    assert (sent["alt"], sent["weight"], sent["same"]) == (alt, weight, same)
