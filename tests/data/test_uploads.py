"""Uploads: a good zip is kept once, whole and under a harmless name; of a bad one nothing is left."""

import errno
import io
import os
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config.data import FolderConfig
from playground.data import DataError, DiskFullError, finish, keep_zip, load, uploads
from tests.data.pictures import image_bytes


def _zip(members: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
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
    dataset = finish(load(FolderConfig(path=str(path)), home=home))
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
        ({"a.png": bytes(10**7), "b.png": image_bytes()}, "more than 100 times its size"),
        ({"../a.png": image_bytes(), "b.png": image_bytes()}, "leads out of the zip"),
    ],
)
def test_a_bad_zip_leaves_nothing(home: Path, members: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        keep_zip(_zip(members), "cats.zip", home)
    assert _left(home) == []


@pytest.mark.parametrize("content", [b"", b"PK\3\4 nonsense", image_bytes(), _good().getvalue()[:-30]])
def test_what_is_no_zip_leaves_nothing(home: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"'cats\.zip' is not a zip, or is cut off"):
        keep_zip(io.BytesIO(content), "cats.zip", home)
    assert _left(home) == []


def test_an_upload_that_does_not_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    monkeypatch.setattr(uploads, "MAX_BYTES", 5_000_000)
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
    path = keep_zip(_zip({"a.png": image_bytes(), "b.png": b"no image"}), "cats.zip", home)
    with pytest.raises(DataError, match=r"1 of 2 images cannot be read; the first is 'b\.png'"):
        finish(load(FolderConfig(path=str(path)), home=home))


@given(st.text(max_size=200))
def test_names_are_made_harmless(name: str) -> None:
    safe = uploads._safe(name)
    assert safe
    assert not set(safe) & set("/\\\0.: ")
    assert len(f"0123456789abcdef-{safe}.zip".encode()) < 255


def _hostile(number: int) -> bytes:
    """A zip with one of several attacks or defects, drawn from a seed."""
    random = np.random.default_rng(number)
    names = ["../up.png", "/abs.png", "..\\up.png", "a/../../b.png", "ok.png", "deep/" * 50 + "ok.png", "nested.zip"]
    members = {str(random.choice(names)): image_bytes() for _ in range(3)}
    if random.random() < 0.4:
        members["big.png"] = bytes(int(random.integers(10**5, 10**7)))
    content = bytearray(_zip(members).getvalue())
    for _ in range(int(random.integers(0, 4))):
        content[int(random.integers(len(content)))] = int(random.integers(256))
    return bytes(content[: int(random.integers(1, len(content) + 1))] if random.random() < 0.2 else content)


def test_two_hundred_hostile_zips(home: Path, tmp_path: Path) -> None:
    for number in range(200):
        try:
            kept = keep_zip(io.BytesIO(_hostile(number)), f"../../{number}.zip", home)
        except DataError as error:
            assert str(error).endswith(".")  # noqa: PT017
        else:
            kept.unlink()
        assert _left(home) == []
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
