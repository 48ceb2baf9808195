"""Galleries of pictures or texts: rows beside their anchors, a grid, or titled sets, with similarity, weight and class.

A sheet is either of pictures or of texts, which are shown as lines below each other. If a gallery is `clickable`, the
function that draws it returns the index of the clicked image.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Live
from playground.ui.components.thumbnails import Thumbnails
from playground.wording.escape import printable

MOST_IN_GRID: Final = 60  # pictures in a grid: more of them would be too many to compare
IMAGE_SHEET: Final = "images"  # name of the sheet of the probe images
VIEW_SHEET: Final = "views"  # name of the sheet of their positives: picture i is the positive of image i
MOST_SHOWN_LETTERS: Final = 2000  # of a text: twice MOST_TYPED_LETTERS

_gallery_component: Callable[..., Any] = st.components.v2.component(
    "playground_gallery", js=assets.bootstrap("gallery.js")
)


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """One image of a gallery. What is not given is not shown under the picture, or before the text."""

    index: int  # in the sheet
    similarity: float | None = None  # cosine, -1 to 1
    weight: float | None = None  # share of the anchor's loss, 0 to 1
    same_class: bool | None = None  # whether it has the class of the anchor; None without classes
    label: str = ""  # class name: for screen readers, the caption where there is no number, and a tag behind a text
    badge: str = ""  # a note such as "kept near"; "positive" and "same class" are added automatically
    sheet: str = IMAGE_SHEET  # name of its sheet; in VIEW_SHEET it is the positive of the anchor
    words: str = ""  # replaces all other text under the picture


@dataclass(frozen=True, slots=True)
class GalleryRow:
    """An anchor, its positives if any, and its most similar images in descending order."""

    anchor: int  # index in the sheet
    label: str
    items: tuple[GalleryItem, ...]
    sheet: str = IMAGE_SHEET  # of the anchor; an image outside the probe set has a sheet of its own


@dataclass(frozen=True, slots=True)
class GallerySet:
    """A titled set of images."""

    title: str
    items: tuple[GalleryItem, ...]


Sheet = Thumbnails | Sequence[str]  # pictures, or texts
NamedSheets = Mapping[str, Sheet]
Sheets = Thumbnails | NamedSheets


class GalleryData(TypedDict):
    """Rows of a gallery and its alternative text, as sent to the browser; may be updated through a `live_channel`."""

    rows: list[dict[str, Any]]
    alt: str


def make_gallery_data(rows: Sequence[GalleryRow], sheets: Sheets, alt: str) -> GalleryData:
    """Data of `rows` for `show_gallery`, with the alternative text `alt`. Raises ValueError for an unknown sheet."""
    named = _named_sheets(sheets)
    return {"rows": [_row_cells(row, named) for row in rows], "alt": alt}


def gallery(
    rows: Sequence[GalleryRow], sheets: Sheets, *, key: str, alt: str, clickable: bool = False, lines: int | None = None
) -> int | None:
    """Draws `rows` under `key`, with the alternative text `alt`. Returns the index of a clicked image, once per click.

    `sheets` is the sheet of the images, or all sheets by the names that items use. Only pictures of IMAGE_SHEET and
    VIEW_SHEET can be clicked. Texts are cut off after `lines` lines. Raises ValueError for an unknown sheet name.
    """
    return show_gallery(make_gallery_data(rows, sheets, alt), sheets, key=key, clickable=clickable, lines=lines)


def show_gallery(
    shown: GalleryData,
    sheets: Sheets,
    *,
    key: str,
    clickable: bool = False,
    lines: int | None = None,
    live: Live | None = None,
) -> int | None:
    """`gallery` of data made before. With `live`, the browser updates it without a rerun, see `live_channel`."""
    more = {"live": live} if live else {}
    return _call_component(
        shown["rows"], "", _named_sheets(sheets), key, shown["alt"], clickable, lines=lines or 0, **more
    )


def grid(
    items: Sequence[GalleryItem],
    sheets: Sheets,
    *,
    key: str,
    alt: str,
    clickable: bool = False,
    most: int = MOST_IN_GRID,
) -> int | None:
    """Draws the first `most` of `items` as a grid, and the number of others. Returns the clicked index as `gallery`."""
    more = len(items) - most
    note = f"and {more:,} more" if more > 0 else ""
    named = _named_sheets(sheets)
    return _call_component([_row_without_anchor(items[:most], named)], note, named, key, alt, clickable)


def gallery_sets(
    groups: Sequence[GallerySet], sheets: Sheets, *, key: str, alt: str, side: int, width: int, clickable: bool = False
) -> int | None:
    """Draws each set in a frame of at least `width` px, as many side by side as fit, with pictures of `side` px.

    Returns the clicked index, as `gallery`.
    """
    named = _named_sheets(sheets)
    rows = [{"title": group.title, **_row_without_anchor(group.items, named)} for group in groups]
    return _call_component(rows, "", named, key, alt, clickable, side=side, width=width)


def _named_sheets(sheets: Sheets) -> NamedSheets:
    return {IMAGE_SHEET: sheets} if isinstance(sheets, Thumbnails) else sheets


def _call_component(
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
        "sprites": {name: sheet.register() for name in used if isinstance(sheet := sheets[name], Thumbnails)},
        "clickable": [IMAGE_SHEET, VIEW_SHEET] if clickable else [],
        "rows": rows,
        **more,
    }
    clicked = _gallery_component(key=key, data=data, on_clicked_change=assets.ignore_change).clicked
    return _checked_index(clicked) if clickable else None


def _checked_index(sent: object) -> int | None:
    """The index that a browser sent, None if it is not valid. The picture may be replaced by now."""
    return sent if isinstance(sent, int) and not isinstance(sent, bool) and sent >= 0 else None


def _row_cells(row: GalleryRow, sheets: NamedSheets) -> dict[str, Any]:
    return {
        "anchor": _anchor_cell(row, _cell_text(sheets, row.sheet, row.anchor)),
        "items": _item_cells(row.items, sheets),
    }


def _row_without_anchor(items: Sequence[GalleryItem], sheets: NamedSheets) -> dict[str, Any]:
    """A row without an anchor."""
    return {"anchor": None, "items": _item_cells(items, sheets)}


def _item_cells(items: Sequence[GalleryItem], sheets: NamedSheets) -> list[dict[str, Any]]:
    return [_item_cell(item, _cell_text(sheets, item.sheet, item.index)) for item in items]


def _cell_text(sheets: NamedSheets, name: str, index: int) -> str | None:
    """The text of that index in the sheet `name`, None for a picture. Raises ValueError for an unknown sheet."""
    if name not in sheets:
        raise ValueError(f"A picture is to come from the sheet {name!r}, but there is only {', '.join(sheets)}.")
    sheet = sheets[name]
    return None if isinstance(sheet, Thumbnails) else printable(" ".join(sheet[index].split()), MOST_SHOWN_LETTERS)


def _anchor_cell(row: GalleryRow, text: str | None) -> dict[str, Any]:
    cell = {"index": row.anchor, "sheet": row.sheet, "badge": "", "mark": ""}
    if text is None:
        return {**cell, "words": row.label, "alt": f"anchor: {_image_name(row.label, row.anchor)}"}
    return {**cell, "text": text, "words": "", "tag": row.label, "alt": _join_words("anchor", row.label)}


def _item_cell(item: GalleryItem, text: str | None = None) -> dict[str, Any]:
    """Data of one image for the browser. Shown and read-aloud numbers are formatted here, so that they are equal."""
    positive, same = item.sheet == VIEW_SHEET, bool(item.same_class) and item.sheet != VIEW_SHEET
    similarity = "" if item.similarity is None else f"{item.similarity:z.2f}"
    weight = "" if item.weight is None else _whole_percent(item.weight)
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
        alt = _join_words("positive" if positive else "", item.label, *told)
        return {**cell, "text": text, "words": figures, "tag": item.label, "alt": alt}
    name = "positive, an augmented view of the anchor" if positive else _image_name(item.label, item.index)
    figures = item.words or "\n".join(filter(None, (similarity, weight)))
    return {**cell, "words": figures or item.label, "alt": _join_words(name, *told)}


def _join_words(*words: str) -> str:
    return ", ".join(filter(None, words))


def _image_name(label: str, index: int) -> str:
    return label or f"image {index}"


def _whole_percent(share: float) -> str:
    """0.12 -> "12 %"; positive shares below 0.5 % -> "<1 %"."""
    return "<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"
