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
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record_dtype
from playground.views.operations.pixels import (
    ONE,
    TWO,
    ZERO,
    clamp_unit,
    compiled,
    compiled_in_order,
    luma,
    luma_of_batch,
    per_sample,
    plane_vector,
)
from playground.views.random_numbers import Draws, value_or_neutral

if TYPE_CHECKING:
    from torch import Tensor

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)  # the entries of `order`
STRENGTHS = ("brightness", "contrast", "saturation", "hue")
NEUTRAL = (1.0, 1.0, 1.0, 0.0)  # strengths that change nothing
RECORD = record_dtype(
    on=np.bool_,
    brightness=np.float32,  # factors as in torchvision's adjust_*; 1 = none
    contrast=np.float32,
    saturation=np.float32,
    hue=np.float32,  # share of the colour circle, -0.5 to 0.5; 0 = none
    order=(np.int8, 4),  # a permutation of BRIGHTNESS, CONTRAST, SATURATION, HUE
)
ORDERS = np.array(list(permutations(range(4))), dtype=np.int8)  # [24, 4]
THREE, FOUR, SIX = (np.float32(value) for value in (3, 4, 6))
HUE_CENTRES = (3.0, 2.0, 4.0)  # in sixths of the colour circle: the opposite of red; green and blue


def draw_fields(config: JitterConfig, draws: Draws) -> dict[str, Array]:
    """Draws flag, four factors and their order [n] like torchvision's ColorJitter, but per sample."""
    happens, uniforms = draws.happens(), draws.many_uniform(range(1, 5))
    reaches = [getattr(config, name) for name in STRENGTHS]
    factors = {
        name: value_or_neutral(happens, (middle - reach) + ((middle + reach) - (middle - reach)) * uniform, middle)
        for name, middle, reach, uniform in zip(STRENGTHS, NEUTRAL, reaches, uniforms, strict=True)
    }
    return {"on": happens, **factors, "order": ORDERS[draws.below(5, len(ORDERS))]}


def used(drawn: Drawn) -> Drawn:
    """Whether the colours of views are changed."""
    return drawn["on"]


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page, such as "brightness +20 % · hue -0.05"; "" where colours are not changed."""
    changes = {name: round(100 * (float(drawn[name]) - 1)) for name in STRENGTHS if name != "hue"}
    found = [f"{name} {change:+d} %" for name, change in changes.items() if change]
    hue = round(float(drawn["hue"]), 2)
    return " · ".join([*found, f"hue {hue:+.2f}"] if hue else found)


@compiled
def jitter(planes, spare, drawn):
    """Changes brightness, contrast, saturation and hue of `planes` [3, side, side] in the drawn order."""
    red, green, blue = plane_vector(planes, 0), plane_vector(planes, 1), plane_vector(planes, 2)
    for k in range(4):
        operation = drawn.order[k]
        if operation == BRIGHTNESS:
            if drawn.brightness != ONE:
                blend(planes, ZERO, drawn.brightness)
        elif operation == CONTRAST:
            if drawn.contrast != ONE:
                blend(planes, mean_luma(planes, spare[0, 0]), drawn.contrast)
        elif operation == SATURATION:
            if drawn.saturation != ONE:
                saturate(red, green, blue, drawn.saturation)
        elif drawn.hue != ZERO:
            turn_hue(red, green, blue, drawn.hue)


@compiled
def blend(planes, other, factor):
    """Mixes `planes` with one value: with 0 for the brightness, with the mean luma for the contrast."""
    pixels, offset = planes.reshape(planes.size), (ONE - factor) * other
    for i in range(pixels.size):
        pixels[i] = clamp_unit(pixels[i] * factor + offset)


@compiled_in_order
def mean_luma(planes, sums):
    """Mean luma of `planes` [3, side, side]; `sums` [side] is scratch memory.

    Columns are summed as float32, down all rows, and these sums as float64, so that large images lose no digits. As no
    sum is reordered the result does not depend on how the compiler vectorises: one column is one lane.
    """
    sums[:] = ZERO
    for y in range(planes.shape[1]):
        for x in range(sums.size):
            sums[x] += luma(planes[0, y, x], planes[1, y, x], planes[2, y, x])
    total = 0.0
    for x in range(sums.size):
        total += float(sums[x])
    return np.float32(total / planes[0].size)


@compiled
def saturate(red, green, blue, factor):
    """Mixes every pixel with its own luma; red, green, blue [side * side] each."""
    for i in range(red.size):
        gray = (ONE - factor) * luma(red[i], green[i], blue[i])
        red[i], green[i], blue[i] = (
            clamp_unit(red[i] * factor + gray),
            clamp_unit(green[i] * factor + gray),
            clamp_unit(blue[i] * factor + gray),
        )


@compiled
def turn_hue(red, green, blue, share):
    """Turns the hue by a share of the colour circle: RGB -> HSV -> RGB without branches, so that it is vectorised.

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
        red[i] = least + span * clamp_unit(abs(h - THREE) - ONE)
        green[i] = least + span * clamp_unit(TWO - abs(h - TWO))
        blue[i] = least + span * clamp_unit(TWO - abs(h - FOUR))


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor: those before a sample's hue, then the hue of all samples, then those after it.

    Each sample has its own order. Brightness, contrast and saturation are one formula, so samples that differ in these
    share a step.
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
    """The step for what each sample has at one place of its order, unless that is hue."""
    kind = drawn["order"][:, place]
    factors = [drawn["brightness"], drawn["contrast"], drawn["saturation"]]
    factor = np.select([kind == BRIGHTNESS, kind == CONTRAST, kind == SATURATION], factors, 1.0).astype(np.float32)
    rest = 1 - factor
    return Step(
        blend_batch, used(drawn) & (factor != 1), (factor, rest * (kind == SATURATION), rest * (kind == CONTRAST))
    )


def blend_batch(pixels: "Tensor", factor: "Tensor", of_luma: "Tensor", of_mean: "Tensor") -> "Tensor":
    """Mixes `pixels` [m, side, side, 3] with black (brightness), each pixel's luma (saturation) or its mean (contrast).

    `factor` [m] is the weight of the pixels, `of_luma` and `of_mean` [m] those of luma and mean luma.
    """
    own = luma_of_batch(pixels)
    other = own * per_sample(of_luma) + own.mean(dim=(1, 2), keepdim=True) * per_sample(of_mean)
    return other.addcmul(pixels, per_sample(factor)).clamp_(0, 1)


def turn_hue_of_batch(pixels: "Tensor", share: "Tensor") -> "Tensor":
    """Turns the hue of `pixels` [m, side, side, 3] by `share` [m] of the circle, in the closed form of `turn_hue`."""
    import torch

    red, green, blue = pixels.unbind(dim=-1)
    most, least = pixels.amax(dim=-1), pixels.amin(dim=-1)
    span = most - least
    over = 1 / torch.where(span > 0, span, 1.0)
    sixths = torch.where(most == green, 2 + (blue - red) * over, 4 + (red - green) * over)
    sixths = torch.where(most == red, (green - blue) * over, sixths)
    turns = sixths / 6 + share[:, None, None]
    hue = 6 * (turns - turns.floor())
    red, green, blue = ((hue - centre).abs() for centre in HUE_CENTRES)
    channels = torch.stack([red - 1, 2 - green, 2 - blue], dim=-1).clamp_(0, 1)
    return torch.addcmul(least[..., None], span[..., None], channels)


JITTER = PixelOperation(
    name="jitter",
    stream=3,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    used=used,
    fused=jitter,
    batch_steps=batch_steps,
)
