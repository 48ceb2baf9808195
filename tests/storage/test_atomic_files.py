"""Files are there whole or not at all, however the writing ends."""

import errno
import json
import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from playground.storage.atomic_files import append_line, finite_values, remove_leftovers, write_arrays, write_json
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python


def test_json_and_arrays_come_back(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"word": "größer", "number": 1.5, "nothing": None})
    write_arrays(tmp_path / "a.npz", x=np.arange(6.0).reshape(2, 3), words=np.array(["a", "bc"]))
    assert json.loads((tmp_path / "a.json").read_text()) == {"word": "größer", "number": 1.5, "nothing": None}
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert stored["x"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert stored["words"].tolist() == ["a", "bc"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.npz"]


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("broken", ["os.fsync", "os.replace", "numpy.savez"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_arrays(tmp_path / "a.npz", x=np.zeros(3))
    before = (tmp_path / "a.npz").read_bytes()
    monkeypatch.setattr(broken, full)
    with pytest.raises(OSError, match="No space left"):
        write_arrays(tmp_path / "a.npz", x=np.ones(3))
    assert (tmp_path / "a.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_leftovers_of_a_killed_writer_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.json.0123abcd.tmp", ".b.npz.0123abcd.tmp"):
        (tmp_path / name).touch()
    stay = ["a.json", ".a.json.tmp", ".reserve", "0123abcd.tmp"]
    for name in stay:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, "a.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*stay, ".b.npz.0123abcd.tmp"])
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)


def test_names_are_on_the_disk_when_a_write_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the file's content, then, once it has its name, the folder."""
    done: list[str] = []
    fsync, rename = os.fsync, os.replace

    def noted(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def named(old: Path, new: Path) -> None:
        done.append("name")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", named)
    write_json(tmp_path / "a.json", 1)
    assert done == ["file", "name", "folder"]


def test_what_json_cannot_hold_leaves_the_old_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"x": 1})
    for value in (float("nan"), object()):
        with pytest.raises((ValueError, TypeError)):
            write_json(tmp_path / "a.json", {"x": value})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_numbers_that_are_none_become_null() -> None:
    given = {"a": float("nan"), "b": float("inf"), "c": -float("inf"), "d": 1.5, "e": 3, "f": "nan", "g": None}
    assert finite_values(given) == {"a": None, "b": None, "c": None, "d": 1.5, "e": 3, "f": "nan", "g": None}


def test_a_line_that_does_not_fit_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that has room for half a line the system writes half of it, and says so by a number only."""
    write: Callable[[int, bytes], int] = os.write
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    append_line(descriptor, {"step": 1})
    monkeypatch.setattr(os, "write", lambda to, content: write(to, content[:5]))
    with pytest.raises(OSError, match="No space left") as caught:
        append_line(descriptor, {"step": 2})
    os.close(descriptor)
    assert caught.value.errno == errno.ENOSPC


REPLACING = """
import sys
from pathlib import Path
from playground.storage.atomic_files import write_json
for number in range(10**9):
    write_json(Path(sys.argv[1]), {"number": number, "padding": "x" * 20_000})
    print(number, flush=True)
"""
APPENDING = """
import os, sys
from playground.storage.atomic_files import append_line
descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(10**9):
    append_line(descriptor, {"number": number, "padding": "x" * 300})
    print(number, flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_writer_that_is_killed_leaves_a_whole_file(seed: int, tmp_path: Path, keep: Keep) -> None:
    writer, acknowledged = keep(python(REPLACING, tmp_path / "a.json")), -1
    for _ in range(random.Random(seed).randrange(1, 200)):
        acknowledged = int(next_line(writer))
    writer.kill()
    writer.wait()
    assert json.loads((tmp_path / "a.json").read_text())["number"] >= acknowledged


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_were_acknowledged_survive_a_kill(seed: int, tmp_path: Path, keep: Keep) -> None:
    writer, acknowledged = keep(python(APPENDING, tmp_path / "log")), -1
    for _ in range(random.Random(seed).randrange(1, 2000)):
        acknowledged = int(next_line(writer))
    writer.kill()
    writer.wait()
    whole = (tmp_path / "log").read_text().split("\n")[:-1]
    assert [json.loads(line)["number"] for line in whole] == list(range(len(whole)))
    assert len(whole) > acknowledged
