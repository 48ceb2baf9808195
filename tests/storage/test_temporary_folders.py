"""What a killed process has left goes; what another one is at stays."""

import os
import time
from pathlib import Path

from playground.storage.temporary_folders import remove_abandoned


def aged(path: Path, seconds: float) -> Path:
    os.utime(path, (time.time() - seconds, time.time() - seconds))
    return path


def test_only_folders_in_which_nothing_has_changed_for_so_long_are_removed(tmp_path: Path) -> None:
    for name in (".making-old", ".making-grows", "other"):
        (tmp_path / name / "inside").mkdir(parents=True)
        (tmp_path / name / "inside" / "a").write_bytes(b"a")
        for path in (tmp_path / name / "inside" / "a", tmp_path / name / "inside", tmp_path / name):
            aged(path, 100)
    aged(tmp_path / ".making-grows" / "inside" / "a", 10)
    remove_abandoned(tmp_path, ".making-", 50)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".making-grows", "other"]


def test_a_file_in_the_place_of_a_folder_is_left(tmp_path: Path) -> None:
    (tmp_path / ".making-x").write_bytes(b"")
    aged(tmp_path / ".making-x", 100)
    remove_abandoned(tmp_path, ".making-", 50)
    assert (tmp_path / ".making-x").exists()
