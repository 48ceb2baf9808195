"""Thumbnails: picture i must be found where the browser looks for it."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.ui.components.thumbnails import MAX_SIDE, Thumbnails, cached_thumbnails, make_thumbnails


def cut(thumbnails: Thumbnails, index: int) -> np.ndarray:
    sheet = np.asarray(Image.open(io.BytesIO(thumbnails.sprite)).convert("RGB"))
    row, column = divmod(index, thumbnails.columns)
    side = thumbnails.side
    return sheet[row * side : (row + 1) * side, column * side : (column + 1) * side]


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 40), side=st.sampled_from([1, 8, 28]), seed=st.integers(0, 99))
def test_each_picture_is_at_its_place_without_loss(n: int, side: int, seed: int) -> None:
    images = np.random.default_rng(seed).integers(0, 256, (n, side, side, 3), np.uint8)
    thumbnails = make_thumbnails(images)
    assert (thumbnails.media_type, thumbnails.side) == ("image/webp", side)
    for index in range(n):
        assert np.array_equal(cut(thumbnails, index), images[index])


def test_large_sheets_are_lossy_but_alike() -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    images = np.broadcast_to(ramp[None, :, None, None], (1000, 32, 32, 3)).copy()
    thumbnails = make_thumbnails(images)
    assert len(thumbnails.sprite) < images.nbytes / 20
    assert np.abs(cut(thumbnails, 999).astype(int) - images[999].astype(int)).mean() < 6


def test_large_pictures_are_scaled_down() -> None:
    images = np.full((3, 200, 200, 3), 77, np.uint8)
    thumbnails = make_thumbnails(images)
    assert thumbnails.side == MAX_SIDE
    assert (cut(thumbnails, 2) == 77).all()


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 8, 8, 3), np.float32),
        np.zeros((2, 8, 9, 3), np.uint8),
        np.zeros((2, 8, 8), np.uint8),
        np.zeros((2, 8, 8, 1), np.uint8),
        np.zeros((0, 8, 8, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Thumbnails"):
        make_thumbnails(images)


def test_only_pictures_are_taken_as_a_sheet() -> None:
    with pytest.raises(ValueError, match="WebP, PNG or JPEG"):
        Thumbnails(b"<script>alert(1)</script>", 1, 8)
    with pytest.raises(ValueError, match="at least 1"):
        Thumbnails(b"\x89PNG", 0, 8)


def test_same_content_has_the_same_address() -> None:
    images = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    first, again, other = make_thumbnails(images), make_thumbnails(images), make_thumbnails(images + 1)
    assert first.digest == again.digest != other.digest


def test_sheets_are_made_once_for_the_same_images_and_again_for_others() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    first = cached_thumbnails(images)
    assert cached_thumbnails(images.copy()) is first
    other = images.copy()
    other[2, 3, 3, 1] ^= 1
    assert cached_thumbnails(other).digest != first.digest
    assert cached_thumbnails(images.reshape(1, 16, 16, 3)).side == 16
