"""Reads images from a zip without unpacking it to the disk. Used by `folder` and `uploads`.

A zip is untrusted. Every limit is checked against the bytes that are really read, as the sizes in its directory may be
false.
"""

import io
import os
import re
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from playground.data.errors import DataError
from playground.data.images.decoding import UnreadableImageError, decode_image, read_megapixels
from playground.data.images.folder_layout import is_image
from playground.wording.escape import printable

MAX_ENTRIES = 20_000
MAX_BYTES = 2_000_000_000  # of all images, unpacked
MAX_IMAGE_BYTES = 128_000_000  # of one image, unpacked: enough for 25 megapixels
MAX_TOTAL_MEGAPIXELS = 20_000  # of all images: about three minutes of decoding
MAX_RATIO = 100  # unpacked bytes for each packed byte, of one image and of the whole zip
MAX_DIRECTORY_BYTES = 16_000_000  # of the zip's table of contents, which is read into memory as a whole

_DRIVE = re.compile(r"[^/]*:(/|$)|[a-zA-Z]:")
_UNPACK_BYTES = 1 << 20


@dataclass
class Archive:
    """An open zip whose directory is within the limits. Members may be read in several threads."""

    path: Path
    file: zipfile.ZipFile
    images: tuple[zipfile.ZipInfo, ...]
    size: int  # bytes of the zip
    _unpacked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, member: zipfile.ZipInfo) -> bytes:
        """The bytes of one member. Raises DataError beyond a limit, and UnreadableImageError where it is damaged."""
        content = bytearray()
        try:
            with self.file.open(member) as stream:
                while chunk := stream.read(_UNPACK_BYTES):
                    content += chunk
                    self._refuse_bomb(member, len(content), len(chunk))
        except (DataError, MemoryError):
            raise
        except Exception as error:  # a broken zip raises almost anything: BadZipFile, zlib.error, struct.error, OSError
            raise UnreadableImageError("is damaged inside the zip") from error
        return bytes(content)

    def _refuse_bomb(self, member: zipfile.ZipInfo, unpacked: int, more: int) -> None:
        with self._lock:
            self._unpacked += more
            total = self._unpacked
        name = printable(member.filename)
        if unpacked > MAX_IMAGE_BYTES:
            raise self.refusal(f"unpacks {name!r} to more than the {MAX_IMAGE_BYTES // 10**6} MB allowed for an image")
        if unpacked > MAX_RATIO * max(member.compress_size, 1):
            raise self.refusal(f"unpacks {name!r} to more than {MAX_RATIO} times its size, which no image needs")
        if total > MAX_BYTES:
            raise self.refusal(f"unpacks to more than the {MAX_BYTES / 1e9:g} GB that are allowed")
        if total > MAX_RATIO * self.size:
            raise self.refusal(f"unpacks to more than {MAX_RATIO} times its size, which no images need")

    def refusal(self, reason: str) -> DataError:
        """The error of this zip, as one sentence with the `reason`."""
        return _zip_error(self.path, reason)


@dataclass(frozen=True, slots=True)
class Member:
    """One image in a zip, a `DecodableImage`."""

    archive: Archive
    info: zipfile.ZipInfo

    @property
    def name(self) -> str:
        return zip_member_name(self.info)

    def megapixels(self) -> float:
        """As the image's header says; 0.0 where it says nothing that can be read."""
        try:
            with self.archive.file.open(self.info) as stream:
                return read_megapixels(cast(BinaryIO, stream))
        except Exception:  # a broken zip raises almost anything, and `pixels` says what is wrong
            return 0.0

    def pixels(self, side: int) -> NDArray[np.uint8]:
        """RGB [side, side, 3]. Raises as `Archive.read` and `decode_image` do."""
        return decode_image(io.BytesIO(self.archive.read(self.info)), side)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a zip. Raises DataError where it is no zip, is cut off, or its directory breaks a limit."""
    with path.open("rb") as stream:
        bounded = _BoundedStart(stream, path)
        try:
            file = zipfile.ZipFile(cast(BinaryIO, bounded))
        except (DataError, MemoryError):
            raise
        except Exception as error:  # as in Archive.read
            raise _zip_error(path, "is not a zip, or is cut off") from error
        bounded.left = None
        with file:
            size = os.fstat(stream.fileno()).st_size
            yield Archive(path, file, tuple(_checked_images(path, file.infolist(), size)), size)


def _checked_images(path: Path, members: list[zipfile.ZipInfo], size: int) -> Iterator[zipfile.ZipInfo]:
    if len(members) > MAX_ENTRIES:
        raise _zip_error(
            path, f"holds {len(members):,} files, at most {MAX_ENTRIES:,} are allowed; unpack it and give the folder"
        )
    for member in members:
        _refuse_member(path, member)
        if not member.is_dir() and is_image(zip_member_name(member)):
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _zip_error(path, "is packed in an unusual way; pack it again as an ordinary zip")
            yield member
    if sum(member.compress_size for member in members) > size:  # a bomb may unpack the same bytes many times
        raise _zip_error(path, "holds files that overlap; pack it again as an ordinary zip")
    # Claimed sizes may be too small, so they are a lower bound: one above the limit need not be read.
    if sum(member.file_size for member in members if is_image(zip_member_name(member))) > MAX_BYTES:
        raise _zip_error(path, f"unpacks to more than the {MAX_BYTES / 1e9:g} GB that are allowed")


def zip_member_name(member: zipfile.ZipInfo) -> str:
    """Name of a member with forward slashes and without empty parts; some programs write backslashes."""
    return str(PurePosixPath(member.filename.replace("\\", "/")))


def _refuse_member(path: Path, member: zipfile.ZipInfo) -> None:
    # orig_filename is the name in the zip; filename is already cut off at a NUL.
    name = member.orig_filename.replace("\\", "/")
    shown = printable(member.orig_filename)
    if "\0" in name or ".." in name.split("/") or name.startswith("/") or _DRIVE.match(name):
        raise _zip_error(path, f"holds {shown!r}, a name that leads out of the zip")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _zip_error(path, f"holds {shown!r}, a link; only files are read")
    if member.flag_bits & 0x1:
        raise _zip_error(path, "is protected by a password; pack it again without one")


def _zip_error(path: Path, reason: str) -> DataError:
    return DataError(f"data.path: {printable(path.name)!r} {reason}.")


class _BoundedStart:
    """A file of which only `left` bytes can be read until that is set to None: the directory of a zip may be a bomb."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream, self._path = stream, path
        self.left: int | None = MAX_DIRECTORY_BYTES
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if self.left is None:
            return self._stream.read(size)
        if size > self.left:
            raise _zip_error(self._path, "has a table of contents that is too large; unpack it and give the folder")
        content = self._stream.read(size if size >= 0 else self.left)
        self.left -= len(content)
        return content
