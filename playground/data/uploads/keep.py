"""Uploads: what came through the browser is kept as a file, for runs to read like any other path."""

import os
from pathlib import Path
from typing import BinaryIO

from playground.config.sentences import LinesConfig
from playground.data.errors import DataError
from playground.data.images.zip_archive import MAX_BYTES
from playground.data.sentences.text_file import ENDINGS, MOST_BYTES
from playground.data.sentences.user_sentences import look_at_lines
from playground.data.uploads.receive import received
from playground.data.uploads.sandbox import look_into_zip
from playground.storage.home import uploads_folder
from playground.wording.escape import printable


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
        return _kept(file, digest, folder)


def keep_sentences(content: BinaryIO, name: str, home: Path) -> Path:
    """The same for a .txt or .csv of sentences. Raises DataError where no run could learn from it."""
    folder, ending = uploads_folder(home), Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise DataError(f"{printable(name)!r} is neither a .txt nor a .csv of sentences.")
    with received(content, name, folder, ending=ending, most=MOST_BYTES) as (file, digest):
        look_at_lines(LinesConfig(path=str(file)), home)
        return _kept(file, digest, folder)


def _kept(file: Path, digest: str, folder: Path) -> Path:
    """Where it stays."""
    place = folder / f"{digest[:16]}-{file.name}"
    if not place.exists():  # the file that is already there is known to the cache by its time
        os.replace(file, place)
    return place
