"""Words for shapes: the range of every factor, what it is called where, and captions made of that. Used by `shapes`.

A *fact* is a factor in words: its number is a place in VOCABULARY. So facts are labels with class names, and colours
or places can be asked for as well as shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from playground.data.caption_sequences import Captions, Wordings
from playground.data.images.shape_renderer import SHAPES, TEXTURES
from playground.records import FloatArray

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

COLOURS = ("red", "orange", "yellow", "lime", "green", "teal", "cyan", "azure", "blue", "violet", "magenta", "pink")
PLACES = (
    *("at the top left", "at the top", "at the top right"),
    *("at the left", "in the middle", "at the right"),
    *("at the bottom left", "at the bottom", "at the bottom right"),
)
_TEXTURE_WORDS = {"solid": "plain", "stripes": "striped", "dots": "dotted", "checks": "checked"}

VOCABULARY: dict[str, tuple[str, ...]] = {
    "shape": tuple(SHAPES),
    "texture": tuple(_TEXTURE_WORDS[name] for name in TEXTURES),
    "colour": COLOURS,
    "size": ("small", "medium", "large"),
    "place": PLACES,  # row by row
    "ground": COLOURS,
    "shade": ("dark", "dull"),  # of the ground
}

# factor -> into how many equal parts words cut its range
WORDS_IN: dict[str, int] = {
    "hue": len(COLOURS),
    "background_hue": len(COLOURS),
    "background_brightness": 2,
    "x": 3,
    "y": 3,
    "size": 3,
}
CENTRED = ("hue", "background_hue")  # the first word lies around the lowest value, half a part to either side

# They differ in which facts they tell and in what order, so that no word can be known by its place in a sentence.
TEMPLATES = (
    "a {size} {colour} {texture} {shape} {place} on a {shade} {ground} background",
    "{a_colour} {shape} {place}",
    "a {size} {texture} {colour} {shape}",
    "there is a {shape}, it is {colour}, {place} of a {shade} picture",
    "a {shade} {ground} picture with a {texture} {shape} {place}",
    "{place}, {a_colour} {shape} that is {size}",
    "a {shape} in {colour}, {texture} and {size}",
    "on a {shade} {ground} background, {a_colour} {shape}",
)

Facts = dict[str, NDArray[np.int64]]  # name in VOCABULARY -> [n], places in its words


def facts_of(factors: Mapping[str, FloatArray]) -> Facts:
    """What images with these factors (name -> [n]) show, as numbers of words."""
    facts = {
        "shape": factors["shape"],
        "texture": factors["texture"],
        "colour": _colours(factors["hue"]),
        "size": _thirds(factors, "size"),
        "place": 3 * _thirds(factors, "y") + _thirds(factors, "x"),
        "ground": _colours(factors["background_hue"]),
        "shade": factors["background_brightness"] >= 0.3,
    }
    return {name: np.asarray(values).astype(np.int64) for name, values in facts.items()}


@dataclass(frozen=True, eq=False)
class ShapeCaptions(Captions):
    """Images described by their factors: one wording for each of TEMPLATES, all of them true."""

    factors: Mapping[str, FloatArray]  # name -> [n]

    def __len__(self) -> int:
        return len(self.factors["shape"])

    def of(self, row: int) -> Wordings:
        words = {name: VOCABULARY[name][numbers[row]] for name, numbers in self._facts.items()}
        words["a_colour"] = f"{'an' if words['colour'][0] in 'aeiou' else 'a'} {words['colour']}"
        return tuple(template.format_map(words) for template in TEMPLATES)

    @cached_property
    def _facts(self) -> dict[str, list[int]]:
        return {name: numbers.tolist() for name, numbers in facts_of(self.factors).items()}


def _thirds(factors: Mapping[str, FloatArray], name: str) -> NDArray[np.int64]:
    low, high = RANGES[name]
    third: NDArray[np.int64] = np.clip((factors[name] - low) / (high - low) * 3, 0, 2).astype(np.int64)
    return third


def _colours(hue: FloatArray) -> NDArray[np.int64]:
    """The nearest of twelve colour names: red lies around 0, half a step to either side."""
    nearest: NDArray[np.int64] = np.round(hue * len(COLOURS)).astype(np.int64) % len(COLOURS)
    return nearest
