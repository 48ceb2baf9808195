"""Opens untrusted files in a separate process with limits: the server itself decodes none.

There are three tasks, each in a process of its own: see `sandbox_worker` for the tasks, `resource_limits` for limits.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
from numpy.typing import NDArray

from playground.config.allowed import AllowedPath
from playground.data.errors import DataError
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.folder import resolve_image_path
from playground.data.images.zip_archive import MAX_IMAGE_BYTES
from playground.data.uploads.fair_turns import ALONE, FairTurns, Requester
from playground.data.uploads.resource_limits import LIMITS_OF_MANY, LIMITS_OF_ONE
from playground.data.uploads.sandbox_process import Inspection, NoAnswer
from playground.wording.escape import printable

MOST_PROCESSES = 2  # at a time for whole files, and as many for single pictures: each may take 1.5 GB
FILE_TURNS, _PICTURE_TURNS = FairTurns(MOST_PROCESSES), FairTurns(MOST_PROCESSES)
_COPY_BYTES = 1 << 20


def check_zip(path: Path, requester: Requester = ALONE) -> None:
    """Decode every image of a zip. Raises DataError where fewer than two are readable or a limit is passed."""
    with _inspect_path(requester, path, "zip") as inspection:
        told = inspection.read_answer(DataError)
        if told.get("sound") is not True:
            raise NoAnswer("is not accepted: the process that looked into it gave no verdict")


def sample_images(
    allowed: AllowedPath, side: int, count: int, requester: Requester = ALONE
) -> tuple[str, NDArray[np.uint8]]:
    """Name of a folder or zip, and up to `count` of its training images, evenly spread: RGB [n, side, side, 3].

    Raises DataError where there are fewer than two images, or one of those cannot be read.
    """
    with _inspect_path(requester, resolve_image_path(allowed), "sample", str(side), str(count)) as inspection:
        told = inspection.read_answer(DataError)
        return printable(str(told.get("name"))), inspection.read_pixels(told.get("count"), side, count)


def decode_in_sandbox(source: BinaryIO, side: int, requester: Requester = ALONE) -> NDArray[np.uint8]:
    """One image file as RGB [side, side, 3], as `decode_image`. Raises UnreadableImageError."""
    try:
        with _PICTURE_TURNS.take(requester), tempfile.TemporaryFile() as copy:
            _copy_bounded(source, copy)
            with Inspection(LIMITS_OF_ONE, "picture", str(side), stdin=copy) as inspection:
                told = inspection.read_answer(UnreadableImageError)
                return np.asarray(inspection.read_pixels(told.get("count"), side, 1)[0])
    except NoAnswer as error:
        raise UnreadableImageError(str(error)) from error
    except OSError as error:  # of the copy: a disk that is full
        raise UnreadableImageError(f"cannot be looked into now ({error.strerror})") from error


@contextmanager
def _inspect_path(requester: Requester, path: Path, task: str, *arguments: str) -> Iterator[Inspection]:
    try:
        with FILE_TURNS.take(requester), Inspection(LIMITS_OF_MANY, task, str(path), *arguments) as inspection:
            yield inspection
    except NoAnswer as error:
        raise DataError(f"data.path: {printable(path.name)!r} {error}.") from error


def _copy_bounded(source: BinaryIO, copy: IO[bytes]) -> None:
    """Copies at most MAX_IMAGE_BYTES + 1 bytes, by which too large a file is noticed, and rewinds the copy."""
    left = MAX_IMAGE_BYTES + 1
    while left and (piece := source.read(min(left, _COPY_BYTES))):
        copy.write(piece)
        left -= len(piece)
    copy.seek(0)  # flushes as well
