"""Decoding: every mode of image becomes upright RGB, and what cannot be read says why."""

import contextlib
import io
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.data.images.decoding import UnreadableImageError, decode_image, to_square
from tests.data.forged import chunk, png

RED, GREEN, WHITE = (220, 20, 20), (20, 200, 20), (255, 255, 255)


def _file(image: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    buffer.seek(0)
    return buffer


def _assert_all(pixels: np.ndarray, colour: tuple[int, int, int], atol: int = 2) -> None:
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels.astype(int), np.broadcast_to(colour, pixels.shape), atol=atol)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_formats(kind: str) -> None:
    _assert_all(decode_image(_file(Image.new("RGB", (40, 40), RED), kind), 32), RED, atol=6)


@pytest.mark.parametrize(
    ("mode", "colour", "kind", "expected"),
    [
        ("1", 1, "PNG", WHITE),
        ("L", 90, "PNG", (90, 90, 90)),
        ("L", 90, "JPEG", (90, 90, 90)),
        ("LA", (90, 255), "PNG", (90, 90, 90)),
        ("LA", (90, 0), "PNG", WHITE),
        ("RGBA", (*RED, 255), "PNG", RED),
        ("RGBA", (*RED, 0), "PNG", WHITE),
        ("RGBA", (0, 0, 0, 128), "PNG", (127, 127, 127)),
        ("RGBA", (*RED, 0), "WEBP", WHITE),
        ("CMYK", (0, 255, 255, 0), "JPEG", (255, 0, 0)),
        ("I;16", 90 * 257, "PNG", (90, 90, 90)),
        ("I;16", 65535, "PNG", WHITE),
    ],
)
def test_modes(mode: str, colour: object, kind: str, expected: tuple[int, int, int]) -> None:
    _assert_all(decode_image(_file(Image.new(mode, (32, 32), colour), kind), 32), expected)  # type: ignore[arg-type]


def test_palette() -> None:
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, *RED])
    _assert_all(decode_image(_file(image), 32), RED)
    _assert_all(decode_image(_file(image, transparency=1), 32), WHITE)
    _assert_all(decode_image(_file(image, transparency=0), 32), RED)


def test_palette_with_transparency_of_its_own() -> None:
    image = Image.new("RGBA", (32, 32), (*RED, 0)).convert("PA")
    _assert_all(to_square(image, 32), WHITE)


def test_one_transparent_colour() -> None:
    _assert_all(decode_image(_file(Image.new("RGB", (32, 32), RED), transparency=RED), 32), WHITE)
    _assert_all(decode_image(_file(Image.new("L", (32, 32), 9), transparency=9), 32), WHITE)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation(orientation: int, kind: str) -> None:
    """Stored so that it has to be turned to be upright: green at the top, red at the bottom left."""
    upright = Image.new("RGB", (64, 64), WHITE)
    upright.paste(GREEN, (0, 0, 64, 32))
    upright.paste(RED, (0, 32, 32, 64))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose, the inverse of what EXIF asks for
    stored = upright if orientation == 1 else upright.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode_image(_file(stored, kind, exif=exif), 32)
    for (row, column), colour in {(5, 5): GREEN, (5, 26): GREEN, (26, 5): RED, (26, 26): WHITE}.items():
        np.testing.assert_allclose(pixels[row, column].astype(int), colour, atol=25)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_make_an_image_unreadable() -> None:
    file = _file(Image.new("RGB", (32, 32), RED), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    _assert_all(decode_image(file, 32), RED, atol=6)


@pytest.mark.parametrize(("size", "middle"), [((90, 30), (30, 0, 60, 30)), ((30, 90), (0, 30, 30, 60))])
def test_the_middle_square_is_kept(size: tuple[int, int], middle: tuple[int, int, int, int]) -> None:
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, middle)
    _assert_all(decode_image(_file(image), 32), GREEN, atol=6)  # the filter looks a pixel beyond the cut


def test_an_image_of_the_right_size_is_not_touched() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(decode_image(_file(Image.fromarray(noise)), 32), noise)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_fine_patterns_become_grey_and_not_moire(kind: str) -> None:
    board = np.indices((640, 640)).sum(axis=0) % 2 * 255
    image = Image.fromarray(board.astype(np.uint8)).convert("RGB")
    _assert_all(
        decode_image(_file(image, kind, **({"quality": 95} if kind == "JPEG" else {})), 32), (127, 127, 127), atol=6
    )


def test_of_an_animation_the_first_picture_is_taken() -> None:
    file = _file(
        Image.new("RGB", (32, 32), RED), "WEBP", save_all=True, append_images=[Image.new("RGB", (32, 32), GREEN)]
    )
    _assert_all(decode_image(file, 32), RED, atol=6)


def test_of_several_pictures_the_first_is_taken() -> None:
    """An APNG, and an MPO as cameras with two lenses write it: a JPEG with another one behind."""
    others: dict[str, Any] = {"save_all": True, "append_images": [Image.new("RGB", (32, 32), GREEN)] * 3}
    for kind in ("PNG", "MPO"):
        _assert_all(decode_image(_file(Image.new("RGB", (32, 32), RED), kind, **others), 32), RED, atol=6)


@pytest.mark.parametrize("values", [(0, 0), (90 * 257, 90), (65535, 255)])
def test_sixteen_bits_take_no_more_memory_than_they_must(values: tuple[int, int]) -> None:
    file = _file(Image.fromarray(np.full((2000, 2000), values[0], np.uint16)))
    tracemalloc.start()
    pixels = decode_image(file, 32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    _assert_all(pixels, (values[1],) * 3)
    assert peak < 2000 * 2000 * 8


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_text_and_profiles_that_unpack_to_much_are_not_unpacked(kind: bytes) -> None:
    packed = zlib.compress(bytes(200_000_000), 9)
    text = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[kind] + packed
    tracemalloc.start()
    with pytest.raises(UnreadableImageError, match="damaged or cut off"):
        decode_image(io.BytesIO(png(8, 8, chunk(kind, text))), 32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("size", [(50_000, 50_000), (5001, 5000), (2**31 - 1, 1), (1, 26_000_000)])
def test_a_header_that_claims_too_much_is_refused_before_the_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(UnreadableImageError, match="megapixels"):
        decode_image(io.BytesIO(png(*size, pixels=bytes(10))), 32)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2)])
def test_tiny_images(size: tuple[int, int]) -> None:
    _assert_all(decode_image(_file(Image.new("RGB", size, RED)), 32), RED)


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")  # as outside of pytest
@pytest.mark.parametrize("side", [5010, 10_000, 20_000])  # the last two: Pillow warns, Pillow refuses
def test_large_images_are_refused(side: int) -> None:
    with pytest.raises(UnreadableImageError, match="megapixels"):
        decode_image(_file(Image.new("1", (side, side))), 32)


def test_an_image_within_the_limit_is_read() -> None:
    _assert_all(decode_image(_file(Image.new("1", (5000, 5000), 1)), 32), WHITE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_is_cut_off(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = _file(Image.fromarray(noise), kind).getvalue()
    with pytest.raises(UnreadableImageError, match="damaged or cut off"):
        decode_image(io.BytesIO(content[: len(content) // 2]), 32)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PDF"])
def test_other_formats_under_a_known_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(_file(Image.new("RGB", (32, 32), RED), kind).getvalue())
    with pytest.raises(UnreadableImageError, match="is not a JPEG, PNG or WebP image inside"):
        decode_image(path, 32)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match="cannot be opened"):
        decode_image(tmp_path / "nothing.png", 32)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_a_broken_file_is_read_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    gradient = np.add.outer(np.arange(24), np.arange(24)).astype(np.uint8)
    content = bytearray(_file(Image.fromarray(gradient), kind).getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableImageError):
        assert decode_image(io.BytesIO(bytes(content)), 32).shape == (32, 32, 3)
