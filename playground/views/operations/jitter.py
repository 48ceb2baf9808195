"""Colour jitter: brightness, contrast, saturation and hue, in an order drawn for each sample.

torchvision's ColorJitter with `adjust_brightness`, `adjust_contrast`, `adjust_saturation` and `adjust_hue`.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import JitterConfig
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record
from playground.views.operations.pixels import ONE, ZERO, compiled, each, flat, luma, luma_of_batch, unit
from playground.views.random_numbers import Draws, where

if TYPE_CHECKING:
    from torch import Tensor

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)  # the entries of `order`
STRENGTHS = ("brightness", "contrast", "saturation", "hue")
NEUTRAL = (1.0, 1.0, 1.0, 0.0)  # what changes nothing
RECORD = record(
    on=np.bool_,
    brightness=np.float32,  # factors as in torchvision's adjust_*; 1 = none
    contrast=np.float32,
    saturation=np.float32,
    hue=np.float32,  # share of the colour circle, -0.5 to 0.5; 0 = none
    order=(np.int8, 4),  # a permutation of BRIGHTNESS, CONTRAST, SATURATION, HUE
)
ORDERS = np.array(list(permutations(range(4))), dtype=np.int8)  # [24, 4]
TWO, THREE, FOUR, SIX = (np.float32(value) for value in (2, 3, 4, 6))
HUES = (3.0, 2.0, 4.0)  # in sixths of the circle: the opposite of red; green and blue


def draw(config: JitterConfig, draws: Draws) -> dict[str, Array]:
    """Flag, four factors and their order, as torchvision's ColorJitter draws them, but per sample."""
    happens, uniforms = draws.happens(), draws.many_uniform(range(1, 5))
    reaches = [getattr(config, name) for name in STRENGTHS]
    factors = {
        name: where(happens, (middle - reach) + ((middle + reach) - (middle - reach)) * uniform, middle)
        for name, middle, reach, uniform in zip(STRENGTHS, NEUTRAL, reaches, uniforms, strict=True)
    }
    return {"on": happens, **factors, "order": ORDERS[draws.below(5, len(ORDERS))]}


def used(drawn: Drawn) -> Drawn:
    """Whether the colours of a view are changed."""
    return drawn["on"]


def words(drawn: Drawn, whole: int) -> str:
    """What was done to a view, in words."""
    changes = {name: round(100 * (float(drawn[name]) - 1)) for name in STRENGTHS if name != "hue"}
    found = [f"{name} {change:+d} %" for name, change in changes.items() if change]
    hue = round(float(drawn["hue"]), 2)
    return " · ".join([*found, f"hue {hue:+.2f}"] if hue else found)


@compiled
def jitter(planes, spare, drawn):
    """Brightness, contrast, saturation and hue in the order drawn."""
    red, green, blue = flat(planes, 0), flat(planes, 1), flat(planes, 2)
    for k in range(4):
        operation = drawn.order[k]
        if operation == BRIGHTNESS:
            if drawn.brightness != ONE:
                blend(planes, ZERO, drawn.brightness)
        elif operation == CONTRAST:
            if drawn.contrast != ONE:
                blend(planes, mean_luma(planes), drawn.contrast)
        elif operation == SATURATION:
            if drawn.saturation != ONE:
                saturate(red, green, blue, drawn.saturation)
        elif drawn.hue != ZERO:
            turn_hue(red, green, blue, drawn.hue)


@compiled
def blend(planes, other, factor):
    """Mix with one value: 0 changes the brightness, the mean luma changes the contrast."""
    pixels, offset = planes.reshape(planes.size), (ONE - factor) * other
    for i in range(pixels.size):
        pixels[i] = unit(pixels[i] * factor + offset)


@compiled
def mean_luma(planes):
    """The mean luma, summed row by row so that large images lose no digits."""
    total = 0.0
    for y in range(planes.shape[1]):
        line = ZERO
        for x in range(planes.shape[2]):
            line += luma(planes[0, y, x], planes[1, y, x], planes[2, y, x])
        total += float(line)
    return np.float32(total / (planes.shape[1] * planes.shape[2]))


@compiled
def saturate(red, green, blue, factor):
    """Mix every pixel with its own luma."""
    for i in range(red.size):
        gray = (ONE - factor) * luma(red[i], green[i], blue[i])
        red[i], green[i], blue[i] = (
            unit(red[i] * factor + gray),
            unit(green[i] * factor + gray),
            unit(blue[i] * factor + gray),
        )


@compiled
def turn_hue(red, green, blue, share):
    """Turn the hue by a share of the circle: RGB -> HSV -> RGB without branches, so that it runs as vectors.

    With the hue h in sixths of the circle, a channel is least + range * clamp(distance of h from its opposite - 1), the
    closed form of the six cases of https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative
    """
    for i in range(red.size):
        r, g, b = red[i], green[i], blue[i]
        most, least = max(max(r, g), b), min(min(r, g), b)
        span = most - least
        over = ONE / (span if span > ZERO else ONE)
        h = (g - b) * over if most == r else (TWO + (b - r) * over if most == g else FOUR + (r - g) * over)
        h = h * (ONE / SIX) + share
        h = SIX * (h - math.floor(h))
        red[i] = least + span * unit(abs(h - THREE) - ONE)
        green[i] = least + span * unit(TWO - abs(h - TWO))
        blue[i] = least + span * unit(TWO - abs(h - FOUR))


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """Each sample has an order of its own: what comes before its hue, then hue for all of them, then what comes after.

    Brightness, contrast and saturation are one formula, so that samples which differ in these go together.
    """
    turned = used(drawn) & (drawn["hue"] != 0)
    place_of_hue = np.where(turned, (drawn["order"] == HUE).argmax(axis=1), 4)
    blends = [_blend_step(drawn, place) for place in range(4)]
    for place, step in enumerate(blends):
        yield Step(step.change, step.used & (place < place_of_hue), step.numbers)
    yield Step(turn_hue_of_batch, turned, (drawn["hue"],))
    for place, step in enumerate(blends):
        yield Step(step.change, step.used & (place > place_of_hue), step.numbers)


def _blend_step(drawn: Drawn, place: int) -> Step:
    """What each sample has at one place of its order, unless that is hue."""
    kind = drawn["order"][:, place]
    factors = [drawn["brightness"], drawn["contrast"], drawn["saturation"]]
    factor = np.select([kind == BRIGHTNESS, kind == CONTRAST, kind == SATURATION], factors, 1.0).astype(np.float32)
    rest = 1 - factor
    return Step(
        blend_batch, used(drawn) & (factor != 1), (factor, rest * (kind == SATURATION), rest * (kind == CONTRAST))
    )


def blend_batch(pixels: "Tensor", factor: "Tensor", of_luma: "Tensor", of_mean: "Tensor") -> "Tensor":
    """Mix with black (brightness), with the mean luma (contrast) or with each pixel's own (saturation)."""
    own = luma_of_batch(pixels)
    other = own * each(of_luma) + own.mean(dim=(1, 2), keepdim=True) * each(of_mean)
    return other.addcmul(pixels, each(factor)).clamp_(0, 1)


def turn_hue_of_batch(pixels: "Tensor", share: "Tensor") -> "Tensor":
    """Turn the hue by a share of the circle: RGB -> HSV -> RGB in the closed form of `turn_hue`."""
    import torch

    red, green, blue = pixels.unbind(dim=-1)
    most, least = pixels.amax(dim=-1), pixels.amin(dim=-1)
    span = most - least
    over = 1 / torch.where(span > 0, span, 1.0)
    sixths = torch.where(most == green, 2 + (blue - red) * over, 4 + (red - green) * over)
    sixths = torch.where(most == red, (green - blue) * over, sixths)
    turns = sixths / 6 + share[:, None, None]
    hue = 6 * (turns - turns.floor())
    red, green, blue = ((hue - centre).abs() for centre in HUES)
    channels = torch.stack([red - 1, 2 - green, 2 - blue], dim=-1).clamp_(0, 1)
    return torch.addcmul(least[..., None], span[..., None], channels)


JITTER = PixelOperation(
    name="jitter", stream=3, record=RECORD, draw=draw, words=words, used=used, fused=jitter, batch_steps=batch_steps
)
