"""Text files among a person's images, in a folder or a zip: listed by name and read with limits.

Decoding text is harmless, so it needs no sandbox, unlike images. Used by `load`.
"""

import os
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Protocol

from playground.data.errors import DataError
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.zip_archive import Archive, open_archive, zip_member_name
from playground.wording.escape import printable

MAX_ZIP_TEXT_BYTES = 50_000_000  # of all text files that are read from one zip

_ENDINGS = (".txt", ".csv")
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class TextFiles(Protocol):
    """Text files by their relative names, with forward slashes."""

    def names_in(self, folder: str) -> list[str]:
        """File names of the text files in `folder`, which is "" or ends with a slash. Raises DataError."""
        ...

    def read(self, name: str, most: int) -> str:
        """The content of a file. Raises DataError where it has more than `most` bytes or is no UTF-8."""
        ...


@contextmanager
def open_text_files(path: Path) -> Iterator[TextFiles]:
    """The text files in a folder or zip. Raises DataError as `open_archive` does."""
    if path.is_dir():
        yield FolderTexts(path)
        return
    with open_archive(path) as archive:
        yield ZipTexts(archive)


class FolderTexts:
    """Text files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names_in(self, folder: str) -> list[str]:
        """As `TextFiles.names_in`. Raises DataError where the folder cannot be opened."""
        try:
            with os.scandir(self._folder / folder) as entries:
                return sorted(entry.name for entry in entries if _is_text(entry.name) and entry.is_file())
        except OSError as error:
            raise DataError(
                f"data.path: the folder {printable(folder)!r} cannot be opened ({error.strerror})."
            ) from error

    def read(self, name: str, most: int) -> str:
        """As `TextFiles.read`. Raises DataError."""
        try:
            with (self._folder / name).open("rb") as file:
                return _decode_utf8(_refuse_long_file(file.read(most + 1), name, most), name)
        except OSError as error:
            raise DataError(f"{printable(name)} cannot be opened ({error.strerror}).") from error


class ZipTexts:
    """Text files in a zip, within the limits of `zip_archive` and without unpacking to the disk."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._left = archive, MAX_ZIP_TEXT_BYTES

    def names_in(self, folder: str) -> list[str]:
        return self._names[folder]

    def read(self, name: str, most: int) -> str:
        """As `TextFiles.read`. Raises DataError."""
        member = self._members[name]
        if member.compress_type not in _COMPRESSIONS:
            raise self._archive.refusal("is packed in an unusual way; pack it again as an ordinary zip")
        if member.file_size > most:  # zipfile reads no more than the claimed size
            raise _too_long(name, most)
        try:
            content = _refuse_long_file(self._archive.read(member), name, most)
        except UnreadableImageError as error:
            raise DataError(f"{printable(name)} {error}.") from error
        self._left -= len(content)
        if self._left < 0:
            raise self._archive.refusal(f"holds more than {MAX_ZIP_TEXT_BYTES // 10**6} MB of text beside its images")
        return _decode_utf8(content, name)

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        members = {zip_member_name(member): member for member in self._archive.file.infolist() if not member.is_dir()}
        return {name: member for name, member in members.items() if _is_text(name)}

    @cached_property
    def _names(self) -> defaultdict[str, list[str]]:
        names: defaultdict[str, list[str]] = defaultdict(list)
        for name in sorted(self._members):
            folder, slash, file = name.rpartition("/")
            names[folder + slash].append(file)
        return names


def _is_text(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)


def _refuse_long_file(content: bytes, name: str, most: int) -> bytes:
    if len(content) > most:
        raise _too_long(name, most)
    return content


def _too_long(name: str, most: int) -> DataError:
    allowed = f"{most // 10**6} MB" if most >= 10**6 else f"{most // 1000} kB"
    return DataError(f"{printable(name)} is longer than the {allowed} that are allowed.")


def _decode_utf8(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{printable(name)}, line {line:,}: byte {error.start + 1:,} of the file is not UTF-8; save it as UTF-8."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{printable(name)}, line {line:,}: there is a NUL character; save the file as plain text.")
    return text
