"""The hardest pairs of images and captions, with the nearest wrong captions and images of a chosen pair."""

import numpy as np
import streamlit as st

from playground.insight.arrays import RowIndices
from playground.insight.negatives import hardest_anchors, row_cosines
from playground.insight.text.image_text import Candidates, PairComparison, wrong_captions, wrong_images
from playground.ui.components.gallery import GalleryItem, GallerySet, gallery_sets, grid
from playground.ui.components.widget_state import set_widget_value, widget_key, widget_value
from playground.ui.panels.frame import heading
from playground.ui.panels.text.image_text_cache import CaptionedPairs, shown_comparison
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import ImageSelection, find_selection, follow_click

SHOWN_PAIRS, SHOWN_CAPTIONS, SHOWN_IMAGES = 12, 6, 12
PAIR_SIDE = 52  # px of a picture
LONGEST_CAPTION = 300  # characters of a caption
HARDEST_PAIRS_HELP = (
    "Images whose most similar wrong caption is most clearly ahead of their own, one of each class first. Click a "
    "picture, here or anywhere, or give a number: its wrong captions and its caption's wrong images appear below."
)
RANKS_NOTE = "Places are among all {count:,} of the probe, the most similar first."


def draw_hardest_pairs(view: RunView, pairs: CaptionedPairs) -> None:
    """Draws the hardest pairs, and the nearest wrong captions and images of the chosen one."""
    heading("Hardest pairs", HARDEST_PAIRS_HELP)
    found = shown_comparison(view, pairs)
    rows = view.memo.get("hardest pairs", pairs.look.step, lambda: _hardest_rows(found, pairs.probe.labels))
    if not len(rows):
        st.info("No image has a wrong caption: all captions are equal.")
        return
    picks = find_selection(view)
    follow_click(view, _draw_hardest(view, found, rows))
    row = _choose_pair(view, picks, pairs, int(rows[0]))
    left, right = st.columns(2)
    with left:
        follow_click(view, _draw_wrong_captions(view, pairs, found, row))
    with right:
        follow_click(view, _draw_wrong_images(view, pairs, found, row))
    st.caption(RANKS_NOTE.format(count=pairs.count))


def _hardest_rows(found: PairComparison, labels: RowIndices | None) -> RowIndices:
    """Rows [m] of the images whose nearest wrong caption is most ahead of their own; equal captions are not wrong."""
    rows = hardest_anchors(found.lead, SHOWN_PAIRS, labels)
    return np.asarray(rows[np.isfinite(found.lead[rows])])


def _draw_hardest(view: RunView, found: PairComparison, rows: RowIndices) -> int | None:
    sheet = view.thumbnails
    assert sheet is not None  # there are pairs
    places = [_rank_in_words(int(found.caption_ranks[row])) for row in rows]
    items = [
        GalleryItem(int(row), label=f"image {row}", words=f"{row}\n{place}")
        for row, place in zip(rows, places, strict=True)
    ]
    alt = f"The {len(items)} hardest images, each with its number and the place of its own caption."
    return grid(items, sheet, key=f"{view.name}hardest pairs", alt=alt, clickable=True)


def _choose_pair(view: RunView, picks: ImageSelection, pairs: CaptionedPairs, hardest: int) -> int:
    """Draws the number field; returns the pair that was clicked or entered last, else the hardest."""
    key = widget_key(f"{view.name}pair number", view.folder.id)
    # Its value is not the chosen pair: a browser with an outdated value would send that as if it were typed.
    st.number_input(
        "Look up a pair", 0, pairs.count - 1, None, 1, key=key, width=200, on_change=_look_up, args=(picks, key),
        placeholder=f"0 to {pairs.count - 1:,}", help="By its number in the probe set, as hints and captions tell it.",
    )  # fmt: skip
    return hardest if picks.focus is None else min(picks.focus, pairs.count - 1)


def _look_up(picks: ImageSelection, key: str) -> None:
    """Chooses the pair and empties the field, so that the same number can be entered again."""
    if (number := widget_value(key, int, -1)) >= 0:
        picks.focus = number
        set_widget_value(key, None)


def _draw_wrong_captions(view: RunView, pairs: CaptionedPairs, found: PairComparison, row: int) -> int | None:
    """Draws the own caption of the image, then wrong ones, each with its image. Returns the clicked image."""
    look = pairs.look
    wrong = view.memo.get(
        "wrong captions", (look.step, row),
        lambda: wrong_captions(look.z, look.z_view, pairs.captions, row, SHOWN_CAPTIONS),
    )  # fmt: skip
    place = int(found.caption_ranks[row])
    st.markdown(
        f"**Image {row}**: its own caption comes in {_rank_in_words(place)}. With it, the wrong captions nearest to it:"
    )
    shown = [_own_item(pairs, row, place), *_wrong_items(pairs, wrong, row)]
    groups = [GallerySet(_shorten_caption(pairs.caption(item.index)), (item,)) for item in shown]
    alt = f"Image {row} with its own caption, and the {len(wrong.rows)} wrong captions nearest to it."
    return _draw_pair_sets(view, "wrong captions", groups, alt, width=160)


def _draw_wrong_images(view: RunView, pairs: CaptionedPairs, found: PairComparison, row: int) -> int | None:
    """Draws the own image of the caption, then wrong ones. Returns the clicked image."""
    look = pairs.look
    wrong = view.memo.get(
        "wrong images", (look.step, row), lambda: wrong_images(look.z, look.z_view, pairs.captions, row, SHOWN_IMAGES)
    )
    place = int(found.image_ranks[row])
    st.markdown(
        f"**Caption {row}**: its own image comes in {_rank_in_words(place)}. With it, the wrong images nearest to it:"
    )
    groups = [
        GallerySet(
            _shorten_caption(pairs.caption(row)), (_own_item(pairs, row, place), *_wrong_items(pairs, wrong, row))
        )
    ]
    alt = f"Caption {row} with its own image, and the {len(wrong.rows)} wrong images nearest to it."
    return _draw_pair_sets(view, "wrong images", groups, alt, width=300)


def _own_item(pairs: CaptionedPairs, row: int, place: int) -> GalleryItem:
    cosine = float(row_cosines(pairs.look.z[[row]], pairs.look.z_view[[row]])[0])
    return GalleryItem(row, label=f"image {row}", badge="its own", words=f"{cosine:.2f}\n{_rank_in_words(place)}")


def _wrong_items(pairs: CaptionedPairs, wrong: Candidates, row: int) -> list[GalleryItem]:
    labels = pairs.probe.labels
    return [
        GalleryItem(
            int(other), same_class=None if labels is None else bool(labels[other] == labels[row]),
            label=f"image {other}", words=f"{cosine:.2f}\n{_rank_in_words(int(place))}",
        )
        for other, cosine, place in zip(wrong.rows, wrong.cosines, wrong.ranks, strict=True)
    ]  # fmt: skip


def _draw_pair_sets(view: RunView, key: str, groups: list[GallerySet], alt: str, *, width: int) -> int | None:
    sheet = view.thumbnails
    assert sheet is not None  # there are pairs
    return gallery_sets(groups, sheet, key=f"{view.name}{key}", alt=alt, side=PAIR_SIDE, width=width, clickable=True)


def _rank_in_words(rank: int) -> str:
    return f"place {rank:,}"


def _shorten_caption(caption: str) -> str:
    words = " ".join(caption.split())
    return words if len(words) <= LONGEST_CAPTION else f"{words[: LONGEST_CAPTION - 1]}…"
