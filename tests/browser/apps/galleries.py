"""Galleries that a person walks through by clicks, for the browser tests. Started by `streamlit run`."""

from functools import cache

import numpy as np
import streamlit as st

from playground.ui.components import assets
from playground.ui.components.gallery import IMAGE_SHEET, VIEW_SHEET, GalleryItem, GalleryRow, gallery, grid
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails

IMAGE_COUNT = 300


@cache
def sheets() -> dict[str, Thumbnails]:
    """Image i is red, green and blue by the digits of i; its view is the same with a white frame."""
    i = np.arange(IMAGE_COUNT)
    colour = np.stack([i % 7 * 40, i // 7 % 7 * 40, i // 49 * 40], axis=1).astype(np.uint8)
    images = np.broadcast_to(colour[:, None, None, :], (IMAGE_COUNT, 32, 32, 3)).copy()
    framed = images.copy()
    framed[:, :4] = framed[:, :, :4] = 255
    return {IMAGE_SHEET: make_thumbnails(images), VIEW_SHEET: make_thumbnails(framed)}


def neighbours(image: int) -> list[GalleryItem]:
    places = range(1, 9)
    return [
        GalleryItem((image + place) % IMAGE_COUNT, 1 - place / 20, label="cat", badge="kept near" if place < 3 else "")
        for place in places
    ]


def row(anchor: int) -> GalleryRow:
    positive = GalleryItem(anchor, 0.97, 0.31, None, "cat", sheet=VIEW_SHEET)
    others = (GalleryItem((anchor + 7 * i) % IMAGE_COUNT, 0.9 - i / 10, 0.12, i == 1, "cat") for i in range(1, 6))
    return GalleryRow(anchor, "cat", (positive, *others))


def main() -> None:
    state = st.session_state
    clickable = not st.toggle("Only look")

    @st.fragment(run_every=0.5)
    def pictures() -> None:
        state["tick"] = state.get("tick", -1) + 1
        image = state.get("image", 0)
        asked = gallery([row(image), row(image + 10)], sheets(), key="rows", alt="anchors", clickable=clickable)
        asked_too = grid(neighbours(image), sheets(), key="near", alt="neighbours", clickable=clickable)
        grid([GalleryItem(i, label=f"class {i % 3}") for i in range(IMAGE_COUNT)], sheets(), key="lasso", alt="lasso")
        for answer in (asked, asked_too):
            if answer is not None:
                state["image"] = answer
        if state.get("image", 0) != image:
            st.rerun(scope="fragment")
        st.text(f"tick={state['tick']}")
        st.text(f"image={image}")

    pictures()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=assets.asset_routes())
