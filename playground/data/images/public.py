"""Loads torchvision's public data sets, which are downloaded when first used and then cached like folders.

torchvision takes seconds to import, so it is imported only where a data set is not in the cache yet.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.config.data import FashionConfig, NumbersConfig, PhotosConfig
from playground.data.dataset import Contents, Dataset
from playground.data.errors import DataError
from playground.data.images.cache import UnreadDataset, UnreadSplit, fingerprint, load_cached
from playground.data.images.decoding import to_square
from playground.data.images.download import download
from playground.records import Progress
from playground.storage.home import torchvision_folder

PublicConfig = PhotosConfig | FashionConfig | NumbersConfig

_TEN_DIGITS = tuple(str(digit) for digit in range(10))


@dataclass(frozen=True)
class PublicSet:
    """Sizes and names of a public data set, known before it is downloaded."""

    title: str
    class_name: str  # in torchvision.datasets
    train_count: int
    download_bytes: int
    classes: int = 10
    split_argument: bool = False  # whether torchvision names its splits instead of asking train=True
    class_names: tuple[str, ...] = ()  # where torchvision's own are missing or unfit for people


PUBLIC_SETS: dict[str, PublicSet] = {
    "cifar10": PublicSet("CIFAR-10", "CIFAR10", 50_000, 170_498_071),
    "cifar100": PublicSet("CIFAR-100", "CIFAR100", 50_000, 169_001_437, classes=100),
    "stl10": PublicSet("STL-10", "STL10", 5_000, 2_640_397_119, split_argument=True),
    "fashion_mnist": PublicSet("Fashion-MNIST", "FashionMNIST", 60_000, 30_878_645),
    "mnist": PublicSet("MNIST", "MNIST", 60_000, 11_594_722, class_names=_TEN_DIGITS),
    "svhn": PublicSet("SVHN", "SVHN", 73_257, 246_316_178, split_argument=True, class_names=_TEN_DIGITS),
}


@dataclass(frozen=True, slots=True)
class PublicImage:
    """One image of a torchvision data set, an `ImageSource`."""

    images: Any  # a torchvision data set: images[index] is a PIL image and its label
    index: int

    @property
    def name(self) -> str:
        return f"image {self.index}"

    def pixels(self, side: int) -> NDArray[np.uint8]:
        """RGB [side, side, 3]."""
        return to_square(self.images[self.index][0], side)


def load_public(config: PublicConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """Load a public data set, downloaded where it is not on this machine. Raises DataError where that fails."""
    public, root = PUBLIC_SETS[config.name], torchvision_folder(home)

    def recipe() -> Generator[Progress, None, UnreadDataset]:
        yield Progress(f"opening {public.title}", 0, 0)
        opened = _open_public_set(public, root)
        if opened is None:
            yield from download(public.title, public.class_name, public.download_bytes, root)
            opened = _open_public_set(public, root)
        if opened is None:
            raise _damaged_error(public, root)
        train, test = opened
        class_names = public.class_names or tuple(str(name) for name in train.classes)
        return UnreadDataset(public.title, _unread_split(train), _unread_split(test), class_names)

    entry = fingerprint(f"torchvision {config.name}", config.side, [])
    return (yield from load_cached(home, entry, config.side, recipe))


def inspect_public(config: PublicConfig, home: Path) -> Contents:
    """Sizes of the training set, downloaded or not."""
    public = PUBLIC_SETS[config.name]
    return Contents(public.train_count, public.classes, public.train_count // public.classes)


def _open_public_set(public: PublicSet, root: Path) -> tuple[Any, Any] | None:
    """Both splits from the files in `root`; None where files are missing or have wrong checksums."""
    from torchvision import datasets

    dataset_class = getattr(datasets, public.class_name)
    try:
        if public.split_argument:
            return dataset_class(root, split="train"), dataset_class(root, split="test")
        return dataset_class(root, train=True), dataset_class(root, train=False)
    except RuntimeError:  # torchvision's exception for both
        return None
    except Exception as error:  # the files pass as the right ones and are not
        raise _damaged_error(public, root) from error


def _damaged_error(public: PublicSet, root: Path) -> DataError:
    return DataError(f"The files of {public.title} in {root} are damaged: remove them, then they are downloaded again.")


def _unread_split(images: Any) -> UnreadSplit:
    labels = images.targets if hasattr(images, "targets") else images.labels
    sources: Sequence[PublicImage] = [PublicImage(images, index) for index in range(len(images))]
    return UnreadSplit(sources, np.asarray(labels).astype(np.int64))
