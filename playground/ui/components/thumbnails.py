"""Many small pictures in one sheet (a sprite), which browsers load once; plots and galleries refer to them by index."""

import hashlib
import io
import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from playground.ui.components import assets

PICTURE_TYPES: Final = ["jpg", "jpeg", "png", "webp"]  # that can be uploaded
MAX_SIDE: Final = 64  # px; a hover card shows it three times as large
MOST_SHEETS: Final = 64  # cached for all sessions, of about 0.5 MB each
_LOSSLESS_PIXELS: Final = 2**18  # up to 256 pictures of 32 x 32
_SIGNATURES: Final = ((0, b"\x89PNG", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (8, b"WEBP", "image/webp"))


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """A sheet of square pictures: picture i is in column i % columns and row i // columns.

    Raises ValueError if the sheet is no WebP, PNG or JPEG, or if `columns` or `side` is below 1.
    """

    sprite: bytes
    columns: int
    side: int  # px of one picture in the sheet
    media_type: str = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        if self.columns < 1 or self.side < 1:
            raise ValueError(f"Thumbnails need columns and side of at least 1, not {self.columns} and {self.side}.")
        object.__setattr__(self, "media_type", _media_type(self.sprite))
        object.__setattr__(self, "digest", hashlib.sha256(self.sprite).hexdigest()[:32])

    def __repr__(self) -> str:
        return f"Thumbnails({self.media_type}, {len(self.sprite)} bytes, columns={self.columns}, side={self.side})"

    def register(self) -> dict[str, object]:
        """Makes the sheet available to browsers. Returns what a component sends: its digest, columns and side."""
        assets.sprite_store().add(self.digest, self.sprite, self.media_type)
        return {"digest": self.digest, "columns": self.columns, "side": self.side}


def cached_thumbnails(images: NDArray[np.uint8]) -> Thumbnails:
    """`make_thumbnails` of `images`, uint8 [n, S, S, 3], cached for all sessions: it takes about 0.1 s."""
    return _thumbnails_by_digest(hashlib.sha256(images.tobytes()).hexdigest() + str(images.shape), images)


@st.cache_resource(show_spinner=False, max_entries=MOST_SHEETS)
def _thumbnails_by_digest(digest: str, _images: NDArray[np.uint8]) -> Thumbnails:
    return make_thumbnails(_images)


def make_thumbnails(images: NDArray[np.uint8], most: int = MAX_SIDE) -> Thumbnails:
    """A WebP sheet of `images`, uint8 [n, S, S, 3], n >= 1; sides above `most` px are scaled down to it.

    Up to 2**18 pixels the sheet is lossless, above that of quality 80. Raises ValueError for another shape or dtype.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise ValueError(
            f"Thumbnails are made of uint8 images [n, S, S, 3], not of {images.dtype} {list(images.shape)}."
        )
    if not len(images):
        raise ValueError("Thumbnails need at least one image, but there are none.")
    images = _scale_down(images, most)
    sheet, columns = _sheet(images)
    lossless = sheet.shape[0] * sheet.shape[1] <= _LOSSLESS_PIXELS
    out = io.BytesIO()
    # Method 4 would make it 4 % smaller in twice the time, which delays the first page of a new run.
    Image.fromarray(sheet).save(out, "WEBP", lossless=lossless, quality=80, method=2)
    return Thumbnails(out.getvalue(), columns, images.shape[1])


def _sheet(images: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """A nearly square sheet [rows * S, columns * S, 3] of `images` [n, S, S, 3], black in unused cells; and columns."""
    n, side = images.shape[:2]
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    cells = np.zeros((rows * columns, side, side, 3), np.uint8)
    cells[:n] = images
    grid = cells.reshape(rows, columns, side, side, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid.reshape(rows * side, columns * side, 3)), columns


def _scale_down(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if images.shape[1] <= side:
        return images
    smaller = [Image.fromarray(image).resize((side, side), Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(image) for image in smaller])


def _media_type(sprite: bytes) -> str:
    for start, signature, media_type in _SIGNATURES:
        if sprite[start : start + len(signature)] == signature:
            return media_type
    raise ValueError("A sheet of thumbnails must be a WebP, PNG or JPEG file; these bytes are none of them.")
