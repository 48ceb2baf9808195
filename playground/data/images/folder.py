"""A person's own images: a folder, or a zip of one. `layout` understands the names, `cache` keeps what was read."""

import os
import re
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.config.data import FolderConfig
from playground.data.dataset import Contents, Dataset, contents_of
from playground.data.errors import DataError
from playground.data.images.cache import Part, Recipe, cached, fingerprint
from playground.data.images.decoding import decode
from playground.data.images.folder_layout import arrange, is_hidden, is_image
from playground.data.images.parallel_reader import Source
from playground.data.images.zip_archive import Archive, Member, open_archive, plain_name
from playground.data.run_generator import finish
from playground.records import Progress
from playground.wording.escape import printable

MAX_FILES = 2_000_000  # looked at, images or not: who gives the root of a disk should hear of it soon

_LAYOUTS = "train/<class>/.. and test/<class>/.., or <class>/.., or just images"
_REPORT_EVERY = 5000
_UPLOADED = re.compile(r"^[0-9a-f]{16}-")  # what `uploads` puts before a name


class FoundFile(NamedTuple):
    """An image file in a folder, and what tells whether it has changed."""

    name: str  # relative to the folder, with forward slashes
    size: int
    modified: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image file, a `reading.Source`."""

    folder: Path
    name: str

    def pixels(self, side: int) -> NDArray[np.uint8]:
        return decode(self.folder / self.name, side)


def load_folder(config: FolderConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """Read the images of `config.path`, from the cache where nothing has changed since."""
    dataset, _ = yield from load_named(config, home)
    return dataset


def load_named(config: FolderConfig, home: Path) -> Generator[Progress, None, tuple[Dataset, list[str]]]:
    """As `load_folder`, and the names of the images that were found: `arrange` tells which rows they are."""
    path = located(config.path)
    if path.is_dir():
        return (yield from _load_files(path, config.side, home))
    return (yield from _load_zip(path, config.side, home))


def look_at_folder(config: FolderConfig, home: Path) -> Contents:
    """What there is to train on, from names alone."""
    path = located(config.path)
    layout = arrange(names_in(path), called(path), in_order=False)
    return contents_of(len(layout.train), layout.train_labels)


def names_in(path: Path) -> list[str]:
    """The names of the images in a folder or zip, in any order."""
    if path.is_dir():
        return [file.name for file in finish(scan(path))]
    with open_archive(path) as archive:
        return [plain_name(info) for info in archive.images]


def called(path: Path) -> str:
    """A folder or zip as sentences call it."""
    return repr(printable(str(path) if path.is_dir() else path.name))


@contextmanager
def opened(path: Path) -> Iterator[Recipe]:
    """The images of a folder or zip, to be read one by one and kept nowhere. Raises DataError as `load_folder`."""
    if path.is_dir():
        yield _of_files(path, finish(scan(path)))
        return
    with open_archive(path) as archive:
        yield _of_zip(archive)


def located(given: str) -> Path:
    """The existing folder or zip that a person means, as an absolute path."""
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


def scan(folder: Path) -> Generator[Progress, None, list[FoundFile]]:
    """All image files below `folder`, in any order. Links to files are followed, links to folders are not."""
    found: list[FoundFile] = []
    looked_at = 0
    unseen = [""]
    while unseen:
        below = unseen.pop()
        for entry in _entries(folder, below):
            looked_at += 1
            if looked_at % _REPORT_EVERY == 0:
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


def _entries(folder: Path, below: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder / below) as entries:
            return list(entries)
    except OSError as error:
        raise DataError(
            f"data.path: the folder {printable(str(folder / below))!r} cannot be opened ({error.strerror})."
        ) from error


def _load_files(folder: Path, side: int, home: Path) -> Generator[Progress, None, tuple[Dataset, list[str]]]:
    files = yield from scan(folder)
    files.sort()
    contents = (os.fsencode(file.name) + f"\0{file.size}\0{file.modified}".encode() for file in files)

    def recipe() -> Generator[Progress, None, Recipe]:
        yield Progress("sorting images", 0, len(files))
        return _of_files(folder, files)

    dataset = yield from cached(home, fingerprint(str(folder), side, contents), side, recipe)
    return dataset, [file.name for file in files]


def _load_zip(path: Path, side: int, home: Path) -> Generator[Progress, None, tuple[Dataset, list[str]]]:
    status = path.stat()
    contents = [f"{status.st_size}\0{status.st_mtime_ns}".encode()]
    with open_archive(path) as archive:

        def recipe() -> Generator[Progress, None, Recipe]:
            yield Progress("sorting images", 0, len(archive.images))
            return _of_zip(archive)

        dataset = yield from cached(home, fingerprint(str(path), side, contents), side, recipe)
        return dataset, [plain_name(info) for info in archive.images]


def _of_files(folder: Path, files: Sequence[FoundFile]) -> Recipe:
    sources = [ImageFile(folder, file.name) for file in files]
    return _recipe(folder.name or str(folder), called(folder), sources)


def _of_zip(archive: Archive) -> Recipe:
    sources = [Member(archive, info) for info in archive.images]
    return _recipe(_UPLOADED.sub("", archive.path.stem), called(archive.path), sources)


def _recipe(name: str, what: str, sources: Sequence[Source]) -> Recipe:
    layout = arrange([source.name for source in sources], what)
    train = Part([sources[place] for place in layout.train], layout.train_labels)
    test = Part([sources[place] for place in layout.test], layout.test_labels)
    return Recipe(printable(name), train, test, layout.class_names, layout.notes)
