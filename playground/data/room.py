"""The disk that uploads may take: so much altogether, and never the last of it. Used by `uploads`."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from playground.data.errors import DataError, DiskFullError

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
