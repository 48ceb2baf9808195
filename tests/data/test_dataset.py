"""Dataset: its statistics, and that its pixels cannot be changed by accident."""

import numpy as np
import pytest

from playground.data.dataset import Dataset, Split, channel_statistics


def _random_images(count: int, side: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_statistics_are_those_of_all_pixels() -> None:
    images = _random_images(1203)
    expected = images.astype(np.float64) / 255
    mean, std = channel_statistics(images)
    np.testing.assert_allclose(mean, expected.mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(std, expected.std(axis=(0, 1, 2)), rtol=1e-6)
    assert mean.dtype == std.dtype == np.float32


def test_statistics_look_at_the_whole_of_many_images() -> None:
    images = np.zeros((30_000, 1, 1, 3), np.uint8)
    images[15_000:] = 255  # a sample of the first 10,000 would see black only
    mean, std = channel_statistics(images)
    np.testing.assert_allclose(mean, 0.5, atol=1e-3)
    np.testing.assert_allclose(std, 0.5, atol=1e-3)


def test_images_of_one_colour_have_a_std_that_can_be_divided_by() -> None:
    mean, std = channel_statistics(np.full((3, 2, 2, 3), 51, np.uint8))
    np.testing.assert_allclose(mean, 0.2, rtol=1e-6)
    np.testing.assert_allclose(std, 1 / 255, rtol=1e-6)


def test_statistics_are_of_the_training_images_alone() -> None:
    train, test = Split(_random_images(5), None), Split(np.zeros((5, 4, 4, 3), np.uint8), None)
    dataset = Dataset("Noise", train, test, ())
    np.testing.assert_array_equal(dataset.channel_statistics.mean, channel_statistics(train.images).mean)


def test_pixels_are_read_only() -> None:
    split = Split(_random_images(2), None)
    with pytest.raises(ValueError, match="read-only"):
        split.images[0] = 0
