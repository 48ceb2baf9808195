"""Image files for tests: told apart by their colour. Imported as `tests.data.pictures`."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

MakeFolder = Callable[[Iterable[str]], Path]
MakeZip = Callable[[dict[str, bytes]], Path]


def colour_of(number: int) -> tuple[int, int, int]:
    """A colour for each number, 20 levels apart, so that JPEG does not blur two of them into one."""
    return (number % 12) * 20, (number // 12 % 12) * 20, (number // 144 % 12) * 20


def image_bytes(
    colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (8, 8), kind: str = "PNG"
) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()
