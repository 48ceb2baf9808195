"""Free space is asked of the disk on which something would be made."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from playground.storage.disk_space import free_bytes


def test_what_is_not_there_yet_is_measured_where_it_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def disk_usage(path: Path) -> SimpleNamespace:
        asked.append(path)
        return SimpleNamespace(free=5)

    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    monkeypatch.chdir(tmp_path)
    assert [free_bytes(path) for path in (tmp_path, tmp_path / "not" / "there", Path("not/there"))] == [5, 5, 5]
    assert {path.resolve() for path in asked} == {tmp_path.resolve()}
