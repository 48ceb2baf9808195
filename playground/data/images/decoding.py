"""Decodes one image file to a square RGB array. Used for folders and zips, and by the public sets for resizing.

Files are untrusted, so only three formats are opened, of a bounded size. An image is rotated by its EXIF orientation,
laid on white where it is transparent, scaled so that its shorter side fits, and cropped to the square in the middle.
"""

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

# Imported to register the formats before threads open the first images.
from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401  # isort: skip

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
MAX_MEGAPIXELS = 25

_FORMATS = ("JPEG", "PNG", "WEBP")
_SPARE = 3.0  # the coarse reduction stops at this many times the target; a good filter does the rest
_SIXTEEN_BIT = ("I", "I;16", "I;16B", "I;16L", "I;16N")

# By default Pillow only warns of an image that unpacks to a hundred million pixels.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class UnreadableImageError(Exception):
    """One image cannot be read. The message continues a sentence after the name of the file: "is cut off"."""


def decode_image(source: Path | BinaryIO, side: int) -> NDArray[np.uint8]:
    """One JPEG, PNG or WebP as RGB [side, side, 3]. Raises UnreadableImageError.

    A truncated file is unreadable, not grey from there on. Of an animation the first frame is decoded.
    """
    try:
        with Image.open(source, formats=_FORMATS) as image:
            _refuse_large(image)
            image.draft(None, (int(side * _SPARE), int(side * _SPARE)))  # JPEG decodes to a fraction for less
            image.load()
            return to_square(_upright(image), side)
    except (UnreadableImageError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(f"has more than the {MAX_MEGAPIXELS} megapixels that are allowed") from error
    except UnidentifiedImageError as error:
        raise UnreadableImageError("is not a JPEG, PNG or WebP image inside") from error
    except (FileNotFoundError, PermissionError) as error:
        raise UnreadableImageError(f"cannot be opened ({error.strerror})") from error
    except Exception as error:  # a broken file makes Pillow raise almost anything: OSError, SyntaxError, struct.error
        raise UnreadableImageError("is damaged or cut off") from error


def read_megapixels(source: BinaryIO) -> float:
    """Million pixels of one JPEG, PNG or WebP by its header. Raises almost anything for a broken one."""
    with Image.open(source, formats=_FORMATS) as image:
        return image.width * image.height / 1e6


def to_square(image: Image.Image, side: int) -> NDArray[np.uint8]:
    """RGB [side, side, 3] of any image: its shorter side scaled to `side`, its longer one cropped to the middle."""
    rgb = _to_rgb(image)
    shorter = min(rgb.size)
    left, top = (rgb.width - shorter) // 2, (rgb.height - shorter) // 2
    box = (left, top, left + shorter, top + shorter)
    filter_ = Image.Resampling.LANCZOS if shorter > side else Image.Resampling.BICUBIC
    return np.asarray(rgb.resize((side, side), filter_, box=box, reducing_gap=_SPARE))


def _refuse_large(image: Image.Image) -> None:
    megapixels = image.width * image.height / 1e6
    if megapixels > MAX_MEGAPIXELS:
        raise UnreadableImageError(f"has {megapixels:.0f} megapixels, at most {MAX_MEGAPIXELS} are allowed")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # metadata that cannot be read does not make the pixels worse
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT:
        levels = np.asarray(image) // 257  # Pillow itself would clip 16 bits to 8
        image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("RGB")
