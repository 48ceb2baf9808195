"""Download: whole or absent, with progress, and ended at once where nobody wants it any more.

torchvision is not asked: a small program stands in for the one that calls it.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from playground.data import DataError, run_to_end
from playground.data.images import download
from playground.records import Progress

WORKS = """
import pathlib, sys, time
root = pathlib.Path(sys.argv[2])
print("noise"), print("noise", file=sys.stderr)
with open(root / "set.tar.gz", "wb") as file:
    for _ in range(5):
        file.write(bytes(200)), file.flush(), time.sleep(0.1)
(root / "set").mkdir()
(root / "set" / "images").write_text("all of " + sys.argv[1])
"""
FAILS = """
import pathlib, sys
(pathlib.Path(sys.argv[2]) / "set.tar.gz").write_bytes(bytes(100))
import urllib.error
raise urllib.error.URLError("[Errno -3] Temporary failure in name resolution")
"""
HANGS = """
import os, pathlib, sys, time
(pathlib.Path(sys.argv[2]).parent / "pid").write_text(str(os.getpid()))
time.sleep(60)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "torchvision"


def _use(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "program.py"
    path.write_text(program)
    monkeypatch.setattr(download, "_FETCH", path)
    monkeypatch.setattr(download, "_POLL_SECONDS", 0.02)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_arrives_is_put_in_place(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _use(WORKS, tmp_path, monkeypatch)
    (root / "set").mkdir(parents=True)
    (root / "set" / "half").write_text("left by something else")
    seen: list[Progress] = []
    run_to_end(download.download("A set", "ASet", 900, root), seen.append)
    assert {(progress.phase, progress.total) for progress in seen} == {("downloading A set", 900)}
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert 0 < max(done) <= 900  # 1,000 bytes come: what is known beforehand may be a little off
    assert [str(path.relative_to(root)) for path in sorted(root.rglob("*"))] == ["set", "set/images"]
    assert (root / "set" / "images").read_text() == "all of ASet"
    assert capfd.readouterr() == ("", "")


def test_a_download_that_fails_leaves_nothing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(FAILS, tmp_path, monkeypatch)
    with pytest.raises(DataError) as caught:
        run_to_end(download.download("A set", "ASet", 900, root))
    assert str(caught.value) == (
        "A set is not on this machine and could not be downloaded (urlopen error [Errno -3] Temporary failure in name "
        f"resolution): choose shapes, digits or a folder of your own images, or put its files into {root}."
    )
    assert list(root.iterdir()) == []


def test_closing_ends_the_download(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(HANGS, tmp_path, monkeypatch)
    downloading = download.download("A set", "ASet", 900, root)
    next(downloading)
    while not (root / "pid").exists() or not (root / "pid").read_text():
        next(downloading)
    pid = int((root / "pid").read_text())
    assert _runs(pid)
    downloading.close()
    assert not _runs(pid)
    assert [path.name for path in root.iterdir()] == ["pid"]


def test_a_place_that_cannot_be_written(root: Path) -> None:
    root.write_text("a file")
    with pytest.raises(DataError, match="A set is not on this machine and could not be downloaded"):
        run_to_end(download.download("A set", "ASet", 900, root))


FAKE_TORCHVISION = """
class CIFAR10:
    def __init__(self, root, train, download):
        print("asked", "CIFAR10", root, train, download, flush=True)
class SVHN:
    def __init__(self, root, split, download):
        print("asked", "SVHN", root, split, download, flush=True)
class Hangs:
    def __init__(self, root, train, download):
        import time
        print("asked", flush=True), time.sleep(60)
"""


def _fetch(tmp_path: Path, class_name: str) -> subprocess.Popen[str]:
    """The real program, with a package called torchvision that only says what it is asked."""
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text("")
    (tmp_path / "torchvision" / "datasets.py").write_text(FAKE_TORCHVISION)
    return subprocess.Popen(
        [sys.executable, "-P", str(download._FETCH), class_name, "ROOT"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("class_name", "splits"), [("CIFAR10", (True, False)), ("SVHN", ("train", "test"))])
def test_torchvision_is_asked_for_both_splits(tmp_path: Path, class_name: str, splits: tuple[object, object]) -> None:
    process = _fetch(tmp_path, class_name)
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    assert lines == [f"asked {class_name} ROOT {split} True" for split in splits]
    process.communicate()
    assert process.returncode == 0


def test_a_download_ends_with_the_process_that_asked_for_it(tmp_path: Path) -> None:
    process = _fetch(tmp_path, "Hangs")
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "asked\n"
    process.stdin.close()  # as when the other end is killed
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.stdout.close()
    assert process.wait() == 1


def test_what_a_killed_download_has_left_goes_with_the_next_one(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(WORKS, tmp_path, monkeypatch)
    for name, age in (("old", 7200), ("young", 60)):
        folder = root / f".downloading-{name}"
        folder.mkdir(parents=True)
        (folder / "set.tar.gz").write_bytes(bytes(10))
        for path in (folder / "set.tar.gz", folder):
            os.utime(path, (time.time() - age, time.time() - age))
    run_to_end(download.download("The set", "Set", 1000, root))
    assert not (root / ".downloading-old").exists()
    assert (root / ".downloading-young").exists()  # another process may still be at it


def test_what_does_not_fit_on_the_disk_is_not_begun(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_500_000_000))
    with pytest.raises(DataError, match=r"it needs 3\.0 GB of disk, 1\.5 GB are free"):
        run_to_end(download.download("The set", "Set", 1_000_000_000, root))
    assert list(root.iterdir()) == []
