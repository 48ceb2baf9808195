"""Uploads: a zip that came through the browser is kept as a file, for runs to read like any other path."""

import errno
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from playground.data.archive import MAX_BYTES, open_archive, plain_name
from playground.data.decoding import UnreadableImageError
from playground.data.errors import DataError, DiskFullError
from playground.data.layout import arrange
from playground.data.places import uploads_folder

_READ_BYTES = 1 << 20
_NAME_LETTERS = 40


def keep_zip(content: BinaryIO, name: str, home: Path) -> Path:
    """Keep an uploaded zip and give its path; the same bytes under the same name are kept once.

    `name` is what the person's file is called. The zip is read to its end, so that every limit of `archive` holds for
    what is in it. Raises DataError where it is no zip of at least two images within the limits, or cannot be kept;
    then nothing is left behind.
    """
    folder = uploads_folder(home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".receiving-", dir=folder) as unfinished:
            received = Path(unfinished) / f"{_safe(name)}.zip"
            digest = _receive(content, received)
            _verify(received)
            place = folder / f"{digest[:16]}-{received.name}"
            if not place.exists():  # the file that is already there is known to the cache by its time
                os.replace(received, place)
            return place
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise DiskFullError(f"The disk is full: {name!r} cannot be kept in {folder}.") from error
        raise DataError(f"{name!r} cannot be kept in {folder} ({error.strerror or error}).") from error


def _receive(content: BinaryIO, place: Path) -> str:
    """Write what comes to `place`, give its SHA-256."""
    digest, size = hashlib.sha256(), 0
    with place.open("wb") as file:
        while piece := content.read(_READ_BYTES):
            size += len(piece)
            if size > MAX_BYTES:
                raise DataError(f"{place.name!r} is larger than the {MAX_BYTES / 1e9:g} GB that are allowed.")
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _verify(path: Path) -> None:
    with open_archive(path) as archive:
        arrange([plain_name(member) for member in archive.images], repr(path.name))
        for member in archive.images:
            with suppress(UnreadableImageError):  # counted and named when the images are read
                archive.read(member)


def _safe(name: str) -> str:
    """A file name of letters, digits and dashes, without the ending."""
    stem = re.sub(r"\.zip$", "", name.replace("\\", "/").rpartition("/")[2], flags=re.IGNORECASE)
    return re.sub(r"[^\w]+", "-", stem).strip("-_")[:_NAME_LETTERS] or "images"
