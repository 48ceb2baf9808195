"""The cache: a data set is decoded once and opened as a memory map from then on.

Loaders of files (`folder`, `public`) come through `cached`. An entry is a folder of plain arrays, readable with
`numpy.load`:

    cache/<fingerprint>/  meta.json  train_images.npy  train_labels.npy  test_images.npy  test_labels.npy

It is written beside its place and moved there when it is complete, so an entry is whole or absent; one that was
damaged later is found out by its sizes and made again.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from playground.data.dataset import Dataset, Images, Labels, Split
from playground.data.errors import DataError, DiskFullError
from playground.data.images.parallel_reader import Source, Tally, read
from playground.records import Progress
from playground.storage.home import cache_folder

VERSION = 1  # of the entries and of how images are decoded: a change makes all entries anew

_UNFINISHED = ".building-"
_ABANDONED_SECONDS = 86400.0
_ATTEMPTS = 3
_MOMENT = 0.1  # seconds between two looks for an entry that another process is about to put there
_DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_SPLITS = ("train", "test")


@dataclass(frozen=True)
class Part:
    """One split that is still to be read."""

    sources: Sequence[Source]
    labels: Labels | None


@dataclass(frozen=True)
class Recipe:
    """A data set that is still to be read: everything but the pixels."""

    name: str
    train: Part
    test: Part
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fingerprint(source: str, side: int, contents: Iterable[bytes]) -> str:
    """Name of an entry: 16 letters for the source and its side, 32 for what is in it now.

    Entries with the same first half are earlier states of the same source.
    """
    first = hashlib.sha256(f"{VERSION}\0{side}\0".encode() + os.fsencode(source)).hexdigest()[:16]
    second = hashlib.sha256()
    for content in contents:
        second.update(len(content).to_bytes(8, "big") + content)
    return f"{first}-{second.hexdigest()[:32]}"


def cached(
    home: Path, entry: str, side: int, recipe: Callable[[], Generator[Progress, None, Recipe]]
) -> Generator[Progress, None, Dataset]:
    """The data set of an entry: opened where it is in the cache, else read by its recipe, kept, and opened.

    Raises DataError where images cannot be read or the cache cannot be written, DiskFullError where there is no room.
    """
    folder = cache_folder(home) / entry
    found = open_entry(folder, side)
    if found is not None:
        return found
    made = yield from recipe()
    try:
        yield from _build(folder, side, made)
    except OSError as error:
        raise _refusal(error, folder.parent, made.name) from error
    for _ in range(_ATTEMPTS):
        found = open_entry(folder, side)
        if found is not None:
            return found
        # Another process that saw the damaged entry may have moved ours aside: it puts its own there at once.
        time.sleep(_MOMENT)
    raise DataError(f"The cache of {made.name} in {folder} was changed while it was written: try again.")


def open_entry(folder: Path, side: int) -> Dataset | None:
    """The data set kept in `folder`, its images as memory maps; None where there is none or it is damaged."""
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        class_names = tuple(str(name) for name in meta["class_names"])
        train, test = (_open_split(folder, name, meta["splits"][name], side, len(class_names)) for name in _SPLITS)
        return Dataset(str(meta["name"]), train, test, class_names, tuple(str(note) for note in meta["notes"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError, RecursionError):
        return None


def _open_split(folder: Path, name: str, meta: dict[str, Any], side: int, classes: int) -> Split:
    images = np.load(folder / f"{name}_images.npy", mmap_mode="r", allow_pickle=False)
    if images.dtype != np.uint8 or images.shape != (meta["count"], side, side, 3):
        raise ValueError("images of another shape")
    if not meta["labels"]:
        return Split(images.view(np.ndarray), None)
    labels = np.load(folder / f"{name}_labels.npy", allow_pickle=False)
    if labels.dtype != np.int64 or labels.shape != (len(images),) or not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError("labels that do not fit")
    return Split(images.view(np.ndarray), labels)


def _build(folder: Path, side: int, recipe: Recipe) -> Generator[Progress, None, None]:
    """Read everything into a folder beside `folder`, then move it there; nothing is left where that fails."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    tally = Tally(total=len(recipe.train.sources) + len(recipe.test.sources))
    _refuse_full_disk(folder.parent, tally.total * side * side * 3)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    try:
        for name, part in zip(_SPLITS, (recipe.train, recipe.test), strict=True):
            yield from _write_split(unfinished, name, part, side, tally)
        tally.refuse_failures()
        _write_meta(unfinished / "meta.json", recipe)
        _put(unfinished, folder, side)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_split(folder: Path, name: str, part: Part, side: int, tally: Tally) -> Generator[Progress, None, None]:
    """Write images as they come: not into a memory map, where a full disk kills the process instead of raising."""
    with (folder / f"{name}_images.npy").open("wb") as file:
        shape = (len(part.sources), side, side, 3)
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)

        def keep(images: Images) -> None:
            file.write(images.data)

        yield from read(part.sources, side, keep, tally)
        _to_disk(file)
    if part.labels is not None:
        with (folder / f"{name}_labels.npy").open("wb") as file:
            np.save(file, part.labels, allow_pickle=False)
            _to_disk(file)


def _write_meta(path: Path, recipe: Recipe) -> None:
    splits = {
        name: {"count": len(part.sources), "labels": part.labels is not None}
        for name, part in zip(_SPLITS, (recipe.train, recipe.test), strict=True)
    }
    meta = {
        "version": VERSION,
        "name": recipe.name,
        "class_names": recipe.class_names,
        "notes": recipe.notes,
        "splits": splits,
    }
    with path.open("wb") as file:
        file.write(json.dumps(meta, indent=1).encode())
        _to_disk(file)


def _put(unfinished: Path, folder: Path, side: int) -> None:
    """Move a complete entry into its place, unless another process was first; then remove what it replaces."""
    for _ in range(_ATTEMPTS):
        try:
            os.replace(unfinished, folder)
            break
        except OSError:
            if open_entry(folder, side) is not None:
                return
            _move_aside(folder)  # what is in the way is damaged
    source, _, _ = folder.name.partition("-")
    for earlier in folder.parent.glob(f"{source}-*"):
        if earlier != folder:
            shutil.rmtree(earlier, ignore_errors=True)  # who has it open keeps it until they are done


def _move_aside(folder: Path) -> None:
    """Remove a damaged entry in one step as others see it: deleting it takes many."""
    aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))
    with suppress(FileNotFoundError):  # another process was faster
        os.replace(folder, aside / "damaged")
    shutil.rmtree(aside, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """Remove what killed processes left behind."""
    for folder in cache.glob(f"{_UNFINISHED}*"):
        try:
            abandoned = time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS
        except FileNotFoundError:
            continue  # its process has just finished
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _refuse_full_disk(cache: Path, needed: int) -> None:
    if shutil.disk_usage(cache).free < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:,.0f} MB are needed")


def _refusal(error: OSError, cache: Path, name: str) -> DataError:
    if error.errno in _DISK_FULL:
        return DiskFullError(f"The disk is full: {name} cannot be kept in {cache}; make room there and try again.")
    return DataError(f"{name} cannot be kept in {cache} ({error.strerror or error}).")


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
