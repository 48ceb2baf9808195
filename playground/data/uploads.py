"""Uploads: a zip that came through the browser is kept as a file, for runs to read like any other path."""

import os
from pathlib import Path
from typing import BinaryIO

from playground.data.archive import MAX_BYTES
from playground.data.places import uploads_folder
from playground.data.quarantine import look_into_zip
from playground.data.receiving import received


def keep_zip(content: BinaryIO, name: str, home: Path) -> Path:
    """Keep an uploaded zip and give its path; the same bytes under the same name are kept once.

    `name` is what the person's file is called. Every image is decoded once, in a process of its own, so that every
    limit of `archive` and `decoding` holds for what is in it. Raises DataError where it is no zip of at least two
    images that can be read, breaks a limit, or cannot be kept; then nothing is left behind. Of an image that is
    damaged among others a person hears when the images are read.
    """
    folder = uploads_folder(home)
    with received(content, name, folder, ending=".zip", most=MAX_BYTES) as (file, digest):
        look_into_zip(file)
        place = folder / f"{digest[:16]}-{file.name}"
        if not place.exists():  # the file that is already there is known to the cache by its time
            os.replace(file, place)
        return place
