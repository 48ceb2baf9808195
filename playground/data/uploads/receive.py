"""A file that comes through the browser, kept while it is looked into. Used by `uploads`, and for checkpoints.

The disk that uploads may take: so much altogether, and never the last of it. Used by `uploads`.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from playground.data.errors import DataError, DiskFullError
from playground.wording.escape import printable

MAX_UPLOADS_BYTES = 10_000_000_000  # of all uploads in one home, those that are still coming included
SPARE_BYTES = 1_000_000_000  # stay free on the disk: runs have to be written as well
RECEIVING = ".receiving-"  # begins the names of folders that hold an upload while it comes

_ABANDONED_SECONDS = 3600.0


def refuse_more(folder: Path, name: str) -> None:
    """Raises DataError where the uploads in `folder` take all they may, DiskFullError where the disk is nearly full."""
    if taken(folder) >= MAX_UPLOADS_BYTES:
        raise DataError(
            f"{name!r} cannot be kept: uploads take all of the {MAX_UPLOADS_BYTES / 1e9:g} GB that are allowed; "
            f"somebody has to remove some from {folder} first."
        )
    if shutil.disk_usage(folder).free < SPARE_BYTES:
        raise DiskFullError(
            f"The disk is full: {name!r} cannot be kept in {folder}, where less than {SPARE_BYTES / 1e9:g} GB are free."
        )


def taken(folder: Path) -> int:
    """Bytes of all files in `folder` and its folders."""
    total = 0
    for inside, _, files in os.walk(folder):  # which passes over what has just been removed, as here
        for file in files:
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(inside, file)).st_size
    return total


def sweep(folder: Path) -> None:
    """Remove uploads that broke off more than an hour ago: whoever received them was killed."""
    for unfinished in folder.glob(f"{RECEIVING}*"):
        try:
            changed = max(path.lstat().st_mtime for path in (unfinished, *unfinished.iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            continue  # it has just ended
        if time.time() - changed > _ABANDONED_SECONDS:
            shutil.rmtree(unfinished, ignore_errors=True)


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
