"""A file that comes through the browser, kept while it is looked into. Used by `uploads`, and for checkpoints."""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from playground.data.errors import DataError, DiskFullError
from playground.data.room import RECEIVING, refuse_more, sweep
from playground.wording.escape import printable

_READ_BYTES = 1 << 20
_LOOK_EVERY = 1 << 26  # bytes: how much room there is, while others upload as well
_NAME_LETTERS = 40


class Received(NamedTuple):
    """What came, whole and on the disk."""

    path: Path  # the name is that of the person's file, in letters, digits and dashes
    digest: str  # SHA-256


@contextmanager
def received(content: BinaryIO, name: str, folder: Path, *, ending: str, most: int) -> Iterator[Received]:
    """What comes as `name`, in a folder of its own within `folder`; what is not moved from there is gone afterwards.

    Raises DataError for more than `most` bytes, and where it, or what is made of it within, cannot be kept on disk.
    """
    name = printable(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        with tempfile.TemporaryDirectory(prefix=RECEIVING, dir=folder) as unfinished:
            path = Path(unfinished) / f"{_safe(name, ending)}{ending}"
            yield Received(path, _receive(content, path, folder, most))
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise DiskFullError(f"The disk is full: {name!r} cannot be kept in {folder}.") from error
        raise DataError(f"{name!r} cannot be kept in {folder} ({error.strerror or error}).") from error


def _receive(content: BinaryIO, place: Path, folder: Path, most: int) -> str:
    """Write what comes to `place`, give its SHA-256; `folder` is all uploads'."""
    digest, size = hashlib.sha256(), 0
    refuse_more(folder, place.name)
    with place.open("wb") as file:
        while piece := content.read(_READ_BYTES):
            size += len(piece)
            if size > most:
                raise DataError(f"{place.name!r} is larger than the {most / 1e9:g} GB that are allowed.")
            digest.update(piece)
            file.write(piece)
            if size // _LOOK_EVERY > (size - len(piece)) // _LOOK_EVERY:
                refuse_more(folder, place.name)
        file.flush()
        os.fsync(file.fileno())
    refuse_more(folder, place.name)
    return digest.hexdigest()


def _safe(name: str, ending: str) -> str:
    """A file name of letters, digits and dashes, without the ending."""
    stem = re.sub(f"{re.escape(ending)}$", "", name.replace("\\", "/").rpartition("/")[2], flags=re.IGNORECASE)
    return re.sub(r"[^\w]+", "-", stem).strip("-_")[:_NAME_LETTERS] or "images"
