"""Uploads: a good zip is kept once, whole and under a harmless name; of a bad one nothing is left."""

import errno
import io
import os
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config.data import FolderConfig
from playground.data import DataError, DiskFullError, keep_zip, load, run_to_end
from playground.data.uploads import keep, receive
from tests.data.pictures import image_bytes


def _zip(members: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # with no time: the same at each call
    buffer.seek(0)
    return buffer


def _good() -> io.BytesIO:
    return _zip({f"{number}.png": image_bytes() for number in range(4)})


def _left(home: Path) -> list[str]:
    return [path.name for path in (home / "uploads").iterdir()]


def test_a_zip_is_kept_and_can_be_loaded(home: Path) -> None:
    path = keep_zip(_good(), "My cats.zip", home)
    assert path.parent == home / "uploads"
    assert path.name.endswith("-My-cats.zip")
    assert path.read_bytes() == _good().getvalue()
    dataset = run_to_end(load(FolderConfig(path=str(path)), home=home))
    assert (dataset.name, len(dataset.train)) == ("My-cats", 3)


def test_the_same_zip_is_kept_once(home: Path) -> None:
    first = keep_zip(_good(), "cats.zip", home)
    modified = first.stat().st_mtime_ns
    assert keep_zip(_good(), "cats.zip", home) == first
    assert first.stat().st_mtime_ns == modified  # so that the cache still knows it
    assert len(_left(home)) == 1


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({}, "holds no JPEG"),
        ({"a.txt": b"hello"}, "holds no JPEG"),
        ({"a.png": image_bytes()}, "holds one image only"),
        ({"a.png": image_bytes(), "b.png": b"no image"}, r"of which one can be read, .* 'b\.png', which is not a JPEG"),
        ({"a.png": image_bytes()[:50], "b.png": image_bytes()[:-30]}, "of which none can be read"),
        ({"a.png": bytes(10**7), "b.png": image_bytes()}, "more than 100 times its size"),
        ({"../a.png": image_bytes(), "b.png": image_bytes()}, "leads out of the zip"),
    ],
)
def test_a_bad_zip_leaves_nothing(home: Path, members: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        keep_zip(_zip(members), "cats.zip", home)
    assert _left(home) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\3\4 nonsense", image_bytes(), _good().getvalue()[:-30]],
    ids=["empty", "nonsense", "a picture", "cut off"],
)
def test_what_is_no_zip_leaves_nothing(home: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"'cats\.zip' is not a zip, or is cut off"):
        keep_zip(io.BytesIO(content), "cats.zip", home)
    assert _left(home) == []


def test_an_upload_that_does_not_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    monkeypatch.setattr(keep, "MAX_BYTES", 5_000_000)
    endless: BinaryIO = Endless()  # type: ignore[assignment]
    with pytest.raises(DataError, match=r"is larger than the 0\.005 GB that are allowed"):
        keep_zip(endless, "cats.zip", home)
    assert _left(home) == []


def test_a_disk_that_fills_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match=r"^The disk is full: 'cats\.zip' cannot be kept"):
        keep_zip(_good(), "cats.zip", home)
    assert _left(home) == []


def test_an_unreadable_image_is_left_for_reading_to_name(home: Path) -> None:
    path = keep_zip(_zip({"a.png": image_bytes(), "b.png": b"no image", "c.png": image_bytes()}), "cats.zip", home)
    with pytest.raises(DataError, match=r"1 of 3 images cannot be read; the first is 'b\.png'"):
        run_to_end(load(FolderConfig(path=str(path)), home=home))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.zip", "a\nb.zip", "x" * 300 + ".zip", "\udcff.zip", ".zip", "..", ""]
)
def test_odd_names(home: Path, name: str) -> None:
    path = keep_zip(_good(), name, home)
    assert path.parent == home / "uploads" and path.is_file() and len(path.name) < 70
    with pytest.raises(DataError) as caught:
        keep_zip(io.BytesIO(b"nothing"), name, home)
    assert str(caught.value).isprintable()


def test_uploads_take_no_more_than_they_may(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = keep_zip(_good(), "cats.zip", home)
    monkeypatch.setattr(receive, "MAX_UPLOADS_BYTES", first.stat().st_size + 100)
    with pytest.raises(DataError, match=r"^'dogs\.zip' cannot be kept: uploads take all of the .* somebody has to"):
        keep_zip(_good(), "dogs.zip", home)
    monkeypatch.setattr(receive, "MAX_UPLOADS_BYTES", first.stat().st_size)
    more = _good()
    with pytest.raises(DataError, match="uploads take all"):
        keep_zip(more, "dogs.zip", home)
    assert more.tell() == 0  # it need not come at all
    assert _left(home) == [first.name]


def test_a_zip_that_comes_while_there_is_no_room_is_not_read_to_its_end(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counted(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    monkeypatch.setattr(receive, "MAX_UPLOADS_BYTES", 1)
    monkeypatch.setattr(receive, "_CHECK_EVERY_BYTES", 3 * receive._RECEIVE_BYTES)
    endless = Counted()
    with pytest.raises(DataError, match="uploads take all"):
        keep_zip(endless, "cats.zip", home)  # type: ignore[arg-type]
    assert endless.given == 3 * receive._RECEIVE_BYTES
    assert _left(home) == []


def test_what_broke_off_is_removed_by_the_next_one(home: Path) -> None:
    hours = {"old": 2.0, "new": 0.5, "growing": 2.0}
    for name, ago in hours.items():
        folder = home / "uploads" / f".receiving-{name}"
        folder.mkdir(parents=True)
        (folder / "cats.zip").write_bytes(b"half")
        then = time.time() - 3600 * ago
        os.utime(folder / "cats.zip", (then, then) if name != "growing" else None)
        os.utime(folder, (then, then))
    kept = keep_zip(_good(), "cats.zip", home)
    assert sorted(_left(home)) == sorted([".receiving-growing", ".receiving-new", kept.name])


@given(st.text(max_size=200))
def test_names_are_made_harmless(name: str) -> None:
    safe = receive._safe_file_name(name, ".zip")
    assert safe
    assert not set(safe) & set("/\\\0.: ")
    assert len(f"0123456789abcdef-{safe}.zip".encode()) < 255
