"""Words for shapes: the range of every factor, the word for each part of it, and captions. Used by `shapes`.

A *fact* is a factor in words, as an index into VOCABULARY: a label with class names, so that zero-shot classification
works for colours and places as well as for shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from playground.data.caption_sequences import Captions, Wordings
from playground.data.images.shape_renderer import SHAPES, TEXTURES
from playground.records import FloatArray

# name -> lowest and highest value; uniform in between. Rotation stays below half of the smallest angle that turns a
# shape into itself (72 degrees, the star), so that it can be read off the image.
FACTOR_RANGES: dict[str, tuple[float, float]] = {
    "hue": (0.0, 1.0),  # turns of the colour circle, 0 is red
    "background_hue": (0.0, 1.0),
    "background_brightness": (0.1, 0.5),  # of 1
    "x": (0.3, 0.7),  # centre, of the image side, from the left
    "y": (0.3, 0.7),  # centre, of the image side, from the top
    "size": (0.19, 0.31),  # about the radius, of the image side
    "rotation": (-30.0, 30.0),  # degrees, clockwise
}

COLOUR_WORDS = (
    *("red", "orange", "yellow", "lime", "green", "teal"),
    *("cyan", "azure", "blue", "violet", "magenta", "pink"),
)
PLACE_WORDS = (
    *("at the top left", "at the top", "at the top right"),
    *("at the left", "in the middle", "at the right"),
    *("at the bottom left", "at the bottom", "at the bottom right"),
)
_TEXTURE_WORDS = {"solid": "plain", "stripes": "striped", "dots": "dotted", "checks": "checked"}

VOCABULARY: dict[str, tuple[str, ...]] = {
    "shape": tuple(SHAPES),
    "texture": tuple(_TEXTURE_WORDS[name] for name in TEXTURES),
    "colour": COLOUR_WORDS,
    "size": ("small", "medium", "large"),
    "place": PLACE_WORDS,  # row by row
    "ground": COLOUR_WORDS,
    "shade": ("dark", "dull"),  # of the ground
}

# factor -> number of words, each for an equal part of its range
WORDS_PER_RANGE: dict[str, int] = {
    "hue": len(COLOUR_WORDS),
    "background_hue": len(COLOUR_WORDS),
    "background_brightness": 2,
    "x": 3,
    "y": 3,
    "size": 3,
}
CENTRED = ("hue", "background_hue")  # the first word covers half a part on either side of the lowest value

# They differ in their facts and in the order of these, so that no word can be known by its position in a sentence.
CAPTION_TEMPLATES = (
    "a {size} {colour} {texture} {shape} {place} on a {shade} {ground} background",
    "{a_colour} {shape} {place}",
    "a {size} {texture} {colour} {shape}",
    "there is a {shape}, it is {colour}, {place} of a {shade} picture",
    "a {shade} {ground} picture with a {texture} {shape} {place}",
    "{place}, {a_colour} {shape} that is {size}",
    "a {shape} in {colour}, {texture} and {size}",
    "on a {shade} {ground} background, {a_colour} {shape}",
)

ShapeFacts = dict[str, NDArray[np.int64]]  # name in VOCABULARY -> [n], indices into its words


def describe_factors(factors: Mapping[str, FloatArray]) -> ShapeFacts:
    """The facts (name -> [n]) of images with these factors (name -> [n])."""
    facts = {
        "shape": factors["shape"],
        "texture": factors["texture"],
        "colour": _nearest_colour(factors["hue"]),
        "size": _third_of_range(factors, "size"),
        "place": 3 * _third_of_range(factors, "y") + _third_of_range(factors, "x"),
        "ground": _nearest_colour(factors["background_hue"]),
        "shade": factors["background_brightness"] >= 0.3,
    }
    return {name: np.asarray(values).astype(np.int64) for name, values in facts.items()}


@dataclass(frozen=True, eq=False)
class ShapeCaptions(Captions):
    """Captions from factors: one true wording for each of CAPTION_TEMPLATES."""

    factors: Mapping[str, FloatArray]  # name -> [n]

    def __len__(self) -> int:
        return len(self.factors["shape"])

    def of(self, row: int) -> Wordings:
        words = {name: VOCABULARY[name][numbers[row]] for name, numbers in self._facts.items()}
        words["a_colour"] = f"{'an' if words['colour'][0] in 'aeiou' else 'a'} {words['colour']}"
        return tuple(template.format_map(words) for template in CAPTION_TEMPLATES)

    @cached_property
    def _facts(self) -> dict[str, list[int]]:
        return {name: numbers.tolist() for name, numbers in describe_factors(self.factors).items()}


def _third_of_range(factors: Mapping[str, FloatArray], name: str) -> NDArray[np.int64]:
    low, high = FACTOR_RANGES[name]
    third: NDArray[np.int64] = np.clip((factors[name] - low) / (high - low) * 3, 0, 2).astype(np.int64)
    return third


def _nearest_colour(hue: FloatArray) -> NDArray[np.int64]:
    """Index [n] of the nearest of twelve colour words for hues [n]: red covers half a step on either side of 0."""
    nearest: NDArray[np.int64] = np.round(hue * len(COLOUR_WORDS)).astype(np.int64) % len(COLOUR_WORDS)
    return nearest
