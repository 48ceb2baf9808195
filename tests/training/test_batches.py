"""Which images come together in a batch."""

from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from numpy.typing import NDArray

from playground.data import Split
from playground.inference.errors import TrainingError
from playground.inference.pixels import channels_last, normalized_pixels, to_pictures
from playground.training.batches import Batch, batch_labels, make_batches
from tests.training.tiny import tiny


def epochs(count: int, batch_size: int, seed: int = 0, wanted: int = 2) -> list[list[Batch]]:
    """The batches of the first epochs."""
    config = tiny(batch_size=batch_size, seed=seed)
    found = list(islice(make_batches(config, count), wanted * (count // batch_size)))
    return [[batch for batch in found if batch.epoch == epoch] for epoch in range(wanted)]


@settings(max_examples=50, deadline=None)
@given(count=st.integers(2, 200), batch_size=st.integers(2, 50), seed=st.integers(0, 2**31 - 1))
def test_every_image_at_most_once_an_epoch_and_only_full_batches(count: int, batch_size: int, seed: int) -> None:
    if batch_size > count:
        return
    for epoch in epochs(count, batch_size, seed):
        assert len(epoch) == count // batch_size
        assert {len(batch.indices) for batch in epoch} == {batch_size}
        rows = np.concatenate([batch.indices for batch in epoch])
        assert len(set(rows.tolist())) == len(rows)
        assert rows.min() >= 0
        assert rows.max() < count


def test_where_batches_fill_the_data_every_image_comes_once() -> None:
    first, second = epochs(96, 32)
    for epoch in (first, second):
        assert sorted(np.concatenate([batch.indices for batch in epoch]).tolist()) == list(range(96))


def test_order_follows_from_seed_and_epoch_alone() -> None:
    rows = [[batch.indices.tolist() for batch in epoch] for epoch in epochs(100, 32, seed=3)]
    again = [[batch.indices.tolist() for batch in epoch] for epoch in epochs(100, 32, seed=3)]
    other = [[batch.indices.tolist() for batch in epoch] for epoch in epochs(100, 32, seed=4)]
    assert rows == again
    assert rows[0] != rows[1]  # another order in each epoch
    assert rows[0] != other[0]


@settings(max_examples=50, deadline=None)
@given(count=st.integers(2, 60), batch_size=st.integers(2, 20), start=st.integers(0, 50))
def test_batches_that_were_seen_are_passed_over(count: int, batch_size: int, start: int) -> None:
    if batch_size > count:
        return
    config = tiny(batch_size=batch_size, seed=3)
    walked = islice(make_batches(config, count), start, start + 7)
    for expected, found in zip(walked, make_batches(config, count, start), strict=False):
        assert found.epoch == expected.epoch
        assert found.indices.tolist() == expected.indices.tolist()


def test_fewer_images_than_a_batch_is_an_error_and_no_endless_loop() -> None:
    with pytest.raises(TrainingError, match="at most 20") as caught:
        next(make_batches(tiny(batch_size=32), 20))
    assert caught.value.reason == "bad_data"


SUPERVISED = [{"method__name": "supcon"}, {"method__name": "triplet", "method__positives": "classes"}]


def _split(labels: list[int] | None) -> Split:
    images = np.zeros((5, 32, 32, 3), np.uint8)
    return Split(images, None if labels is None else np.array(labels, np.int64))


@pytest.mark.parametrize("method", SUPERVISED, ids=str)
def test_a_method_that_learns_from_classes_gets_those_of_its_images(method: dict[str, str]) -> None:
    labels = batch_labels(_split([7, 8, 9, 8, 7]), Batch(0, np.array([4, 2, 3])), tiny(**method))
    assert labels is not None
    assert labels.tolist() == [7, 9, 8]


@pytest.mark.parametrize("method", ["simclr", "moco", "byol", "simsiam", "triplet", "margin"])
def test_other_methods_get_none_whether_there_are_classes_or_not(method: str) -> None:
    for labels in ([7, 8, 9, 8, 7], None):
        assert batch_labels(_split(labels), Batch(0, np.array([4, 2, 3])), tiny(method__name=method)) is None


@pytest.mark.parametrize("method", SUPERVISED, ids=str)
def test_images_without_classes_are_an_error_that_names_the_method(method: dict[str, str]) -> None:
    with pytest.raises(TrainingError) as caught:
        batch_labels(_split(None), Batch(0, np.array([0, 1])), tiny(**method))
    assert caught.value.reason == "bad_data"
    assert str(caught.value) == (
        f"method.name: {method['method__name']} learns from classes, but the images that were read have none: "
        "choose a method without labels."
    )


def test_plain_images_are_normalised_and_keep_their_place() -> None:
    images = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    mean, std = np.array([0.1, 0.2, 0.3], np.float32), np.array([0.5, 0.25, 0.125], np.float32)
    result = normalized_pixels(images, mean, std)
    assert result.shape == (2, 3, 4, 4)
    assert result[1, 2, 3, 0].item() == pytest.approx((images[1, 3, 0, 2] / 255 - 0.3) / 0.125, rel=1e-5)


def test_channels_last_shares_memory() -> None:
    array = np.zeros((2, 4, 4, 3), np.float32)
    tensor = channels_last(array)
    array[0, 1, 2, 0] = 5
    assert tensor[0, 0, 1, 2] == 5


every_level = np.stack(np.broadcast_arrays(*[np.arange(256, dtype=np.uint8).reshape(1, 16, 16)] * 3), axis=-1)
channels = st.tuples(*[st.floats(0.01, 1)] * 3).map(lambda values: np.array(values, np.float32))
images = st_np.arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.just(3)))


@settings(max_examples=100, deadline=None)
@given(images, channels, channels)
def test_pictures_are_the_way_back(
    given_images: NDArray[np.uint8], mean: NDArray[np.float32], std: NDArray[np.float32]
) -> None:
    found = to_pictures(normalized_pixels(given_images, mean, std), mean, std)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, given_images)


@settings(max_examples=30, deadline=None)
@given(channels, channels)
def test_every_brightness_comes_back(mean: NDArray[np.float32], std: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(to_pictures(normalized_pixels(every_level, mean, std), mean, std), every_level)


def test_what_is_brighter_or_darker_than_a_picture_can_be_is_cut_off() -> None:
    """Not folded over: 256 is no black."""
    levels = torch.tensor([-0.5, 0.0, 1.0, 1.5]).reshape(1, 1, 2, 2).expand(1, 3, 2, 2)
    shown = to_pictures(levels, np.zeros(3, np.float32), np.ones(3, np.float32))
    assert shown[0, :, :, 0].tolist() == [[0, 0], [255, 255]]


def test_a_picture_keeps_its_place_and_its_channels() -> None:
    one = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    mean, std = np.array([0.1, 0.2, 0.3], np.float32), np.array([0.5, 0.25, 0.125], np.float32)
    tensor = normalized_pixels(one, mean, std).contiguous()  # in any layout in memory
    np.testing.assert_array_equal(to_pictures(tensor, mean, std), one)
