"""Public sets: read through torchvision where their files are here, downloaded where they are not, once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from playground.config.data import FashionConfig, NumbersConfig, PhotosConfig
from playground.data import DataError, Dataset, check_data, load, run_to_end
from playground.data.images import public
from playground.data.images.public import PUBLIC_SETS, PublicConfig

CONFIGS: dict[str, PublicConfig] = {
    **{name: PhotosConfig(name=name) for name in ("cifar10", "cifar100", "stl10")},
    "fashion_mnist": FashionConfig(),
    **{name: NumbersConfig(name=name) for name in ("mnist", "svhn")},
}


def _write_idx(path: Path, values: np.ndarray) -> None:
    """The format of MNIST: a magic number with the number of dimensions, their sizes, the bytes."""
    sizes = np.array([0x0800 + values.ndim, *values.shape], ">i4")
    path.write_bytes(sizes.tobytes() + values.astype(np.uint8).tobytes())


def _write_mnist(home: Path, folder: str) -> tuple[np.ndarray, np.ndarray]:
    raw = home / "torchvision" / folder / "raw"
    raw.mkdir(parents=True)
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (30, 28, 28)), np.arange(30) % 10
    for name, part in (("train", slice(0, 20)), ("t10k", slice(20, 30))):
        _write_idx(raw / f"{name}-images-idx3-ubyte", images[part])
        _write_idx(raw / f"{name}-labels-idx1-ubyte", labels[part])
    return images, labels


class FakeSet:
    """Looks like a torchvision data set: PIL images of one colour a class."""

    classes = ("red", "green", "blue")
    opened = 0

    def __init__(self, root: Path, train: bool = True, split: str = "") -> None:
        FakeSet.opened += 1
        self.count = 8 if train and split != "test" else 4
        self.targets = [n % 3 for n in range(self.count)]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        colour = tuple(255 * (index % 3 == channel) for channel in range(3))
        return Image.new("RGB", (32, 32), colour), self.targets[index]


class FakeSetWithLabels(FakeSet):
    """STL10 and SVHN call them so."""

    def __init__(self, root: Path, split: str) -> None:
        super().__init__(root, split=split)
        self.labels = np.array(self.targets, np.uint8)
        del self.targets

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        return Image.new("RGB", (96, 96), (9, 9, 9)), int(self.labels[index])


def _load(config: PublicConfig, home: Path) -> Dataset:
    return run_to_end(load(config, home=home))


@pytest.mark.parametrize(
    ("config", "folder", "first"), [(NumbersConfig(), "MNIST", "0"), (FashionConfig(), "FashionMNIST", "T-shirt/top")]
)
def test_grey_sets_from_their_own_files(home: Path, config: PublicConfig, folder: str, first: str) -> None:
    images, labels = _write_mnist(home, folder)
    dataset = _load(config, home)
    assert (len(dataset.train), len(dataset.test)) == (20, 10)
    assert (len(dataset.class_names), dataset.class_names[0]) == (10, first)
    np.testing.assert_array_equal(dataset.train.labels, labels[:20])
    np.testing.assert_array_equal(dataset.test.labels, labels[20:])
    expected = [
        np.asarray(Image.fromarray(scan.astype(np.uint8)).resize((32, 32), Image.Resampling.BICUBIC)) for scan in images
    ]
    np.testing.assert_allclose(dataset.train.images[..., 1].astype(int), np.array(expected[:20]), atol=1)


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_photos(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(datasets, PUBLIC_SETS[name].class_name, FakeSet)
    dataset = _load(CONFIGS[name], home)
    assert dataset.name == PUBLIC_SETS[name].title
    assert dataset.class_names == FakeSet.classes
    assert dataset.train.labels is not None
    np.testing.assert_array_equal(dataset.train.images[:, 0, 0].argmax(axis=1), dataset.train.labels)
    assert len(dataset.test) == 4


@pytest.mark.parametrize("name", ["stl10", "svhn"])
def test_sets_that_name_their_splits(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(datasets, PUBLIC_SETS[name].class_name, FakeSetWithLabels)
    dataset = _load(CONFIGS[name], home)
    assert (len(dataset.train), len(dataset.test)) == (8, 4)
    assert dataset.train.images.shape == (8, 32, 32, 3)
    np.testing.assert_array_equal(dataset.train.labels, np.arange(8) % 3)


def test_the_second_load_does_not_ask_torchvision(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "CIFAR10", FakeSet)
    first = _load(PhotosConfig(), home)
    monkeypatch.delattr(datasets, "CIFAR10")
    np.testing.assert_array_equal(_load(PhotosConfig(), home).train.images, first.train.images)


def _download_that(home: Path, monkeypatch: pytest.MonkeyPatch, brings: bool) -> list[str]:
    asked: list[str] = []

    def stand_in(title: str, class_name: str, size: int, root: Path):  # type: ignore[no-untyped-def]
        asked.append(f"{title} {class_name} {size} {root}")
        if brings:
            _write_mnist(home, "MNIST")
        yield from ()

    monkeypatch.setattr(public, "download", stand_in)
    return asked


def test_what_is_not_here_is_downloaded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _download_that(home, monkeypatch, brings=True)
    assert len(_load(NumbersConfig(), home).train) == 20
    assert asked == [f"MNIST MNIST 11594722 {home / 'torchvision'}"]


def test_a_download_that_brought_nothing_of_use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _download_that(home, monkeypatch, brings=False)
    with pytest.raises(DataError, match=r"The files of MNIST in .* are damaged: remove them"):
        _load(NumbersConfig(), home)


def test_damaged_files(home: Path) -> None:
    _write_mnist(home, "MNIST")
    (home / "torchvision" / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03nonsense")
    with pytest.raises(DataError, match=r"The files of MNIST in .* are damaged: remove them"):
        _load(NumbersConfig(), home)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_number_of_images_is_known_beforehand(home: Path, name: str) -> None:
    assert check_data(CONFIGS[name], home=home, batch_size=256) == PUBLIC_SETS[name].train_count
    assert not home.exists()


@pytest.mark.parametrize("name", CONFIGS)
def test_torchvision_knows_the_class(name: str) -> None:
    assert hasattr(datasets, PUBLIC_SETS[name].class_name)


def test_torchvision_is_not_imported_from_the_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "CIFAR10", FakeSet)
    _load(PhotosConfig(), home)
    code = (
        "import sys; from pathlib import Path; from playground.data import run_to_end, load\n"
        "from playground.config.data import PhotosConfig\n"
        f"print(len(run_to_end(load(PhotosConfig(), home=Path({str(home)!r}))).train))\n"
        "assert not {'torch', 'torchvision'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "8\n"
