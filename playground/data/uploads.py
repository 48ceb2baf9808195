"""Uploads: a zip that came through the browser is kept as a file, for runs to read like any other path."""

import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from playground.data.archive import MAX_BYTES
from playground.data.errors import DataError, DiskFullError
from playground.data.layout import printable
from playground.data.places import uploads_folder
from playground.data.quarantine import look_into_zip
from playground.data.room import RECEIVING, refuse_more, sweep

_READ_BYTES = 1 << 20
_LOOK_EVERY = 1 << 26  # bytes: how much room there is, while others upload as well
_NAME_LETTERS = 40


def keep_zip(content: BinaryIO, name: str, home: Path) -> Path:
    """Keep an uploaded zip and give its path; the same bytes under the same name are kept once.

    `name` is what the person's file is called. Every image is decoded once, in a process of its own, so that every
    limit of `archive` and `decoding` holds for what is in it. Raises DataError where it is no zip of at least two
    images that can be read, breaks a limit, or cannot be kept; then nothing is left behind. Of an image that is
    damaged among others a person hears when the images are read.
    """
    folder, name = uploads_folder(home), printable(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        with tempfile.TemporaryDirectory(prefix=RECEIVING, dir=folder) as unfinished:
            received = Path(unfinished) / f"{_safe(name)}.zip"
            digest = _receive(content, received, folder)
            look_into_zip(received)
            place = folder / f"{digest[:16]}-{received.name}"
            if not place.exists():  # the file that is already there is known to the cache by its time
                os.replace(received, place)
            return place
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise DiskFullError(f"The disk is full: {name!r} cannot be kept in {folder}.") from error
        raise DataError(f"{name!r} cannot be kept in {folder} ({error.strerror or error}).") from error


def _receive(content: BinaryIO, place: Path, folder: Path) -> str:
    """Write what comes to `place`, give its SHA-256; `folder` is all uploads'."""
    digest, size = hashlib.sha256(), 0
    refuse_more(folder, place.name)
    with place.open("wb") as file:
        while piece := content.read(_READ_BYTES):
            size += len(piece)
            if size > MAX_BYTES:
                raise DataError(f"{place.name!r} is larger than the {MAX_BYTES / 1e9:g} GB that are allowed.")
            digest.update(piece)
            file.write(piece)
            if size // _LOOK_EVERY > (size - len(piece)) // _LOOK_EVERY:
                refuse_more(folder, place.name)
        file.flush()
        os.fsync(file.fileno())
    refuse_more(folder, place.name)
    return digest.hexdigest()


def _safe(name: str) -> str:
    """A file name of letters, digits and dashes, without the ending."""
    stem = re.sub(r"\.zip$", "", name.replace("\\", "/").rpartition("/")[2], flags=re.IGNORECASE)
    return re.sub(r"[^\w]+", "-", stem).strip("-_")[:_NAME_LETTERS] or "images"
