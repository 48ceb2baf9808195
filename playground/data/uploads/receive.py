"""Receives a file from the browser into a temporary folder, within the quota of all uploads.

Used by `keep`, and for uploaded checkpoints.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from playground.data.errors import DataError, DiskFullError
from playground.storage.disk_space import SPARE_BYTES, free_bytes
from playground.storage.temporary_folders import remove_abandoned
from playground.wording.escape import printable

MAX_UPLOADS_BYTES = 10_000_000_000  # of all uploads in one home folder, unfinished ones included
RECEIVING = ".receiving-"  # prefix of the temporary folders of unfinished uploads

_UPLOAD_EXPIRES_SECONDS = 3600.0
_RECEIVE_BYTES = 1 << 20  # for each read
_CHECK_EVERY_BYTES = 1 << 26  # the quota is checked again, as others upload as well
_NAME_LETTERS = 40


def refuse_full_store(folder: Path, name: str) -> None:
    """Raises DataError where the uploads in `folder` reach the quota, DiskFullError where the disk is nearly full."""
    if folder_bytes(folder) >= MAX_UPLOADS_BYTES:
        raise DataError(
            f"{name!r} cannot be kept: uploads take all of the {MAX_UPLOADS_BYTES / 1e9:g} GB that are allowed; "
            f"somebody has to remove some from {folder} first."
        )
    if free_bytes(folder) < SPARE_BYTES:
        raise DiskFullError(
            f"The disk is full: {name!r} cannot be kept in {folder}, where less than {SPARE_BYTES / 1e9:g} GB are free."
        )


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below `folder`."""
    total = 0
    for inside, _, files in os.walk(folder):  # skips folders that have just been removed; files are skipped below
        for file in files:
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(inside, file)).st_size
    return total


class Received(NamedTuple):
    """A complete upload in its temporary folder."""

    path: Path  # its name is that of the person's file, in letters, digits and dashes
    digest: str  # SHA-256


@contextmanager
def receive_upload(content: BinaryIO, name: str, folder: Path, *, ending: str, most: int) -> Iterator[Received]:
    """The upload `name` in a temporary folder within `folder`, which is deleted on leaving the context.

    Raises DataError for more than `most` bytes, and where the disk cannot be written, also within the context.
    """
    name = printable(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder, RECEIVING, _UPLOAD_EXPIRES_SECONDS)
        with tempfile.TemporaryDirectory(prefix=RECEIVING, dir=folder) as unfinished:
            path = Path(unfinished) / f"{_safe_file_name(name, ending)}{ending}"
            yield Received(path, _write_upload(content, path, folder, most))
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise DiskFullError(f"The disk is full: {name!r} cannot be kept in {folder}.") from error
        raise DataError(f"{name!r} cannot be kept in {folder} ({error.strerror or error}).") from error


def _write_upload(content: BinaryIO, place: Path, folder: Path, most: int) -> str:
    """Write `content` to `place` and return its SHA-256; `folder` is that of all uploads, for the quota."""
    digest, size = hashlib.sha256(), 0
    refuse_full_store(folder, place.name)
    with place.open("wb") as file:
        while piece := content.read(_RECEIVE_BYTES):
            size += len(piece)
            if size > most:
                raise DataError(f"{place.name!r} is larger than the {most / 1e9:g} GB that are allowed.")
            digest.update(piece)
            file.write(piece)
            if size // _CHECK_EVERY_BYTES > (size - len(piece)) // _CHECK_EVERY_BYTES:
                refuse_full_store(folder, place.name)
        file.flush()
        os.fsync(file.fileno())
    refuse_full_store(folder, place.name)
    return digest.hexdigest()


def _safe_file_name(name: str, ending: str) -> str:
    """A file name of letters, digits and dashes, without the ending."""
    stem = re.sub(f"{re.escape(ending)}$", "", name.replace("\\", "/").rpartition("/")[2], flags=re.IGNORECASE)
    return re.sub(r"[^\w]+", "-", stem).strip("-_")[:_NAME_LETTERS] or "images"
