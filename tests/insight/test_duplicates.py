"""Near-duplicates: copies that were moved, cropped, brightened or recompressed, against all pairs of different images.

Beyond what is tested here, of all 50 million pairs of CIFAR-10's test images 5 are found, and each shows one picture
twice; of 4.5 million pairs of shapes none, of 1.6 million pairs of digits 3, all of them plain strokes.
"""

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from playground.data.images.shape_renderer import draw_images
from playground.data.images.shapes import draw_factors
from playground.insight.duplicates import SHIFTED_VIEWS, _cell_weights, near_duplicates

Images = NDArray[np.uint8]
Change = Callable[[Images], Images]


def _shapes(n: int, side: int = 32, seed: int = 0) -> Images:
    return np.asarray(draw_images(draw_factors(seed, 0, n), side))


def _digits(n: int) -> Images:
    grey = np.round(load_digits().images[:n] * (255 / 16)).astype(np.uint8)
    large = [np.asarray(Image.fromarray(one).resize((32, 32), Image.Resampling.BICUBIC)) for one in grey]
    return np.repeat(np.stack(large)[..., None], 3, axis=3)


def _moved(down: int, right: int) -> Change:
    def change(images: Images) -> Images:
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
        side = images.shape[1]
        return padded[:, 1 - down : 1 - down + side, 1 - right : 1 - right + side]

    return change


def _cropped(left: int, top: int, right: int, bottom: int) -> Change:
    def change(images: Images) -> Images:
        side = images.shape[1]
        box = (left, top, side - right, side - bottom)
        return np.stack([np.asarray(Image.fromarray(one).crop(box).resize((side, side), 3)) for one in images])

    return change


def _brightened(factor: float, offset: float = 0) -> Change:
    return lambda images: np.clip(images.astype(np.float32) * factor + offset, 0, 255).astype(np.uint8)


def _recompressed(images: Images) -> Images:
    copies = []
    for one in images:
        file = io.BytesIO()
        Image.fromarray(one).save(file, "JPEG", quality=75)
        copies.append(np.asarray(Image.open(file)))
    return np.stack(copies)


COPIES: dict[str, Change] = {
    "same": lambda images: images.copy(),
    "moved down": _moved(1, 0),
    "moved up and right": _moved(-1, 1),
    "cropped": _cropped(1, 1, 1, 1),
    "cropped at a corner": _cropped(1, 1, 0, 0),
    "cropped at an edge": _cropped(0, 0, 1, 0),
    "brightened": _brightened(1.15),
    "darkened": _brightened(0.7),
    "raised": _brightened(1, 20),
    "recompressed": _recompressed,
    "all of it": lambda images: _recompressed(_brightened(0.9)(_moved(1, -1)(images))),
}


@pytest.mark.parametrize("make", [_shapes, _digits])
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_a_near_duplicate_and_of_its_original_only(make: Callable[[int], Images], copy: str) -> None:
    n = 100
    images = make(n)
    found = near_duplicates(np.concatenate([images, COPIES[copy](images)]))
    own = np.eye(n, dtype=np.bool_)
    assert found[:n, n:][own].mean() >= 0.99
    assert not found[:n, n:][~own].any() and not found[:n, :n].any() and not found[n:, n:].any()


@pytest.mark.parametrize("side", [16, 28, 64, 96])
def test_sides_of_all_sizes(side: int) -> None:
    images = _shapes(40, side)
    copies = _moved(0, 1)(images)
    found = near_duplicates(np.concatenate([images, copies]))
    assert found[np.arange(40), np.arange(40, 80)].all()
    assert found.sum() == 80


def test_different_shapes_are_no_near_duplicates() -> None:
    assert not near_duplicates(_shapes(1500)).any()


def test_different_digits_are_near_duplicates_in_three_pairs_of_a_million() -> None:
    assert near_duplicates(_digits(1000)).sum() // 2 <= 2


def test_another_colour_is_another_image() -> None:
    factors = draw_factors(0, 0, 30)
    images = draw_images(factors, 32)
    factors["hue"] = (factors["hue"] + 0.5) % 1
    assert not near_duplicates(np.concatenate([images, draw_images(factors, 32)])).any()


def test_a_shift_by_a_quarter_is_another_image() -> None:
    images = _shapes(30)
    assert not near_duplicates(np.concatenate([images, np.roll(images, 8, axis=2)])).any()


@pytest.mark.filterwarnings("error")
def test_flat_images_are_alike_where_they_have_one_colour() -> None:
    colours = [(0, 0, 0), (0, 0, 0), (200, 200, 200), (200, 30, 30), (30, 30, 200), (190, 30, 30)]
    images = np.stack([np.full((16, 16, 3), colour, np.uint8) for colour in colours])
    found = near_duplicates(images)
    assert found[0, 1] and found[0, 2]  # black and grey differ in brightness only
    assert found[3, 5] and not found[3, 4] and not found[0, 3]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 12), st.integers(0, 99), st.sampled_from((4, 8, 13)))
def test_the_relation_is_symmetric_and_follows_the_order_of_the_images(n: int, seed: int, side: int) -> None:
    rng = np.random.default_rng(seed)
    few = rng.integers(0, 256, (max(1, n // 2), side, side, 3), np.uint8)
    images = few[rng.integers(0, len(few), n)]
    found = near_duplicates(images)
    assert found.shape == (n, n) and found.dtype == np.bool_
    assert not found.diagonal().any() and (found == found.T).all()
    same = (images[:, None] == images[None]).all(axis=(2, 3, 4)) & ~np.eye(n, dtype=np.bool_)
    assert found[same].all()
    order = rng.permutation(n)
    np.testing.assert_array_equal(near_duplicates(images[order]), found[np.ix_(order, order)])


def test_chunks_do_not_show() -> None:
    images = _shapes(600)
    images[599], images[249], images[250] = images[0], images[1], images[2]
    assert [tuple(pair) for pair in np.argwhere(np.triu(near_duplicates(images)))] == [(0, 599), (1, 249), (2, 250)]


@pytest.mark.parametrize("window", sorted({window for view in SHIFTED_VIEWS for window in view}))
@pytest.mark.parametrize(("side", "grid"), [(32, 12), (5, 8), (96, 4), (4, 4)])
def test_a_cell_is_the_mean_of_what_lies_in_it(side: int, grid: int, window: tuple[int, int]) -> None:
    line = np.random.default_rng(0).random(side)
    fine = 840  # samples a pixel: a multiple of all numbers of cells that are tested
    padded = np.repeat(np.pad(line, 1, mode="edge"), fine)
    seen = padded[(1 + window[0]) * fine : (1 + side + window[1]) * fine]
    naive = [part.mean() for part in np.array_split(seen, grid)]
    np.testing.assert_allclose(_cell_weights(side, grid, window) @ line, naive, atol=1e-6)
