"""Shapes: images drawn from a seed, every factor of which is known. `drawing` paints what is decided here.

The factors are independent of each other, so whatever an encoder sorts the images by can be named. Hue is drawn
evenly from the whole circle: colour alone tells most images apart, which is the shortcut that colour jitter closes.
Drawn for captions, some combinations of shape, colour and place are kept for testing: who learned the words one by
one knows those too. What the factors are called is in `wordings`.
"""

from collections.abc import Generator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.config.data import ShapesConfig
from playground.data.dataset import Contents, Dataset, Images, Split
from playground.data.images.shape_renderer import SHAPES, TEXTURES, draw
from playground.data.images.shape_vocabulary import CENTRED, RANGES, WORDS_IN, ShapeCaptions, facts_of
from playground.data.run_generator import finish
from playground.records import FloatArray, Progress

_CHUNK_PIXELS = 256 * 32 * 32  # few enough for a processor's cache
_TRAIN, _TEST = 0, 1

_ahead: dict[str, Dataset] = {}  # drawn before they were asked for, by their settings

MIDDLE = 0.7  # of what one word covers is used where images are drawn for captions


def load_shapes(config: ShapesConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """Draw `config.count` training images and a quarter as many test images. `home` is not used: no file is kept."""
    if drawn := _ahead.pop(_words_of(config), None):
        return drawn
    test_count = config.count // 4
    total = config.count + test_count
    train = yield from _draw_split(config, _TRAIN, config.count, done=0, total=total)
    test = yield from _draw_split(config, _TEST, test_count, done=config.count, total=total)
    return Dataset("Shapes", train, test, tuple(SHAPES))


def draw_ahead(config: ShapesConfig) -> None:
    """Draw them now, for the first in this process who loads the same: a run that somebody waits for."""
    dataset = finish(load_shapes(config, Path()))
    _ = dataset.channel_statistics  # which it keeps
    _ahead.clear()
    _ahead[_words_of(config)] = dataset


def _words_of(config: ShapesConfig) -> str:
    return config.model_dump_json()


def look_at_shapes(config: ShapesConfig, home: Path) -> Contents:
    """What there will be to train on."""
    return Contents(config.count, len(SHAPES), config.count // len(SHAPES))


def draw_factors(seed: int, split: int, count: int, *, for_captions: bool = False) -> dict[str, FloatArray]:
    """Factors of the first `count` images of a split: name -> [count]. A larger count goes on with the same images.

    `shape` and `texture` are numbers in `SHAPES` and `TEXTURES`; the others are in the units of `RANGES`.

    With `for_captions` every factor that has words (hues, place, size, brightness of the ground) is drawn within the
    middle 70 % of what one word covers, so that no caption is wrong by a hair. Training images then show no shape
    where `left_out` says so, and both splits have the factor `held_out`: 1 for such a combination, else 0.
    """
    uniform = np.random.default_rng([seed, split]).random((count, 2 + len(RANGES)))  # a row an image, in order
    factors = {"shape": np.floor(uniform[:, 0] * len(SHAPES)), "texture": np.floor(uniform[:, 1] * len(TEXTURES))}
    for column, (name, (low, high)) in enumerate(RANGES.items(), start=2):
        share = _within_words(uniform[:, column], name) if for_captions else uniform[:, column]
        factors[name] = low + share * (high - low)
    drawn = {name: values.astype(np.float32) for name, values in factors.items()}
    return _with_held_out(drawn, uniform[:, 0], split) if for_captions else drawn


def left_out(colour: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """The one shape [n] that training images never show in this colour at this place [n], numbers in VOCABULARY.

    One in six of all combinations, evenly: every shape in 18 of them, no matter what the seed is. Any two of shape,
    colour and place are still seen together: a shape in a colour at seven places or more of nine, a shape at a place
    in ten colours of twelve, a colour at a place with five shapes of six.
    """
    return (colour + place) % len(SHAPES)


def _within_words(uniform: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """Shares of a factor's range, moved away from where one word ends and the next begins."""
    if name not in WORDS_IN:
        return uniform
    part = np.floor(uniform * WORDS_IN[name])
    from_its_middle = uniform * WORDS_IN[name] - part - 0.5
    first = 0.0 if name in CENTRED else 0.5  # the middle of the first word
    return (part + first + MIDDLE * from_its_middle) / WORDS_IN[name] % 1.0


def _with_held_out(factors: dict[str, FloatArray], uniform: NDArray[np.float64], split: int) -> dict[str, FloatArray]:
    """With `held_out`; training images get one of the shapes that are not left out, each as likely as the others."""
    facts = facts_of(factors)
    missing = left_out(facts["colour"], facts["place"])
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
        images[start : start + chunk] = draw(part, config.side)
    return Split(images, factors["shape"].astype(np.int64), factors, ShapeCaptions(factors))
