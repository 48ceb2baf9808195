"""Cache of decoded data sets: decoded once, then opened as memory maps.

The loaders of files (`folder`, `public`) use `load_cached`. An entry is a folder of plain arrays, readable with
`numpy.load`:

    cache/<fingerprint>/  meta.json  train_images.npy  train_labels.npy  test_images.npy  test_labels.npy

It is written beside its place and moved there when it is complete, so an entry is whole or absent. An entry that was
damaged later is recognised by its shapes and made again.
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

from playground.data.dataset import Dataset, Split
from playground.data.errors import DataError, DiskFullError
from playground.data.images.parallel_reader import DecodableImage, Tally, read_in_threads
from playground.records import Images, Labels, Progress
from playground.storage.disk_space import free_bytes
from playground.storage.home import cache_folder
from playground.storage.temporary_folders import remove_abandoned

VERSION = 1  # of the format and of decoding: a new number makes all entries anew

_BUILDING_PREFIX = ".building-"
_BUILD_EXPIRES_SECONDS = 86400.0
_ATTEMPTS = 3
_RETRY_SECONDS = 0.1  # seconds between two looks for an entry that another process is about to put there
_DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_SPLITS = ("train", "test")


@dataclass(frozen=True)
class UnreadSplit:
    """One split before its images are decoded."""

    sources: Sequence[DecodableImage]
    labels: Labels | None


@dataclass(frozen=True)
class UnreadDataset:
    """A data set before its images are decoded: everything but the pixels."""

    name: str
    train: UnreadSplit
    test: UnreadSplit
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fingerprint(source: str, side: int, contents: Iterable[bytes]) -> str:
    """Name of an entry: 16 hex digits for source and side, 32 for its present `contents` (names, sizes, times).

    Entries that share the first 16 digits are earlier states of the same source.
    """
    first = hashlib.sha256(f"{VERSION}\0{side}\0".encode() + os.fsencode(source)).hexdigest()[:16]
    second = hashlib.sha256()
    for content in contents:
        second.update(len(content).to_bytes(8, "big") + content)
    return f"{first}-{second.hexdigest()[:32]}"


def load_cached(
    home: Path, entry: str, side: int, recipe: Callable[[], Generator[Progress, None, UnreadDataset]]
) -> Generator[Progress, None, Dataset]:
    """The data set of `entry`: opened from the cache, or else made by `recipe`, decoded, stored and opened.

    Raises DataError where images cannot be read or the cache cannot be written, DiskFullError where the disk is full.
    """
    folder = cache_folder(home) / entry
    found = open_entry(folder, side)
    if found is not None:
        return found
    made = yield from recipe()
    try:
        yield from _build(folder, side, made)
    except OSError as error:
        raise _cache_error(error, folder.parent, made.name) from error
    for _ in range(_ATTEMPTS):
        found = open_entry(folder, side)
        if found is not None:
            return found
        # Another process that saw the damaged entry may have moved ours aside; its own appears in a moment.
        time.sleep(_RETRY_SECONDS)
    raise DataError(f"The cache of {made.name} in {folder} was changed while it was written: try again.")


def open_entry(folder: Path, side: int) -> Dataset | None:
    """The data set in `folder`, its images as memory maps; None where it is absent or damaged."""
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


def _build(folder: Path, side: int, recipe: UnreadDataset) -> Generator[Progress, None, None]:
    """Decode all images into a temporary folder beside `folder`, then move it there; on failure nothing is left."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(folder.parent, _BUILDING_PREFIX, _BUILD_EXPIRES_SECONDS)
    tally = Tally(total=len(recipe.train.sources) + len(recipe.test.sources))
    _refuse_full_disk(folder.parent, tally.total * side * side * 3)
    unfinished = Path(tempfile.mkdtemp(prefix=_BUILDING_PREFIX, dir=folder.parent))
    try:
        for name, part in zip(_SPLITS, (recipe.train, recipe.test), strict=True):
            yield from _write_split(unfinished, name, part, side, tally)
        tally.refuse_failures()
        _write_meta(unfinished / "meta.json", recipe)
        _publish_entry(unfinished, folder, side)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_split(
    folder: Path, name: str, part: UnreadSplit, side: int, tally: Tally
) -> Generator[Progress, None, None]:
    """Write images as they are decoded; not into a memory map, where a full disk would kill the process (SIGBUS)."""
    with (folder / f"{name}_images.npy").open("wb") as file:
        shape = (len(part.sources), side, side, 3)
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)

        def keep(images: Images) -> None:
            file.write(images.data)

        yield from read_in_threads(part.sources, side, keep, tally)
        _flush_to_disk(file)
    if part.labels is not None:
        with (folder / f"{name}_labels.npy").open("wb") as file:
            np.save(file, part.labels, allow_pickle=False)
            _flush_to_disk(file)


def _write_meta(path: Path, recipe: UnreadDataset) -> None:
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
        _flush_to_disk(file)


def _publish_entry(unfinished: Path, folder: Path, side: int) -> None:
    """Move a complete entry into its place, unless another process was first; then remove earlier states."""
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
            shutil.rmtree(earlier, ignore_errors=True)  # memory maps that are open stay valid


def _move_aside(folder: Path) -> None:
    """Remove a damaged entry atomically, by a rename before it is deleted."""
    aside = Path(tempfile.mkdtemp(prefix=_BUILDING_PREFIX, dir=folder.parent))
    with suppress(FileNotFoundError):  # another process was faster
        os.replace(folder, aside / "damaged")
    shutil.rmtree(aside, ignore_errors=True)


def _refuse_full_disk(cache: Path, needed: int) -> None:
    if free_bytes(cache) < needed:
        raise OSError(errno.ENOSPC, f"{needed / 1e6:,.0f} MB are needed")


def _cache_error(error: OSError, cache: Path, name: str) -> DataError:
    if error.errno in _DISK_FULL:
        return DiskFullError(f"The disk is full: {name} cannot be kept in {cache}; make room there and try again.")
    return DataError(f"{name} cannot be kept in {cache} ({error.strerror or error}).")


def _flush_to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
