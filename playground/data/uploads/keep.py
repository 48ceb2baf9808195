"""Stores uploads from the browser as files, which runs read like any other path."""

import os
from pathlib import Path
from typing import BinaryIO

from playground.config.sentences import LinesConfig
from playground.data.errors import DataError
from playground.data.images.zip_archive import MAX_BYTES
from playground.data.sentences.text_file import ENDINGS, MOST_TEXT_BYTES
from playground.data.sentences.user_sentences import inspect_lines
from playground.data.uploads.fair_turns import ALONE, Requester
from playground.data.uploads.receive import receive_upload
from playground.data.uploads.sandbox import check_zip
from playground.storage.home import uploads_folder
from playground.wording.escape import printable


def keep_zip(content: BinaryIO, name: str, home: Path, requester: Requester = ALONE) -> Path:
    """Store an uploaded zip and return its path; the same bytes under the same name are stored once.

    `name` is that of the person's file. Every image is decoded once, in a sandbox, so that the zip is known to keep all
    limits of `zip_archive` and `decoding`. Raises DataError where it is no zip of at least two readable images, breaks
    a limit or cannot be stored; then nothing is left behind. Single damaged images are reported when a run reads them.
    """
    folder = uploads_folder(home)
    with receive_upload(content, name, folder, ending=".zip", most=MAX_BYTES) as (file, digest):
        check_zip(file, requester)
        return _store_upload(file, digest, folder)


def keep_sentences(content: BinaryIO, name: str, home: Path, requester: Requester = ALONE) -> Path:
    """Store an uploaded .txt or .csv of sentences and return its path. Raises DataError where no run could use it."""
    folder, ending = uploads_folder(home), Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise DataError(f"{printable(name)!r} is neither a .txt nor a .csv of sentences.")
    with receive_upload(content, name, folder, ending=ending, most=MOST_TEXT_BYTES) as (file, digest):
        inspect_lines(LinesConfig(path=str(file)), home)
        return _store_upload(file, digest, folder)


def _store_upload(file: Path, digest: str, folder: Path) -> Path:
    """Moves the file to its place, and returns that."""
    place = folder / f"{digest[:16]}-{file.name}"
    if not place.exists():  # an existing file keeps its time, by which the cache knows it
        os.replace(file, place)
    return place
