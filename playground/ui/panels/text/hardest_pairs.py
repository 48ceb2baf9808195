"""The hardest pairs: which wrong captions an image is nearest to, and which wrong images a caption."""

import numpy as np
import streamlit as st

from playground.insight.negatives import hardest_anchors, paired_cosine
from playground.insight.text.image_text import Candidates, Paired, Rows, wrong_captions, wrong_images
from playground.ui.components.gallery import GalleryItem, GallerySet, grid, sets
from playground.ui.components.widget_state import set_widget_value, widget_key, widget_value
from playground.ui.panels.frame import lead
from playground.ui.panels.text.image_text_cache import Pairs, paired
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import Picking, follow_click, picking

HARDEST, CAPTIONS, IMAGES = 12, 6, 12
SIDE = 52  # px of a picture
LONGEST = 300  # characters of a caption
HOW = (
    "Images whose most similar wrong caption is most clearly ahead of their own, one of each class first. Click a "
    "picture, here or anywhere, or give a number: its wrong captions and its caption's wrong images appear below."
)
PLACES = "Places are among all {count:,} of the probe, the most similar first."


def hardest(view: RunView, pairs: Pairs) -> None:
    """The hardest, and both lists of the chosen one."""
    lead("Hardest pairs", HOW)
    found = paired(view, pairs)
    rows = view.memo.get("hardest pairs", pairs.look.step, lambda: _hardest(found, pairs.probe.labels))
    if not len(rows):
        st.info("No image has a wrong caption: all captions are equal.")
        return
    picks = picking(view)
    follow_click(view, _show_hardest(view, found, rows))
    row = _chosen(view, picks, pairs, int(rows[0]))
    left, right = st.columns(2)
    with left:
        follow_click(view, _captions(view, pairs, found, row))
    with right:
        follow_click(view, _images(view, pairs, found, row))
    st.caption(PLACES.format(count=pairs.count))


def _hardest(found: Paired, labels: Rows | None) -> Rows:
    """Of images whose wrong caption is ahead; without any, of those that come nearest to it."""
    rows = hardest_anchors(found.lead, HARDEST, labels)
    return np.asarray(rows[np.isfinite(found.lead[rows])])


def _show_hardest(view: RunView, found: Paired, rows: Rows) -> int | None:
    sheet = view.thumbnails
    assert sheet is not None  # there are pairs
    places = [_place(int(found.caption_ranks[row])) for row in rows]
    items = [
        GalleryItem(int(row), label=f"image {row}", words=f"{row}\n{place}")
        for row, place in zip(rows, places, strict=True)
    ]
    alt = f"The {len(items)} hardest images, each with its number and the place of its own caption."
    return grid(items, sheet, key=f"{view.name}hardest pairs", alt=alt, clickable=True)


def _chosen(view: RunView, picks: Picking, pairs: Pairs, hardest: int) -> int:
    """The pair that was clicked or looked up last, else the hardest."""
    key = widget_key(f"{view.name}pair number", view.folder.id)
    # Not bound to what is chosen: a browser that has not heard of a new value yet would send the old one as if typed.
    st.number_input(
        "Look up a pair", 0, pairs.count - 1, None, 1, key=key, width=200, on_change=_look_up, args=(picks, key),
        placeholder=f"0 to {pairs.count - 1:,}", help="By its number in the probe set, as hints and captions tell it.",
    )  # fmt: skip
    return hardest if picks.focus is None else min(picks.focus, pairs.count - 1)


def _look_up(picks: Picking, key: str) -> None:
    """The field is empty again, so that the same number can be looked up later."""
    if (number := widget_value(key, int, -1)) >= 0:
        picks.focus = number
        set_widget_value(key, None)


def _captions(view: RunView, pairs: Pairs, found: Paired, row: int) -> int | None:
    """The image's own caption, then wrong ones, each with the image that it belongs to."""
    look = pairs.look
    wrong = view.memo.get(
        "wrong captions", (look.step, row),
        lambda: wrong_captions(look.z, look.z_view, pairs.captions, row, CAPTIONS),
    )  # fmt: skip
    place = int(found.caption_ranks[row])
    st.markdown(
        f"**Image {row}**: its own caption comes in {_place(place)}. With it, the wrong captions nearest to it:"
    )
    shown = [_own(pairs, row, place), *_items(pairs, wrong, row)]
    groups = [GallerySet(_short(pairs.caption(item.index)), (item,)) for item in shown]
    alt = f"Image {row} with its own caption, and the {len(wrong.rows)} wrong captions nearest to it."
    return _drawn(view, "wrong captions", groups, alt, width=160)


def _images(view: RunView, pairs: Pairs, found: Paired, row: int) -> int | None:
    """The caption's own image, then wrong ones."""
    look = pairs.look
    wrong = view.memo.get(
        "wrong images", (look.step, row), lambda: wrong_images(look.z, look.z_view, pairs.captions, row, IMAGES)
    )
    place = int(found.image_ranks[row])
    st.markdown(f"**Caption {row}**: its own image comes in {_place(place)}. With it, the wrong images nearest to it:")
    groups = [GallerySet(_short(pairs.caption(row)), (_own(pairs, row, place), *_items(pairs, wrong, row)))]
    alt = f"Caption {row} with its own image, and the {len(wrong.rows)} wrong images nearest to it."
    return _drawn(view, "wrong images", groups, alt, width=300)


def _own(pairs: Pairs, row: int, place: int) -> GalleryItem:
    cosine = float(paired_cosine(pairs.look.z[[row]], pairs.look.z_view[[row]])[0])
    return GalleryItem(row, label=f"image {row}", badge="its own", words=f"{cosine:.2f}\n{_place(place)}")


def _items(pairs: Pairs, wrong: Candidates, row: int) -> list[GalleryItem]:
    labels = pairs.probe.labels
    return [
        GalleryItem(
            int(other), same_class=None if labels is None else bool(labels[other] == labels[row]),
            label=f"image {other}", words=f"{cosine:.2f}\n{_place(int(place))}",
        )
        for other, cosine, place in zip(wrong.rows, wrong.cosines, wrong.ranks, strict=True)
    ]  # fmt: skip


def _drawn(view: RunView, key: str, groups: list[GallerySet], alt: str, *, width: int) -> int | None:
    sheet = view.thumbnails
    assert sheet is not None  # there are pairs
    return sets(groups, sheet, key=f"{view.name}{key}", alt=alt, side=SIDE, width=width, clickable=True)


def _place(rank: int) -> str:
    return f"place {rank:,}"


def _short(caption: str) -> str:
    words = " ".join(caption.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
