"""Draws shapes from their factors: signed distances and textures, vectorised over images. Used by `shapes`.

A signed distance is negative inside a shape. Divided by the size of a pixel it gives the share of the pixel that is
covered, so edges are smooth without drawing at a higher resolution. Per pixel only exactly rounded operations are
used (no sine, no power): an image does not depend on which others are drawn with it.
"""

from collections.abc import Callable

import numpy as np

from playground.data.dataset import Images
from playground.records import FloatArray

Distance = Callable[[FloatArray, FloatArray], FloatArray]

_TEXTURE_PERIOD = 0.17  # of the image side: five to six pixels at 32, so that stripes can still be seen
_SHADE = 0.55  # how bright the dark part of a texture is, of the bright part: the hue stays the same
_SATURATION, _BRIGHTNESS = 0.9, 0.95
_BACKGROUND_SATURATION = 0.45


def circle(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to a disc of radius 0.9. Like all shapes here: coordinates in units of the shape's size, y down."""
    return np.sqrt(x * x + y * y) - np.float32(0.9)


def ring(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to a ring between the radii 0.5 and 1."""
    return np.abs(np.sqrt(x * x + y * y) - np.float32(0.75)) - np.float32(0.25)


def square(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to a square with half a side of 0.8."""
    return np.maximum(np.abs(x), np.abs(y)) - np.float32(0.8)


def cross(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to two bars, 2 long and 0.64 wide."""
    longer, shorter = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    return np.maximum(longer - np.float32(1.0), shorter - np.float32(0.32))


def triangle(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to a triangle with equal sides and a corner at the top, 1.1 from the centre."""
    sides = _lines(x, y, count=3, apothem=0.55)
    return np.maximum(np.maximum(sides[0], sides[1]), sides[2])


def star(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to a five-pointed star with a point at the top, 1.15 from the centre.

    A star is what lies within at least four of the five lines through its edges, so its distance is the second
    largest of theirs.
    """
    largest = np.full_like(x, -np.inf)
    second = largest.copy()
    for side in _lines(x, y, count=5, apothem=1.15 * float(np.cos(np.deg2rad(72)))):
        np.maximum(second, np.minimum(largest, side), out=second)
        np.maximum(largest, side, out=largest)
    return second


def _lines(x: FloatArray, y: FloatArray, *, count: int, apothem: float) -> list[FloatArray]:
    """Distances to `count` lines around the centre, each `apothem` away, the first one below it."""
    angles = np.deg2rad(90 + 360 / count * np.arange(count))
    return [x * np.float32(np.cos(a)) + y * np.float32(np.sin(a)) - np.float32(apothem) for a in angles]


SHAPES: dict[str, Distance] = {
    "circle": circle,
    "square": square,
    "triangle": triangle,
    "star": star,
    "cross": cross,
    "ring": ring,
}


def solid(x: FloatArray, y: FloatArray) -> FloatArray:
    """No texture: far from any dark part. Like all textures here: coordinates in periods, result in periods."""
    return np.full_like(x, np.inf)


def stripes(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to bars along x."""
    return _to_nearest_whole(y) - np.float32(0.25)


def dots(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to discs on a square grid."""
    across, down = _to_nearest_whole(x), _to_nearest_whole(y)
    return np.sqrt(across * across + down * down) - np.float32(0.28)


def checks(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance to the dark fields of a chess board, each three quarters of a period wide."""
    across, down = (np.float32(0.25) - _to_nearest_whole(v / np.float32(1.5)) for v in (x, y))
    nearest: FloatArray = np.minimum(np.abs(across), np.abs(down)) * np.float32(1.5)
    return np.copysign(nearest, -across * down)


def _to_nearest_whole(values: FloatArray) -> FloatArray:
    distance: FloatArray = np.abs(values - np.round(values))
    return distance


TEXTURES: dict[str, Distance] = {"solid": solid, "stripes": stripes, "dots": dots, "checks": checks}


def draw(factors: dict[str, FloatArray], side: int) -> Images:
    """Draw one image for every entry of `factors` (name -> [n], see `shapes`) as uint8 [n, side, side, 3]."""
    x, y = _own_coordinates(factors, side)
    size = factors["size"][:, None, None]
    pixels = np.float32(side)
    shape = _by_kind(SHAPES, factors["shape"], x / size, y / size) * size * pixels
    period = np.float32(_TEXTURE_PERIOD)
    texture = _by_kind(TEXTURES, factors["texture"], x / period, y / period) * period * pixels
    bright = hsv_to_rgb(factors["hue"], _SATURATION, _BRIGHTNESS)
    ground = hsv_to_rgb(factors["background_hue"], _BACKGROUND_SATURATION, factors["background_brightness"])
    light = np.float32(1.0) - np.float32(1.0 - _SHADE) * _coverage(texture)
    cover = _coverage(shape)
    return _blend(bright, ground, cover, light)


def _own_coordinates(factors: dict[str, FloatArray], side: int) -> tuple[FloatArray, FloatArray]:
    """Pixel centres as the shapes see them, [n, side, side] each: centred, upright, in units of the image side."""
    grid = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
    x = grid[None, None, :] - factors["x"][:, None, None]
    y = grid[None, :, None] - factors["y"][:, None, None]
    turn = np.deg2rad(factors["rotation"].astype(np.float64))
    cosine = np.cos(turn).astype(np.float32)[:, None, None]
    sine = np.sin(turn).astype(np.float32)[:, None, None]
    return x * cosine + y * sine, y * cosine - x * sine


def _by_kind(kinds: dict[str, Distance], chosen: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """The distance of each image's own kind, [n, side, side]."""
    result: FloatArray = np.empty_like(x)
    for number, distance in enumerate(kinds.values()):
        which = np.flatnonzero(chosen == number)
        result[which] = distance(x[which], y[which])
    return result


def _coverage(distance: FloatArray) -> FloatArray:
    """Share of a pixel that is covered, from the distance in pixels at its centre."""
    covered: FloatArray = np.clip(np.float32(0.5) - distance, 0, 1)
    return covered


def _blend(bright: FloatArray, ground: FloatArray, cover: FloatArray, light: FloatArray) -> Images:
    """Shape colour [n, 3] times `light`, laid over the ground [n, 3] with `cover`, as uint8 [n, side, side, 3]."""
    images = np.empty((*cover.shape, 3), np.uint8)
    inked = cover * light * np.float32(255)
    bare = (np.float32(1) - cover) * np.float32(255)
    for channel in range(3):
        value = inked * bright[:, channel, None, None] + bare * ground[:, channel, None, None]
        images[..., channel] = np.round(value)
    return images


def hsv_to_rgb(hue: FloatArray, saturation: float, brightness: FloatArray | float) -> FloatArray:
    """Colours [n, 3] on a scale of 0 to 1 from hues [n] on a scale of 0 to 1. Formula:
    https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative"""
    sector = (np.array([5, 3, 1]) + hue[:, None].astype(np.float64) * 6) % 6
    fall = np.clip(np.minimum(sector, 4 - sector), 0, 1)
    rgb = np.reshape(brightness, (-1, 1)) * (1 - saturation * fall)
    return rgb.astype(np.float32)
