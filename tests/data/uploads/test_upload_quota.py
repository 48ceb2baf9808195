"""Room: what uploads take is counted while others come and go, and the last of the disk is left alone."""

import shutil
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from playground.data import DiskFullError
from playground.data.uploads import receive
from playground.storage.disk_space import SPARE_BYTES
from playground.storage.temporary_folders import remove_abandoned

Usage = namedtuple("Usage", "total used free")


def test_all_files_count_those_that_are_still_coming_too(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(bytes(1000))
    (tmp_path / ".receiving-x").mkdir()
    (tmp_path / ".receiving-x" / "b.zip").write_bytes(bytes(500))
    (tmp_path / "link").symlink_to("/dev/zero")
    assert 1500 <= receive.folder_bytes(tmp_path) < 1600
    assert receive.folder_bytes(tmp_path / "nothing") == 0


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, SPARE_BYTES))
    receive.refuse_full_store(tmp_path, "a.zip")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, SPARE_BYTES - 1))
    with pytest.raises(
        DiskFullError, match=r"^The disk is full: 'a\.zip' cannot be kept in .*, where less than 1 GB are"
    ):
        receive.refuse_full_store(tmp_path, "a.zip")


def test_counting_while_others_come_and_go(tmp_path: Path) -> None:
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            folder = tmp_path / ".receiving-x"
            folder.mkdir()
            (folder / "a.zip").write_bytes(bytes(10))
            shutil.rmtree(folder)

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(500):
            assert receive.folder_bytes(tmp_path) in (0, 10)
            remove_abandoned(tmp_path, receive.RECEIVING, 3600.0)
    finally:
        over.set()
        other.join()


def test_a_file_in_the_place_of_a_folder_is_left(tmp_path: Path) -> None:
    (tmp_path / ".receiving-x").write_bytes(b"")
    remove_abandoned(tmp_path, receive.RECEIVING, 3600.0)
