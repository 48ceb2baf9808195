"""Draws shapes from their factors with signed distance functions, vectorised over images. Used by `shapes`.

A signed distance is negative inside a shape. In units of pixels it gives the covered share of a pixel, so that edges
are smooth without supersampling. Per pixel only exactly rounded operations are used (no sine, no power), so that an
image does not depend on the others drawn with it.

Distance functions of shapes and textures take the coordinates x and y [m, side, side] of m images, with y pointing
down, and return distances [m, side, side]: for shapes in units of the shape's size, for textures in periods.
"""

from collections.abc import Callable

import numpy as np

from playground.records import FloatArray, Images

Distance = Callable[[FloatArray, FloatArray], FloatArray]

_TEXTURE_PERIOD = 0.17  # of the image side: five to six pixels at 32, so that stripes can still be seen
_SHADE = 0.55  # brightness of the dark part of a texture relative to the bright part; the hue is the same
_SATURATION, _BRIGHTNESS = 0.9, 0.95
_BACKGROUND_SATURATION = 0.45


def circle(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to a disc of radius 0.9, at `x` and `y` [m, side, side]."""
    return np.sqrt(x * x + y * y) - np.float32(0.9)


def ring(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to a ring between the radii 0.5 and 1."""
    return np.abs(np.sqrt(x * x + y * y) - np.float32(0.75)) - np.float32(0.25)


def square(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to a square with half a side of 0.8."""
    return np.maximum(np.abs(x), np.abs(y)) - np.float32(0.8)


def cross(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to two crossed bars, 2 long and 0.64 wide."""
    longer, shorter = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    return np.maximum(longer - np.float32(1.0), shorter - np.float32(0.32))


def triangle(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to an equilateral triangle with a corner at the top, 1.1 from the centre."""
    sides = _line_distances(x, y, count=3, apothem=0.55)
    return np.maximum(np.maximum(sides[0], sides[1]), sides[2])


def star(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to a five-pointed star with a point at the top, 1.15 from the centre.

    A point of the star is inside at least four of the five lines through its edges, so its distance is the second
    largest of theirs.
    """
    largest = np.full_like(x, -np.inf)
    second = largest.copy()
    for side in _line_distances(x, y, count=5, apothem=1.15 * float(np.cos(np.deg2rad(72)))):
        np.maximum(second, np.minimum(largest, side), out=second)
        np.maximum(largest, side, out=largest)
    return second


def _line_distances(x: FloatArray, y: FloatArray, *, count: int, apothem: float) -> list[FloatArray]:
    """Distances to `count` lines around the centre, each `apothem` away from it, the first one below."""
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
    """Infinite distance [m, side, side]: no texture."""
    return np.full_like(x, np.inf)


def stripes(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to dark bars along x."""
    return _to_nearest_whole(y) - np.float32(0.25)


def dots(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to dark discs on a square grid."""
    across, down = _to_nearest_whole(x), _to_nearest_whole(y)
    return np.sqrt(across * across + down * down) - np.float32(0.28)


def checks(x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance [m, side, side] to the dark fields of a chess board, each three quarters of a period wide."""
    across, down = (np.float32(0.25) - _to_nearest_whole(v / np.float32(1.5)) for v in (x, y))
    nearest: FloatArray = np.minimum(np.abs(across), np.abs(down)) * np.float32(1.5)
    return np.copysign(nearest, -across * down)


def _to_nearest_whole(values: FloatArray) -> FloatArray:
    distance: FloatArray = np.abs(values - np.round(values))
    return distance


TEXTURES: dict[str, Distance] = {"solid": solid, "stripes": stripes, "dots": dots, "checks": checks}


def draw_images(factors: dict[str, FloatArray], side: int) -> Images:
    """Images [n, side, side, 3] of n shapes; `factors` are name -> [n], see `shapes`."""
    x, y = _own_coordinates(factors, side)
    size = factors["size"][:, None, None]
    pixels = np.float32(side)
    shape = _distance_by_kind(SHAPES, factors["shape"], x / size, y / size) * size * pixels
    period = np.float32(_TEXTURE_PERIOD)
    texture = _distance_by_kind(TEXTURES, factors["texture"], x / period, y / period) * period * pixels
    bright = hsv_to_rgb(factors["hue"], _SATURATION, _BRIGHTNESS)
    ground = hsv_to_rgb(factors["background_hue"], _BACKGROUND_SATURATION, factors["background_brightness"])
    light = np.float32(1.0) - np.float32(1.0 - _SHADE) * _coverage(texture)
    cover = _coverage(shape)
    return _compose_colours(bright, ground, cover, light)


def _own_coordinates(factors: dict[str, FloatArray], side: int) -> tuple[FloatArray, FloatArray]:
    """x and y [n, side, side] of the pixel centres in the frame of each shape, in units of the image side."""
    grid = (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
    x = grid[None, None, :] - factors["x"][:, None, None]
    y = grid[None, :, None] - factors["y"][:, None, None]
    turn = np.deg2rad(factors["rotation"].astype(np.float64))
    cosine = np.cos(turn).astype(np.float32)[:, None, None]
    sine = np.sin(turn).astype(np.float32)[:, None, None]
    return x * cosine + y * sine, y * cosine - x * sine


def _distance_by_kind(kinds: dict[str, Distance], chosen: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Distances [n, side, side] of each image by its own function, number `chosen` [n] of `kinds`."""
    result: FloatArray = np.empty_like(x)
    for number, distance in enumerate(kinds.values()):
        which = np.flatnonzero(chosen == number)
        result[which] = distance(x[which], y[which])
    return result


def _coverage(distance: FloatArray) -> FloatArray:
    """Covered share of each pixel, from the distance in pixels at its centre."""
    covered: FloatArray = np.clip(np.float32(0.5) - distance, 0, 1)
    return covered


def _compose_colours(bright: FloatArray, ground: FloatArray, cover: FloatArray, light: FloatArray) -> Images:
    """Images [n, side, side, 3]: colours `bright` [n, 3] times `light`, over `ground` [n, 3] by the share `cover`."""
    images = np.empty((*cover.shape, 3), np.uint8)
    inked = cover * light * np.float32(255)
    bare = (np.float32(1) - cover) * np.float32(255)
    for channel in range(3):
        value = inked * bright[:, channel, None, None] + bare * ground[:, channel, None, None]
        images[..., channel] = np.round(value)
    return images


def hsv_to_rgb(hue: FloatArray, saturation: float, brightness: FloatArray | float) -> FloatArray:
    """Colours [n, 3] from hues [n], all from 0 to 1.

    Formula: https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative
    """
    sector = (np.array([5, 3, 1]) + hue[:, None].astype(np.float64) * 6) % 6
    fall = np.clip(np.minimum(sector, 4 - sector), 0, 1)
    rgb = np.reshape(brightness, (-1, 1)) * (1 - saturation * fall)
    return rgb.astype(np.float32)
