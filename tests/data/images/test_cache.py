"""Cache: entries are whole or absent, reused while nothing changes, and made again where they are damaged."""

import errno
import json
import os
import shutil
import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.data import DataError, Dataset, DiskFullError, run_to_end
from playground.data.images import cache
from playground.data.images.cache import UnreadDataset, UnreadSplit, fingerprint, load_cached, open_entry
from playground.data.images.decoding import UnreadableImageError
from playground.records import Progress

ENTRY = fingerprint("somewhere", 32, [b"a", b"b"])


class Plain:
    """An image of one grey level."""

    def __init__(self, level: int, broken: bool = False) -> None:
        self.name, self.level, self.broken = f"{level}.png", level, broken

    def pixels(self, side: int) -> NDArray[np.uint8]:
        if self.broken:
            raise UnreadableImageError("is damaged or cut off")
        return np.full((side, side, 3), self.level, np.uint8)


class Kitchen:
    """Counts how often its recipe is asked for."""

    def __init__(self, *, broken: bool = False, labels: bool = True) -> None:
        self.asked, self.broken, self.labels = 0, broken, labels

    def recipe(self) -> Generator[Progress, None, UnreadDataset]:
        self.asked += 1
        yield Progress("sorting images", 0, 0)
        labels = (np.arange(100) % 2, np.arange(10) % 2) if self.labels else (None, None)
        train = UnreadSplit([Plain(n, self.broken and n == 5) for n in range(100)], labels[0])
        test = UnreadSplit([Plain(200 + n) for n in range(10)], labels[1])
        return UnreadDataset("Grey", train, test, ("even", "odd") if self.labels else (), ("A note.",))

    def load(self, home: Path, entry: str = ENTRY) -> Dataset:
        return run_to_end(load_cached(home, entry, 32, self.recipe))


def _entries(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "cache").iterdir())


def test_an_entry_is_made_once_and_holds_everything(home: Path) -> None:
    kitchen = Kitchen()
    for dataset in (kitchen.load(home), kitchen.load(home)):
        np.testing.assert_array_equal(dataset.train.images[:, 0, 0, 0], np.arange(100))
        np.testing.assert_array_equal(dataset.test.images[:, 0, 0, 0], np.arange(200, 210))
        np.testing.assert_array_equal(dataset.train.labels, np.arange(100) % 2)
        np.testing.assert_array_equal(dataset.test.labels, np.arange(10) % 2)
        assert (dataset.name, dataset.class_names, dataset.notes) == ("Grey", ("even", "odd"), ("A note.",))
        assert not dataset.train.images.flags.writeable
    assert kitchen.asked == 1
    assert _entries(home) == [ENTRY]


def test_images_stay_on_disk(home: Path) -> None:
    images = Kitchen().load(home).train.images
    while isinstance(images.base, np.ndarray) and not isinstance(images, np.memmap):
        images = images.base
    assert isinstance(images, np.memmap)


def test_without_labels(home: Path) -> None:
    dataset = Kitchen(labels=False).load(home)
    assert dataset.train.labels is dataset.test.labels is None
    assert dataset.class_names == ()


def _truncate(folder: Path) -> None:
    os.truncate(folder / "train_images.npy", 5000)


def _empty(folder: Path) -> None:
    (folder / "test_images.npy").write_bytes(b"")


def _remove(folder: Path) -> None:
    (folder / "test_labels.npy").unlink()


def _remove_meta(folder: Path) -> None:
    (folder / "meta.json").unlink()


def _break_json(folder: Path) -> None:
    (folder / "meta.json").write_text('{"name": "Gr')


def _other_json(folder: Path) -> None:
    (folder / "meta.json").write_text("[1, 2]")


def _swap(folder: Path) -> None:
    shutil.copy(folder / "test_images.npy", folder / "train_images.npy")


def _wrong_labels(folder: Path) -> None:
    np.save(folder / "train_labels.npy", np.full(100, 7))


def _pickle(folder: Path) -> None:
    np.save(folder / "train_labels.npy", np.array([{}] * 100, dtype=object), allow_pickle=True)


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("in the way")


DAMAGES = [
    _truncate,
    _empty,
    _remove,
    _remove_meta,
    _break_json,
    _other_json,
    _swap,
    _wrong_labels,
    _pickle,
    _no_folder,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_made_again(home: Path, damage: object) -> None:
    kitchen = Kitchen()
    kitchen.load(home)
    damage(home / "cache" / ENTRY)  # type: ignore[operator]
    assert open_entry(home / "cache" / ENTRY, 32) is None
    np.testing.assert_array_equal(kitchen.load(home).train.images[:, 0, 0, 0], np.arange(100))
    assert kitchen.asked == 2
    assert _entries(home) == [ENTRY]


def test_an_entry_of_another_side_is_not_taken(home: Path) -> None:
    Kitchen().load(home)
    assert open_entry(home / "cache" / ENTRY, 64) is None


def test_a_new_state_replaces_the_one_before(home: Path) -> None:
    other_source = fingerprint("elsewhere", 32, [b"a"])
    kitchen = Kitchen()
    earlier = kitchen.load(home)
    kitchen.load(home, other_source)
    changed = fingerprint("somewhere", 32, [b"a", b"c"])
    kitchen.load(home, changed)
    assert _entries(home) == sorted([other_source, changed])
    assert earlier.train.images[99, 0, 0, 0] == 99  # still open, still whole


def test_fingerprints_tell_contents_apart() -> None:
    assert fingerprint("a", 32, [b"bc"]) != fingerprint("a", 32, [b"b", b"c"])
    assert fingerprint("a", 32, []) != fingerprint("a", 64, [])
    assert fingerprint("a", 32, [b"b"]) == fingerprint("a", 32, [b"b"])


def test_unreadable_images_leave_nothing_behind(home: Path) -> None:
    with pytest.raises(DataError, match="1 of 110 images cannot be read"):
        Kitchen(broken=True).load(home)
    assert _entries(home) == []


def test_closing_midway_leaves_nothing_behind(home: Path) -> None:
    loading = load_cached(home, ENTRY, 32, Kitchen().recipe)
    next(loading)
    next(loading)
    assert len(_entries(home)) == 1
    loading.close()
    assert _entries(home) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up(home: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(file: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cache, "_flush_to_disk", full)
    with pytest.raises(DiskFullError, match=r"^The disk is full: Grey cannot be kept in .*make room there"):
        Kitchen().load(home)
    assert _entries(home) == []
    monkeypatch.undo()
    assert len(Kitchen().load(home).train) == 100


def test_a_disk_that_is_full_is_noticed_before_reading(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    with pytest.raises(DiskFullError):
        Kitchen(broken=True).load(home)  # not the error of the broken image, which comes from reading


def test_a_cache_that_cannot_be_written(home: Path) -> None:
    home.write_text("a file")
    with pytest.raises(DataError, match="Grey cannot be kept in") as caught:
        Kitchen().load(home)
    assert not isinstance(caught.value, DiskFullError)


def test_two_that_build_at_once(home: Path) -> None:
    """Both have begun when neither is there yet; both end with a whole data set, and one entry stays."""
    first, second = (load_cached(home, ENTRY, 32, Kitchen().recipe) for _ in range(2))
    for loading in (first, second):
        next(loading)
        next(loading)
    for dataset in (run_to_end(first), run_to_end(second)):
        np.testing.assert_array_equal(dataset.train.images[:, 0, 0, 0], np.arange(100))
    assert _entries(home) == [ENTRY]


def test_many_that_repair_at_once(home: Path) -> None:
    Kitchen().load(home)
    _truncate(home / "cache" / ENTRY)
    lengths: list[int] = []
    threads = [threading.Thread(target=lambda: lengths.append(len(Kitchen().load(home).train))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [100] * 6
    assert _entries(home) == [ENTRY]


def test_what_killed_processes_left_is_swept(home: Path) -> None:
    old, fresh = home / "cache" / ".building-old", home / "cache" / ".building-fresh"
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    Kitchen().load(home)
    assert _entries(home) == [".building-fresh", ENTRY]


def test_an_entry_can_be_read_without_this_package(home: Path) -> None:
    Kitchen().load(home)
    folder = home / "cache" / ENTRY
    assert json.loads((folder / "meta.json").read_text())["name"] == "Grey"
    assert np.load(folder / "train_images.npy", allow_pickle=False).shape == (100, 32, 32, 3)
