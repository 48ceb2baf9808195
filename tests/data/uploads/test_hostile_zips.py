"""Two hundred hostile zips, each looked into by a real process: refused in a sentence, or accepted and harmless."""

import io
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from playground.data import DataError, keep_zip
from playground.data.images import zip_archive
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.zip_archive import Member, open_archive
from playground.data.uploads import sandbox_process
from playground.data.uploads.receive import folder_bytes
from playground.data.uploads.resource_limits import MEMORY_BYTES
from tests.data.forged import Random
from tests.data.hostile import COSTLY, KINDS, hostile

SEEDS, SEEDS_OF_COSTLY = 6, 3  # of each kind
MOST_MEMORY = 700_000_000  # bytes that the process has used; what it may reserve is MEMORY_BYTES


class Watch:
    """The most that the processes have taken, and the uploads on the disk; looked at every few milliseconds."""

    def __init__(self, uploads: Path) -> None:
        self.uploads, self.resident, self.reserved, self.disk, self.processes = uploads, 0, 0, 0, 0

    def follow(self, process: Any) -> Any:
        self.processes += 1
        threading.Thread(target=self._follow, args=[process], daemon=True).start()
        return process

    def _follow(self, process: Any) -> None:
        while process.returncode is None:
            try:
                said = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                return
            for name, kilobytes in re.findall(r"(VmHWM|VmPeak):\s+(\d+) kB", said):
                attribute = "resident" if name == "VmHWM" else "reserved"
                setattr(self, attribute, max(getattr(self, attribute), int(kilobytes) * 1024))
            self.disk = max(self.disk, folder_bytes(self.uploads))
            time.sleep(0.01)


@pytest.fixture
def watch(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """The server opens no zip and decodes no image; the folder it is in, and that for temporary files, stay as they are."""
    found = Watch(home / "uploads")
    start: Callable[..., Any] = sandbox_process._start_process
    monkeypatch.setattr(sandbox_process, "_start_process", lambda *given: found.follow(start(*given)))
    for folder in ("temporary", "here"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "here")
    yield found
    assert sorted(path.name for path in tmp_path.iterdir() if path != home) == ["here", "temporary"]
    assert not list((tmp_path / "temporary").iterdir()) and not list((tmp_path / "here").iterdir())
    assert [path.name for path in home.iterdir()] == ["uploads"]


def seeds(kind: Callable[[Random], bytes]) -> int:
    return SEEDS_OF_COSTLY if kind in COSTLY else SEEDS


def kept(content: bytes, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path | str:
    """Where it was kept, or why not; not opened in this process either way."""

    def not_here(*_: object, **__: object) -> None:
        raise AssertionError("a stranger's file was opened in the server's process")

    with monkeypatch.context() as here:
        here.setattr(zipfile, "ZipFile", not_here)
        here.setattr(zip_archive, "decode_image", not_here)
        try:
            return keep_zip(io.BytesIO(content), "../../holiday.zip", home)
        except DataError as error:
            return str(error)


def assert_refused(sentence: str, home: Path) -> None:
    assert sentence.startswith("data.path: 'holiday.zip' ") and sentence.endswith(".")
    assert len(sentence) < 500 and sentence.isprintable()
    assert "broke off" not in sentence and "seconds" not in sentence  # it has been looked into
    assert list((home / "uploads").iterdir()) == []


def assert_sane(path: Path, content: bytes, home: Path) -> None:
    assert [found.name for found in (home / "uploads").iterdir()] == [path.name]
    assert re.fullmatch(r"[0-9a-f]{16}-holiday\.zip", path.name)
    assert path.read_bytes() == content
    with open_archive(path) as opened:
        names = [Member(opened, info).name for info in opened.images]
        assert not any(name.startswith("/") or ".." in name.split("/") or "\0" in name for name in names)
        assert len(list(islice(filter(is_readable, (Member(opened, info) for info in opened.images)), 2))) == 2


def is_readable(member: Member) -> bool:
    try:
        return member.pixels(32).shape == (32, 32, 3)
    except UnreadableImageError:
        return False


@pytest.mark.parametrize(("kind", "verdict"), KINDS, ids=lambda given: getattr(given, "__name__", " "))
def test_hostile_zips(
    kind: Callable[[Random], bytes], verdict: str | None, home: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = 0
    for seed in range(seeds(kind)):
        content = hostile(kind, seed)
        largest = max(largest, len(content))
        found = kept(content, home, monkeypatch)
        if isinstance(found, str):
            assert_refused(found, home)
            assert verdict is None or (verdict and verdict in found), f"seed {seed}: {found}"
        else:
            assert verdict is None or verdict == "", f"seed {seed} was accepted"
            assert_sane(found, content, home)
            found.unlink()
    assert watch.processes == seeds(kind)
    assert watch.resident < MOST_MEMORY and watch.reserved <= MEMORY_BYTES
    assert watch.disk <= largest


def test_there_are_two_hundred() -> None:
    assert sum(seeds(kind) for kind, _ in KINDS) >= 200
