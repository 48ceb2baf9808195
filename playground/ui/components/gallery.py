"""Pictures in rows, each row beside its anchor, or in one plain grid: how similar, how much weight, of the same class.
Texts take the place of pictures where a sheet is of texts: they are lines to be read, below each other.

A click on one can lead on to that image: it is the answer of `gallery` and `grid` where they are `clickable`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Live
from playground.ui.components.thumbnails import Thumbnails
from playground.wording.escape import printable

MOST: Final = 60  # pictures of a grid: above that they are small and many, and say no more
IMAGES: Final = "images"  # the sheet of the probe set's images
VIEWS: Final = "views"  # one augmented view of each: picture i is the positive of image i
MOST_LETTERS: Final = 2000  # of a text, twice as many as a sentence of a person's own may have

_component: Callable[..., Any] = st.components.v2.component("playground_gallery", js=assets.bootstrap("gallery.js"))


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """One image. Of its words only those stand under the picture, or before the text, that are given."""

    index: int  # into the sheet
    similarity: float | None = None  # cosine, -1 to 1
    weight: float | None = None  # share of the anchor's loss, 0 to 1
    same_class: bool | None = None  # as the anchor; None where the data has no classes
    label: str = ""  # class name: part of what is read aloud, the caption where there is no figure, and behind a text
    badge: str = ""  # a word of its own, "kept near"; "positive" and "same class" come by themselves
    sheet: str = IMAGES  # where the picture or text is; in VIEWS it is the anchor's positive
    words: str = ""  # a text of its own, in the place of all others under the picture


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """An anchor, its positives if any, and what is most similar to it, the most similar first."""

    anchor: int  # into the sheet
    label: str
    items: tuple[GalleryItem, ...]
    sheet: str = IMAGES  # of the anchor: an image that is not in the probe set is in a sheet of its own


@dataclass(frozen=True, slots=True)
class GallerySet:
    """Pictures that belong together, under a title of their own."""

    title: str
    items: tuple[GalleryItem, ...]


Sheet = Thumbnails | Sequence[str]  # pictures, or texts
NamedSheets = Mapping[str, Sheet]
Sheets = Thumbnails | NamedSheets


class Pictures(TypedDict):
    """What a gallery shows, and what it says of that: both may be told as news, see `live_channel`."""

    rows: list[dict[str, Any]]
    alt: str


def pictures(rows: Sequence[GalleryRow], sheets: Sheets, alt: str) -> Pictures:
    """As `show` takes them; `alt` says in words what they are. Raises `ValueError` where an item names no sheet."""
    named = _named_sheets(sheets)
    return {"rows": [_row(row, named) for row in rows], "alt": alt}


def gallery(
    rows: Sequence[GalleryRow], sheets: Sheets, *, key: str, alt: str, clickable: bool = False, lines: int | None = None
) -> int | None:
    """Show `rows`, or change what is shown under `key` to them. `alt` says in words what the gallery shows.

    `sheets` is the sheet of images, or each sheet by the name that the items use. Returns the index of the image that
    was clicked, in the run that follows the click; a picture in neither IMAGES nor VIEWS cannot be clicked. A text of
    more than `lines` lines is cut off where that is given. Raises `ValueError` where an item names no sheet.
    """
    return show(pictures(rows, sheets, alt), sheets, key=key, clickable=clickable, lines=lines)


def show(
    shown: Pictures,
    sheets: Sheets,
    *,
    key: str,
    clickable: bool = False,
    lines: int | None = None,
    live: Live | None = None,
) -> int | None:
    """`gallery` of what is ready; with `live` news of it come past Streamlit, see `live_channel`."""
    more = {"live": live} if live else {}
    return _show(shown["rows"], "", _named_sheets(sheets), key, shown["alt"], clickable, lines=lines or 0, **more)


def grid(
    items: Sequence[GalleryItem], sheets: Sheets, *, key: str, alt: str, clickable: bool = False, most: int = MOST
) -> int | None:
    """Show the first `most` of `items` in one grid, larger than in rows, and say how many more there are."""
    more = len(items) - most
    note = f"and {more:,} more" if more > 0 else ""
    named = _named_sheets(sheets)
    return _show([_loose(items[:most], named)], note, named, key, alt, clickable)


def sets(
    groups: Sequence[GallerySet], sheets: Sheets, *, key: str, alt: str, side: int, width: int, clickable: bool = False
) -> int | None:
    """Show each set in a frame of at least `width` px, as many abreast as there is room for.

    Pictures are `side` px large, with room for a few words under each.
    """
    named = _named_sheets(sheets)
    rows = [{"title": group.title, **_loose(group.items, named)} for group in groups]
    return _show(rows, "", named, key, alt, clickable, side=side, width=width)


def _named_sheets(sheets: Sheets) -> NamedSheets:
    return {IMAGES: sheets} if isinstance(sheets, Thumbnails) else sheets


def _show(
    rows: list[dict[str, Any]],
    note: str,
    sheets: NamedSheets,
    key: str,
    alt: str,
    clickable: bool,
    **more: int | Live,
) -> int | None:
    used = sorted({cell["sheet"] for row in rows for cell in (row["anchor"], *row["items"]) if cell})
    data = {
        "alt": alt,
        "note": note,
        "sprites": {name: sheet.offer() for name in used if isinstance(sheet := sheets[name], Thumbnails)},
        "clickable": [IMAGES, VIEWS] if clickable else [],
        "rows": rows,
        **more,
    }
    clicked = _component(key=key, data=data, on_clicked_change=assets.ignore).clicked
    return _clicked(clicked) if clickable else None


def _clicked(sent: object) -> int | None:
    """What a browser sent, checked. That picture may be gone by now: rows change while a click is under way."""
    return sent if isinstance(sent, int) and not isinstance(sent, bool) and sent >= 0 else None


def _row(row: GalleryRow, sheets: NamedSheets) -> dict[str, Any]:
    return {"anchor": _anchor(row, _text(sheets, row.sheet, row.anchor)), "items": _items(row.items, sheets)}


def _loose(items: Sequence[GalleryItem], sheets: NamedSheets) -> dict[str, Any]:
    """A row without an anchor."""
    return {"anchor": None, "items": _items(items, sheets)}


def _items(items: Sequence[GalleryItem], sheets: NamedSheets) -> list[dict[str, Any]]:
    return [_item(item, _text(sheets, item.sheet, item.index)) for item in items]


def _text(sheets: NamedSheets, name: str, index: int) -> str | None:
    """What a text says, None of a picture."""
    if name not in sheets:
        raise ValueError(f"A picture is to come from the sheet {name!r}, but there is only {', '.join(sheets)}.")
    sheet = sheets[name]
    return None if isinstance(sheet, Thumbnails) else printable(" ".join(sheet[index].split()), MOST_LETTERS)


def _anchor(row: GalleryRow, text: str | None) -> dict[str, Any]:
    cell = {"index": row.anchor, "sheet": row.sheet, "badge": "", "mark": ""}
    if text is None:
        return {**cell, "words": row.label, "alt": f"anchor: {_named(row.label, row.anchor)}"}
    return {**cell, "text": text, "words": "", "tag": row.label, "alt": _told("anchor", row.label)}


def _item(item: GalleryItem, text: str | None = None) -> dict[str, Any]:
    """The words are made here, so that what is seen and what is read aloud are the same numbers."""
    positive, same = item.sheet == VIEWS, bool(item.same_class) and item.sheet != VIEWS
    similarity = "" if item.similarity is None else f"{item.similarity:z.2f}"
    weight = "" if item.weight is None else _percent(item.weight)
    told = [
        similarity and f"similarity {similarity}",
        weight and f"{weight} of the weight",
        "same class as the anchor" if same else "",
        item.badge,
        item.words,
    ]
    cell = {
        "index": item.index,
        "sheet": item.sheet,
        "badge": item.badge or ("positive" if positive else "same class" if same else ""),
        "mark": "positive" if positive else "same" if same else "",
    }
    if text is not None:
        figures = item.words or " · ".join(filter(None, (similarity, weight)))
        alt = _told("positive" if positive else "", item.label, *told)
        return {**cell, "text": text, "words": figures, "tag": item.label, "alt": alt}
    name = "positive, an augmented view of the anchor" if positive else _named(item.label, item.index)
    figures = item.words or "\n".join(filter(None, (similarity, weight)))
    return {**cell, "words": figures or item.label, "alt": _told(name, *told)}


def _told(*words: str) -> str:
    return ", ".join(filter(None, words))


def _named(label: str, index: int) -> str:
    return label or f"image {index}"


def _percent(share: float) -> str:
    """0.12 -> "12 %"; what is there but rounds to nothing is "<1 %"."""
    return "<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"
