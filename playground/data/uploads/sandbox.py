"""Strangers' files, opened in a process of their own with limits: a server that shows pages decodes none by itself.

Three questions, one process each: see `inspector` for what it does, `confinement` for what it may take.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
from numpy.typing import NDArray

from playground.data.errors import DataError
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.zip_archive import MAX_IMAGE_BYTES
from playground.data.uploads.resource_limits import OF_MANY, OF_ONE
from playground.data.uploads.sandbox_process import Inspection, NoAnswer
from playground.wording.escape import printable

MOST_BESIDE = 2  # processes for many images at a time, and as many for single ones: each may take 1.5 GB
_MANY, _SINGLE = threading.BoundedSemaphore(MOST_BESIDE), threading.BoundedSemaphore(MOST_BESIDE)
_PIECE = 1 << 20


def look_into_zip(path: Path) -> None:
    """Decode every image of a zip; raises DataError where fewer than two can be, or a limit is passed."""
    with _of_path(path, "zip") as inspection:
        told = inspection.answer(DataError)
        if told.get("sound") is not True:
            raise NoAnswer("is not accepted: the process that looked into it gave no verdict")


def sample_images(path: Path, side: int, count: int) -> tuple[str, NDArray[np.uint8]]:
    """The name of a folder or zip, and up to `count` of its training images, evenly spread: RGB [n, side, side, 3].

    Raises DataError where there are fewer than two images, or one of those cannot be read.
    """
    with _of_path(path, "sample", str(side), str(count)) as inspection:
        told = inspection.answer(DataError)
        return printable(str(told.get("name"))), inspection.pixels(told.get("count"), side, count)


def decode(source: BinaryIO, side: int) -> NDArray[np.uint8]:
    """As `decoding.decode`: RGB [side, side, 3] of one file, or UnreadableImageError with the reason."""
    try:
        with _SINGLE, tempfile.TemporaryFile() as copy:
            _copy(source, copy)
            with Inspection(OF_ONE, "picture", str(side), stdin=copy) as inspection:
                told = inspection.answer(UnreadableImageError)
                return np.asarray(inspection.pixels(told.get("count"), side, 1)[0])
    except NoAnswer as error:
        raise UnreadableImageError(str(error)) from error
    except OSError as error:  # of the copy: a disk that is full
        raise UnreadableImageError(f"cannot be looked into now ({error.strerror})") from error


@contextmanager
def _of_path(path: Path, task: str, *arguments: str) -> Iterator[Inspection]:
    try:
        with _MANY, Inspection(OF_MANY, task, str(path), *arguments) as inspection:
            yield inspection
    except NoAnswer as error:
        raise DataError(f"data.path: {printable(path.name)!r} {error}.") from error


def _copy(source: BinaryIO, copy: IO[bytes]) -> None:
    """As much as an image may have, and one byte more where there is more; ready to be read."""
    left = MAX_IMAGE_BYTES + 1
    while left and (piece := source.read(min(left, _PIECE))):
        copy.write(piece)
        left -= len(piece)
    copy.seek(0)  # flushes as well
