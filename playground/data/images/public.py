"""Public data sets that torchvision knows: downloaded when first asked for, then read like any other files.

torchvision takes seconds to import, so that happens only where a data set is not in the cache yet.
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
from playground.data.images.cache import Part, Recipe, cached, fingerprint
from playground.data.images.decoding import to_square
from playground.data.images.download import download
from playground.records import Progress
from playground.storage.home import torchvision_folder

PublicConfig = PhotosConfig | FashionConfig | NumbersConfig

_TEN_DIGITS = tuple(str(digit) for digit in range(10))


@dataclass(frozen=True)
class PublicSet:
    """What is known of a public data set before it is on this machine."""

    title: str
    class_name: str  # in torchvision.datasets
    train_count: int
    download_bytes: int
    classes: int = 10
    split_argument: bool = False  # whether torchvision names its splits instead of asking train=True
    class_names: tuple[str, ...] = ()  # where torchvision's own are missing, or not meant to be read


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
    """One image of a torchvision data set, a `reading.Source`."""

    images: Any  # a torchvision data set: [index] gives a PIL image and its label
    index: int

    @property
    def name(self) -> str:
        return f"image {self.index}"

    def pixels(self, side: int) -> NDArray[np.uint8]:
        return to_square(self.images[self.index][0], side)


def load_public(config: PublicConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """The training and test images of a public data set; raises DataError where it is not here and cannot be had."""
    public, root = PUBLIC_SETS[config.name], torchvision_folder(home)

    def recipe() -> Generator[Progress, None, Recipe]:
        yield Progress(f"opening {public.title}", 0, 0)
        opened = _open(public, root)
        if opened is None:
            yield from download(public.title, public.class_name, public.download_bytes, root)
            opened = _open(public, root)
        if opened is None:
            raise _damaged(public, root)
        train, test = opened
        class_names = public.class_names or tuple(str(name) for name in train.classes)
        return Recipe(public.title, _part(train), _part(test), class_names)

    entry = fingerprint(f"torchvision {config.name}", config.side, [])
    return (yield from cached(home, entry, config.side, recipe))


def look_at_public(config: PublicConfig, home: Path) -> Contents:
    """What there is to train on, whether or not it is on this machine."""
    public = PUBLIC_SETS[config.name]
    return Contents(public.train_count, public.classes, public.train_count // public.classes)


def _open(public: PublicSet, root: Path) -> tuple[Any, Any] | None:
    """Both splits from the files in `root`; None where files are missing or their checksums are wrong."""
    from torchvision import datasets

    dataset_class = getattr(datasets, public.class_name)
    try:
        if public.split_argument:
            return dataset_class(root, split="train"), dataset_class(root, split="test")
        return dataset_class(root, train=True), dataset_class(root, train=False)
    except RuntimeError:  # what torchvision raises for both
        return None
    except Exception as error:  # the files pass as the right ones and are not
        raise _damaged(public, root) from error


def _damaged(public: PublicSet, root: Path) -> DataError:
    return DataError(f"The files of {public.title} in {root} are damaged: remove them, then they are downloaded again.")


def _part(images: Any) -> Part:
    labels = images.targets if hasattr(images, "targets") else images.labels
    sources: Sequence[PublicImage] = [PublicImage(images, index) for index in range(len(images))]
    return Part(sources, np.asarray(labels).astype(np.int64))
