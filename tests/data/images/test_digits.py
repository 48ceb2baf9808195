"""Digits: all of them, in a fixed split that keeps the shares of the classes."""

from pathlib import Path

import numpy as np
from sklearn import datasets

from playground.config.data import DigitsConfig
from playground.data import run_to_end
from playground.data.images.digits import load_digits


def test_split_is_stratified_and_fixed() -> None:
    first, again = (run_to_end(load_digits(DigitsConfig(), Path())) for _ in range(2))
    assert (len(first.train), len(first.test)) == (1400, 397)
    assert first.train.labels is not None
    assert first.test.labels is not None
    train, test = np.bincount(first.train.labels), np.bincount(first.test.labels)
    assert np.abs(test / (train + test) - 397 / 1797).max() < 0.01
    np.testing.assert_array_equal(first.test.images, again.test.images)


def test_every_digit_is_in_one_split() -> None:
    """Averaged back to 8x8, the two splits together are the original scans."""
    dataset = run_to_end(load_digits(DigitsConfig(side=64), Path()))
    both = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    found = both.reshape(-1, 8, 8, 8, 8).mean(axis=(2, 4)) / 255 * 16
    original = datasets.load_digits().images
    nearest = np.array([np.abs(original - scan).mean(axis=(1, 2)).argmin() for scan in found])
    assert len(set(nearest)) > 1790  # a few scans are nearly equal to each other


def test_images_are_grey() -> None:
    images = run_to_end(load_digits(DigitsConfig(), Path())).train.images
    assert (images[..., 0] == images[..., 1]).all()
    assert (images[..., 0] == images[..., 2]).all()
    assert images.min() == 0
    assert images.max() == 255
