"""What tests of several wings share: a home of their own, and real photographs where they are at hand."""

import os
import tarfile
from pathlib import Path

import pytest

import playground  # noqa: F401  # before a test imports torch or numba: see playground/openmp.py

PHOTOGRAPHS = Path(__file__).parents[2] / "shared" / "data" / "cifar10-jpeg.tar.xz"


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real photographs, train/<class> and test/<class>: 300 and 60 of each of CIFAR-10's ten classes."""
    if not PHOTOGRAPHS.exists():
        if os.environ.get("CI"):
            pytest.fail("The photographs (../shared/data) are missing, and nothing may be skipped here.")
        pytest.skip("The photographs (../shared/data) are not here.")
    folder = tmp_path_factory.mktemp("photographs")
    with tarfile.open(PHOTOGRAPHS) as archive:
        for member in archive:
            split, _, rest = member.name.removeprefix("./").partition("/")
            number = Path(rest).stem
            if member.isfile() and number.isdigit() and int(number) < {"train": 300, "test": 60}.get(split, 0):
                archive.extract(member, folder, filter="data")
    return folder
