"""Dataset of images, returned by every loader; and Contents, its sizes as known before an image is opened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from playground.records import FloatArray, Images, Labels

_STATISTICS_SAMPLE = 10_000
_STATISTICS_CHUNK = 500
_SMALLEST_STD = 1 / 255  # one grey level: images of one colour must not be divided by zero


class ChannelStatistics(NamedTuple):
    """Mean and standard deviation of red, green and blue over all pixels, on a scale of 0 to 1."""

    mean: FloatArray  # [3]
    std: FloatArray  # [3], never below one grey level


@dataclass(frozen=True, eq=False)
class Split:
    """Images with labels, factors and captions. The pixels are read-only and may be a memory map."""

    images: Images  # [n, side, side, 3]
    labels: Labels | None  # [n], None where the data has no classes
    factors: dict[str, FloatArray] = field(default_factory=dict)  # name -> [n], for data drawn from known factors
    # One or more wordings for each image, or () where there are none. A person's own captions are loaded only for
    # methods that need them, see `captions.load`. May be computed when read: about ten microseconds an item.
    captions: Sequence[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        self.images.flags.writeable = False

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test images, their class names, and notes on how they were read."""

    name: str  # for people: "CIFAR-10"
    train: Split
    test: Split
    class_names: tuple[str, ...]  # by class id; empty where the data has no classes
    notes: tuple[str, ...] = ()  # remarks on how the data were read, one sentence each

    @cached_property
    def channel_statistics(self) -> ChannelStatistics:
        """Statistics of the training images, or of 10,000 evenly spaced ones where there are more."""
        return channel_statistics(self.train.images)


def channel_statistics(images: Images) -> ChannelStatistics:
    """Mean and std [3] of `images` [n, h, w, 3], n >= 1, read in chunks so that a memory map stays on disk."""
    count = min(len(images), _STATISTICS_SAMPLE)
    sample = np.linspace(0, len(images) - 1, count).round().astype(np.int64)
    # By counts of the 256 levels: integers are exact, so that the variance suffers no cancellation.
    counts, levels = np.zeros((3, 256), np.int64), np.arange(256)
    for start in range(0, count, _STATISTICS_CHUNK):
        pixels = images[sample[start : start + _STATISTICS_CHUNK]].reshape(-1, 3)
        counts += [np.bincount(pixels[:, channel], minlength=256) for channel in range(3)]
    pixel_count = count * images.shape[1] * images.shape[2]
    mean = counts @ levels / pixel_count
    std = np.sqrt(np.maximum(counts @ levels**2 / pixel_count - mean**2, 0.0))
    return ChannelStatistics((mean / 255).astype(np.float32), np.maximum(std / 255, _SMALLEST_STD).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Contents:
    """Sizes of the training set."""

    images: int
    classes: int  # with training images; 0 where there are no classes
    largest_class: int  # images in it, at least; 0 where there are no classes


def count_contents(images: int, labels: Labels | None) -> Contents:
    """Contents of `images` training images with class ids [images], or None where there are no classes."""
    if labels is None:
        return Contents(images, 0, 0)
    sizes = np.bincount(labels)
    return Contents(images, int((sizes > 0).sum()), int(sizes.max(initial=0)))
