"""Synthetic images of shapes, drawn from a seed with known factors. `shape_renderer` draws the pixels.

The factors are independent of each other, so that a direction of an embedding can be attributed to a factor. Hue is
uniform on the whole circle: colour alone tells most images apart, which is the shortcut that colour jitter closes.
Drawn for captions, some combinations of shape, colour and place are kept for testing: an encoder that learned the words
one by one knows those too. The words of the factors are in `shape_vocabulary`.
"""

from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.config.data import ShapesConfig
from playground.data.dataset import Contents, Dataset, Split
from playground.data.images.shape_renderer import SHAPES, TEXTURES, draw_images
from playground.data.images.shape_vocabulary import (
    CENTRED,
    FACTOR_RANGES,
    WORDS_PER_RANGE,
    ShapeCaptions,
    describe_factors,
)
from playground.data.run_generator import run_to_end
from playground.records import FloatArray, Images, Progress

_CHUNK_PIXELS = 256 * 32 * 32  # few enough for a processor's cache
_TRAIN, _TEST = 0, 1

WORD_MIDDLE = 0.7  # share of the range of a word that is used where images are drawn for captions

_drawn_ahead: dict[str, Dataset] = {}  # settings as JSON -> data set that was drawn in advance


def load_shapes(config: ShapesConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """Draw `config.count` training images and a quarter as many test images. `home` is not used: nothing is cached."""
    if drawn := _drawn_ahead.pop(_settings_key(config), None):
        return drawn
    test_count = config.count // 4
    total = config.count + test_count
    train = yield from _draw_split(config, _TRAIN, config.count, done=0, total=total)
    test = yield from _draw_split(config, _TEST, test_count, done=config.count, total=total)
    return Dataset("Shapes", train, test, tuple(SHAPES))


def draw_ahead(config: ShapesConfig) -> None:
    """Draw the images in advance; the next `load_shapes` of this config in this process returns them at once."""
    dataset = run_to_end(load_shapes(config, Path()))
    _ = dataset.channel_statistics  # a cached property
    _drawn_ahead.clear()
    _drawn_ahead[_settings_key(config)] = dataset


def _settings_key(config: ShapesConfig) -> str:
    return config.model_dump_json()


def inspect_shapes(config: ShapesConfig, home: Path) -> Contents:
    """Sizes of the training set."""
    return Contents(config.count, len(SHAPES), config.count // len(SHAPES))


def draw_factors(seed: int, split: int, count: int, *, for_captions: bool = False) -> dict[str, FloatArray]:
    """Factors of the first `count` images of a split: name -> [count]. A larger count begins with the same images.

    `shape` and `texture` are indices into `SHAPES` and `TEXTURES`; the others are in the units of `FACTOR_RANGES`.

    With `for_captions` every factor that has words (hues, place, size, brightness of the ground) is drawn within the
    middle 70 % of the range of a word, so that no image is a borderline case of its caption. Training images then never
    show the `held_out_shape` of a colour and place, and both splits have the factor `held_out`: 1 for these, else 0.
    """
    uniform = np.random.default_rng([seed, split]).random((count, 2 + len(FACTOR_RANGES)))  # a row an image, in order
    factors = {"shape": np.floor(uniform[:, 0] * len(SHAPES)), "texture": np.floor(uniform[:, 1] * len(TEXTURES))}
    for column, (name, (low, high)) in enumerate(FACTOR_RANGES.items(), start=2):
        share = _within_words(uniform[:, column], name) if for_captions else uniform[:, column]
        factors[name] = low + share * (high - low)
    drawn = {name: values.astype(np.float32) for name, values in factors.items()}
    return _with_held_out(drawn, uniform[:, 0], split) if for_captions else drawn


def held_out_shape(colour: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """The shape [n] that training images never show in this colour [n] at this place [n]; indices into VOCABULARY.

    One in six of all combinations, whatever the seed: 18 for every shape. Any two of shape, colour and place still
    occur together: a shape in a colour at seven or more of nine places, a shape at a place in ten of twelve colours, a
    colour at a place with five of six shapes.
    """
    return (colour + place) % len(SHAPES)


def _within_words(uniform: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Shares [n] of a factor's range, moved away from the borders between words."""
    if name not in WORDS_PER_RANGE:
        return uniform
    part = np.floor(uniform * WORDS_PER_RANGE[name])
    from_its_middle = uniform * WORDS_PER_RANGE[name] - part - 0.5
    first = 0.0 if name in CENTRED else 0.5  # the middle of the first word
    return (part + first + WORD_MIDDLE * from_its_middle) / WORDS_PER_RANGE[name] % 1.0


def _with_held_out(factors: dict[str, FloatArray], uniform: NDArray[np.float64], split: int) -> dict[str, FloatArray]:
    """`factors` with `held_out`; training images get one of the other five shapes, each with the same probability."""
    facts = describe_factors(factors)
    missing = held_out_shape(facts["colour"], facts["place"])
    shape = facts["shape"]
    if split == _TRAIN:
        shape = np.floor(uniform * (len(SHAPES) - 1)).astype(np.int64)
        shape += shape >= missing
    held_out = shape == missing
    return factors | {"shape": shape.astype(np.float32), "held_out": held_out.astype(np.float32)}


def _draw_split(
    config: ShapesConfig, split: int, count: int, *, done: int, total: int
) -> Generator[Progress, None, Split]:
    factors = draw_factors(config.seed, split, count, for_captions=config.for_captions)
    images: Images = np.empty((count, config.side, config.side, 3), np.uint8)
    chunk = max(1, _CHUNK_PIXELS // config.side**2)
    for start in range(0, count, chunk):
        yield Progress("drawing images", done + start, total)
        part = {name: values[start : start + chunk] for name, values in factors.items()}
        images[start : start + chunk] = draw_images(part, config.side)
    return Split(images, factors["shape"].astype(np.int64), factors, ShapeCaptions(factors))
