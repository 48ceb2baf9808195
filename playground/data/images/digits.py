"""scikit-learn's 1,797 handwritten digits, the one real data set that needs no download.

8x8 scans with 17 grey levels, from the UCI repository (Alpaydin and Kaynak 1998,
https://archive.ics.uci.edu/dataset/80), enlarged to the chosen side.
"""

from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from playground.config.data import DigitsConfig
from playground.data.dataset import Contents, Dataset, Split
from playground.records import Images, Progress

TRAIN_COUNT, TEST_COUNT = 1400, 397


def load_digits(config: DigitsConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """All digits in a fixed, stratified split. `home` is not used: nothing is cached."""
    from sklearn import datasets  # slow to import, and only needed here

    yield Progress("reading images", 0, TRAIN_COUNT + TEST_COUNT)
    bunch = datasets.load_digits()
    images = _enlarge(np.asarray(bunch.images), config.side)
    labels = np.asarray(bunch.target).astype(np.int64)
    held_out = _held_out_mask(labels)
    train = Split(images[~held_out], labels[~held_out])
    test = Split(images[held_out], labels[held_out])
    return Dataset("Digits", train, test, tuple(str(digit) for digit in range(10)))


def inspect_digits(config: DigitsConfig, home: Path) -> Contents:
    """Sizes of the training set."""
    return Contents(TRAIN_COUNT, 10, TRAIN_COUNT // 10)


def _held_out_mask(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mask [n] of the test images for `labels` [n]: evenly spaced ones after sorting by class."""
    places = np.arange(len(labels) + 1) * TEST_COUNT // len(labels)
    held_out = np.zeros(len(labels), np.bool_)
    held_out[np.argsort(labels, kind="stable")] = np.diff(places) > 0
    return held_out


def _enlarge(scans: NDArray[np.float64], side: int) -> Images:
    """Scans [n, 8, 8] with values 0 to 16, as grey images [n, side, side, 3]."""
    grey = np.round(scans * (255 / 16)).astype(np.uint8)
    large = [np.asarray(Image.fromarray(scan).resize((side, side), Image.Resampling.BICUBIC)) for scan in grey]
    return np.repeat(np.stack(large)[..., None], 3, axis=3)
