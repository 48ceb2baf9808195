"""Pictures in rows: an anchor and the images most similar to it, how similar, and how much they weigh in the loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.ui import assets
from playground.ui.thumbnails import Thumbnails

_component: Callable[..., Any] = st.components.v2.component("playground_gallery", js=assets.bootstrap("gallery.js"))


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """One image beside an anchor."""

    index: int  # into the thumbnails
    similarity: float  # cosine, -1 to 1
    weight: float  # share of the anchor's loss, 0 to 1
    same_class: bool | None  # as the anchor; None where the data has no classes
    label: str  # class name, or ""


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """An anchor and what is most similar to it, the most similar first."""

    anchor: int  # into the thumbnails
    label: str
    items: tuple[GalleryItem, ...]


def gallery(rows: Sequence[GalleryRow], thumbnails: Thumbnails, *, key: str, alt: str) -> None:
    """Show `rows`, or change what is shown under `key` to them. `alt` says in words what the gallery shows."""
    data = {"alt": alt, "sprite": thumbnails.offer(), "rows": [_row(row) for row in rows]}
    _component(key=key, data=data)


def _row(row: GalleryRow) -> dict[str, object]:
    anchor = {"index": row.anchor, "caption": row.label, "alt": f"anchor: {_named(row.label, row.anchor)}"}
    return {"anchor": anchor, "items": [_item(item) for item in row.items]}


def _item(item: GalleryItem) -> dict[str, object]:
    """The words are made here, so that what is seen and what is read aloud are the same numbers."""
    similarity, weight = f"{item.similarity:.2f}", _percent(item.weight)
    alt = f"{_named(item.label, item.index)}, similarity {similarity}, {weight} of the weight"
    same = bool(item.same_class)
    return {
        "index": item.index,
        "similarity": similarity,
        "weight": weight,
        "same": same,
        "alt": f"{alt}, same class as the anchor" if same else alt,
    }


def _named(label: str, index: int) -> str:
    return label or f"image {index}"


def _percent(share: float) -> str:
    """0.12 -> "12 %"; what is there but rounds to nothing is "<1 %"."""
    return "<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"
