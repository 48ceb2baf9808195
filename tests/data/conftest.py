"""What the tests of data share: a home that is thrown away, folders and zips of images."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.data.pictures import MakeFolder, MakeZip, colour_of, image_bytes


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Write one image for each name, the first of colour 0, the next of colour 1, ..."""

    def make(names: Iterable[str]) -> Path:
        folder = tmp_path / "pictures"
        for number, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image_bytes(colour_of(number)))
        return folder

    return make


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    """Write a zip of the members given."""

    def make(members: dict[str, bytes]) -> Path:
        path = tmp_path / "pictures.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                file.writestr(name, content)
        return path

    return make
