"""Shapes: images drawn from a seed, every factor of which is known. `drawing` paints what is decided here.

The factors are independent of each other, so whatever an encoder sorts the images by can be named. Hue is drawn
evenly from the whole circle: colour alone tells most images apart, which is the shortcut that colour jitter closes.
"""

from collections.abc import Generator
from pathlib import Path

import numpy as np

from playground.config.data import ShapesConfig
from playground.data.contents import Contents
from playground.data.dataset import Dataset, Images, Split
from playground.data.drawing import SHAPES, TEXTURES, draw
from playground.records import FloatArray, Progress

_CHUNK_PIXELS = 256 * 32 * 32  # few enough for a processor's cache
_TRAIN, _TEST = 0, 1

# name -> lowest and highest value; drawn evenly in between. Rotation stays below half of the smallest angle that
# turns a shape into itself (72 degrees, the star): so it can be read off the image.
RANGES: dict[str, tuple[float, float]] = {
    "hue": (0.0, 1.0),  # turns of the colour circle, 0 is red
    "background_hue": (0.0, 1.0),
    "background_brightness": (0.1, 0.5),  # of 1
    "x": (0.3, 0.7),  # centre, of the image side, from the left
    "y": (0.3, 0.7),  # centre, of the image side, from the top
    "size": (0.19, 0.31),  # about the radius, of the image side
    "rotation": (-30.0, 30.0),  # degrees, clockwise
}

_COLOURS = ("red", "orange", "yellow", "lime", "green", "teal", "cyan", "azure", "blue", "violet", "magenta", "pink")
_TEXTURE_WORDS = {"solid": "plain", "stripes": "striped", "dots": "dotted", "checks": "checked"}
_PLACES = (
    ("at the top left", "at the top", "at the top right"),
    ("at the left", "in the middle", "at the right"),
    ("at the bottom left", "at the bottom", "at the bottom right"),
)


def load_shapes(config: ShapesConfig, home: Path) -> Generator[Progress, None, Dataset]:
    """Draw `config.count` training images and a quarter as many test images. `home` is not used: nothing is kept."""
    test_count = config.count // 4
    total = config.count + test_count
    train = yield from _draw_split(config, _TRAIN, config.count, done=0, total=total)
    test = yield from _draw_split(config, _TEST, test_count, done=config.count, total=total)
    return Dataset("Shapes", train, test, tuple(SHAPES))


def look_at_shapes(config: ShapesConfig, home: Path) -> Contents:
    """What there will be to train on."""
    return Contents(config.count, len(SHAPES), config.count // len(SHAPES))


def draw_factors(seed: int, split: int, count: int) -> dict[str, FloatArray]:
    """Factors of the first `count` images of a split: name -> [count]. A larger count goes on with the same images.

    `shape` and `texture` are numbers in `SHAPES` and `TEXTURES`; the others are in the units of `RANGES`.
    """
    uniform = np.random.default_rng([seed, split]).random((count, 2 + len(RANGES)))  # a row an image, in order
    factors = {
        "shape": np.floor(uniform[:, 0] * len(SHAPES)),
        "texture": np.floor(uniform[:, 1] * len(TEXTURES)),
    }
    for column, (name, (low, high)) in enumerate(RANGES.items(), start=2):
        factors[name] = low + uniform[:, column] * (high - low)
    return {name: values.astype(np.float32) for name, values in factors.items()}


def captions(factors: dict[str, FloatArray]) -> tuple[str, ...]:
    """One caption an image: "a small red striped star at the top left on a dark blue background"."""
    shapes, textures = tuple(SHAPES), tuple(_TEXTURE_WORDS[name] for name in TEXTURES)
    columns = zip(
        _thirds(factors, "size"),
        _colours(factors["hue"]),
        factors["texture"].astype(int),
        factors["shape"].astype(int),
        _thirds(factors, "y"),
        _thirds(factors, "x"),
        factors["background_brightness"] < 0.3,
        _colours(factors["background_hue"]),
        strict=True,
    )
    return tuple(
        f"a {('small', 'medium', 'large')[size]} {colour} {textures[texture]} {shapes[shape]} {_PLACES[row][column]} "
        f"on a {'dark' if dark else 'dull'} {ground} background"
        for size, colour, texture, shape, row, column, dark, ground in columns
    )


def _draw_split(
    config: ShapesConfig, split: int, count: int, *, done: int, total: int
) -> Generator[Progress, None, Split]:
    factors = draw_factors(config.seed, split, count)
    images: Images = np.empty((count, config.side, config.side, 3), np.uint8)
    chunk = max(1, _CHUNK_PIXELS // config.side**2)
    for start in range(0, count, chunk):
        yield Progress("drawing images", done + start, total)
        part = {name: values[start : start + chunk] for name, values in factors.items()}
        images[start : start + chunk] = draw(part, config.side)
    return Split(images, factors["shape"].astype(np.int64), factors, captions(factors))


def _thirds(factors: dict[str, FloatArray], name: str) -> list[int]:
    low, high = RANGES[name]
    third: list[int] = np.clip((factors[name] - low) / (high - low) * 3, 0, 2).astype(int).tolist()
    return third


def _colours(hue: FloatArray) -> list[str]:
    """The nearest of twelve colour names: red lies around 0, half a step to either side."""
    return [_COLOURS[number] for number in np.round(hue * len(_COLOURS)).astype(int) % len(_COLOURS)]
