"""Loads a person's own images from a folder or a zip. `folder_layout` finds splits and classes by the names."""

import os
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.config.data import FolderConfig
from playground.data.dataset import Contents, Dataset, count_contents
from playground.data.errors import DataError
from playground.data.images.cache import UnreadDataset, UnreadSplit, fingerprint, load_cached
from playground.data.images.decoding import decode_image
from playground.data.images.folder_layout import is_hidden, is_image, parse_layout
from playground.data.images.parallel_reader import ImageSource
from playground.data.images.zip_archive import Archive, Member, open_archive, zip_member_name
from playground.data.run_generator import run_to_end
from playground.records import Progress
from playground.storage.home import UPLOAD_PREFIX
from playground.wording.escape import printable

MAX_FILES = 2_000_000  # images or not: somebody who gives the root of a disk should hear of it soon

_LAYOUTS = "train/<class>/.. and test/<class>/.., or <class>/.., or just images"
_ENTRIES_PER_REPORT = 5000


class FoundFile(NamedTuple):
    """An image file in a folder, with size and time, by which a change is noticed."""

    name: str  # relative to the folder, with forward slashes
    size: int
    modified: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image file, an `ImageSource`."""

    folder: Path
    name: str

    def pixels(self, side: int) -> NDArray[np.uint8]:
        """RGB [side, side, 3]. Raises UnreadableImageError."""
        return decode_image(self.folder / self.name, side)


def load_folder(config: FolderConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """Load the images of `config.path`, from the cache where they are unchanged. Raises DataError."""
    dataset, _ = yield from load_named(config, home)
    return dataset


def load_named(config: FolderConfig, home: Path) -> Generator[Progress, None, tuple[Dataset, list[str]]]:
    """As `load_folder`, with the names of all images found; `parse_layout` of these gives the rows of both splits."""
    path = resolve_image_path(config.path)
    if path.is_dir():
        return (yield from _load_files(path, config.side, home))
    return (yield from _load_zip(path, config.side, home))


def inspect_folder(config: FolderConfig, home: Path) -> Contents:
    """Sizes of the training set, from the names alone. Raises DataError."""
    path = resolve_image_path(config.path)
    layout = parse_layout(image_names(path), quote_path(path), in_order=False)
    return count_contents(len(layout.train), layout.train_labels)


def image_names(path: Path) -> list[str]:
    """Relative names of the images in a folder or zip, in any order. Raises DataError."""
    if path.is_dir():
        return [file.name for file in run_to_end(scan_folder(path))]
    with open_archive(path) as archive:
        return [zip_member_name(info) for info in archive.images]


def quote_path(path: Path) -> str:
    """A folder or zip as it is quoted in messages."""
    return repr(printable(str(path) if path.is_dir() else path.name))


@contextmanager
def open_images(path: Path) -> Iterator[UnreadDataset]:
    """The undecoded images of a folder or zip, without the cache. Raises DataError as `load_folder` does."""
    if path.is_dir():
        yield _unread_files(path, run_to_end(scan_folder(path)))
        return
    with open_archive(path) as archive:
        yield _unread_zip(archive)


def resolve_image_path(given: str) -> Path:
    """The absolute path of an existing folder or zip. Raises DataError where `given` is neither."""
    if not given.strip():
        raise DataError(f"data.path: no folder was given; give a folder of images ({_LAYOUTS}) or a zip of one.")
    try:
        path = Path(given.strip()).expanduser().resolve()
        path.stat()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no such person's folder, or links in a circle
        reason = "may not be opened" if isinstance(error, PermissionError) else "does not exist"
        raise DataError(
            f"data.path: {printable(given)!r} {reason}; give a folder of images, or a zip of one."
        ) from error
    if path.is_dir() or (path.is_file() and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path))):
        return path
    what = "one image" if is_image(path.name) else "a file"
    raise DataError(f"data.path: {printable(given)!r} is {what}; give the folder that your images are in, or a zip.")


def scan_folder(folder: Path) -> Generator[Progress, None, list[FoundFile]]:
    """All image files below `folder`, in any order; links to files are followed, links to folders are not.

    Raises DataError where a folder cannot be opened or there are more than MAX_FILES files.
    """
    found: list[FoundFile] = []
    looked_at = 0
    unseen = [""]
    while unseen:
        below = unseen.pop()
        for entry in _folder_entries(folder, below):
            looked_at += 1
            if looked_at % _ENTRIES_PER_REPORT == 0:
                yield Progress("looking for images", looked_at, 0)
            if entry.is_dir(follow_symlinks=False) and not is_hidden(entry.name):
                unseen.append(f"{below}{entry.name}/")
            elif is_image(entry.name) and entry.is_file():
                status = entry.stat()
                found.append(FoundFile(below + entry.name, status.st_size, status.st_mtime_ns))
        if looked_at > MAX_FILES:
            given = repr(printable(str(folder)))
            raise DataError(
                f"data.path: {given} holds more than {MAX_FILES:,} files; give a folder nearer to the images."
            )
    return found


def _folder_entries(folder: Path, below: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder / below) as entries:
            return list(entries)
    except OSError as error:
        raise DataError(
            f"data.path: the folder {printable(str(folder / below))!r} cannot be opened ({error.strerror})."
        ) from error


def _load_files(folder: Path, side: int, home: Path) -> Generator[Progress, None, tuple[Dataset, list[str]]]:
    files = yield from scan_folder(folder)
    files.sort()
    contents = (os.fsencode(file.name) + f"\0{file.size}\0{file.modified}".encode() for file in files)

    def recipe() -> Generator[Progress, None, UnreadDataset]:
        yield Progress("sorting images", 0, len(files))
        return _unread_files(folder, files)

    dataset = yield from load_cached(home, fingerprint(str(folder), side, contents), side, recipe)
    return dataset, [file.name for file in files]


def _load_zip(path: Path, side: int, home: Path) -> Generator[Progress, None, tuple[Dataset, list[str]]]:
    status = path.stat()
    contents = [f"{status.st_size}\0{status.st_mtime_ns}".encode()]
    with open_archive(path) as archive:

        def recipe() -> Generator[Progress, None, UnreadDataset]:
            yield Progress("sorting images", 0, len(archive.images))
            return _unread_zip(archive)

        dataset = yield from load_cached(home, fingerprint(str(path), side, contents), side, recipe)
        return dataset, [zip_member_name(info) for info in archive.images]


def _unread_files(folder: Path, files: Sequence[FoundFile]) -> UnreadDataset:
    sources = [ImageFile(folder, file.name) for file in files]
    return _unread_dataset(folder.name or str(folder), quote_path(folder), sources)


def _unread_zip(archive: Archive) -> UnreadDataset:
    sources = [Member(archive, info) for info in archive.images]
    return _unread_dataset(UPLOAD_PREFIX.sub("", archive.path.stem), quote_path(archive.path), sources)


def _unread_dataset(name: str, what: str, sources: Sequence[ImageSource]) -> UnreadDataset:
    layout = parse_layout([source.name for source in sources], what)
    train = UnreadSplit([sources[place] for place in layout.train], layout.train_labels)
    test = UnreadSplit([sources[place] for place in layout.test], layout.test_labels)
    return UnreadDataset(printable(name), train, test, layout.class_names, layout.notes)
