"""Which view of which image: draws every parameter of the augmentations, and applies none of them.

Flow: `ViewsConfig` -> `draw` -> `Parameters` -> an executor (`fused.apply` on the CPU, `batched.apply` on a GPU).

A parameter is a pure function of (seed, epoch, image index, view) and of its own slot: nothing depends on the batch, so
that a resumed run sees the views it would have seen, and nothing depends on the other operations, so that two runs
which differ in one operation differ in nothing else.
"""

import math
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from playground.config.augmentations import (
    BlurConfig,
    CropConfig,
    CutoutConfig,
    JitterConfig,
    SolarizeConfig,
    ViewsConfig,
)

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)  # the entries of `Parameters.jitter_order`
SMALLEST_SIDE = 2  # of an image or a view: the blur mirrors one pixel at the border
NO_SOLARIZE = 2.0  # a threshold that no pixel reaches

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15  # 2**64 / golden ratio, odd: the increment of SplitMix64
_TRIES = 10  # of torchvision's RandomResizedCrop
_SLOTS = 64  # per operation: a new draw takes a new slot and moves no other
_ORDERS = np.array(list(permutations(range(4))), dtype=np.int8)  # [24, 4]


class _Stream(IntEnum):
    """One stream of random numbers per operation. The values are part of every run's reproducibility: only append."""

    CROP = 0
    FLIP = 1
    ROTATION = 2
    JITTER = 3
    GRAYSCALE = 4
    BLUR = 5
    SOLARIZE = 6
    NOISE = 7
    CUTOUT = 8


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is done to each of n images. Every array has length n; the order of the fields is that of the operations."""

    crop_top: Ints  # whole pixels of the source; the whole image where there is no crop
    crop_left: Ints
    crop_height: Ints
    crop_width: Ints
    flip: Flags
    angle: Floats  # degrees, counter-clockwise; 0 = none
    jitter: Flags
    brightness: Floats  # factors as in torchvision's adjust_*; 1 = none
    contrast: Floats
    saturation: Floats
    hue: Floats  # share of the colour circle, -0.5 to 0.5; 0 = none
    jitter_order: NDArray[np.int8]  # [n, 4], a permutation of BRIGHTNESS, CONTRAST, SATURATION, HUE
    grayscale: Flags
    sigma: Floats  # pixels; 0 = no blur
    threshold: Floats  # pixels at or above are inverted; above 1 = none
    noise_std: Floats  # 0 = none
    noise_seed: NDArray[np.uint64]
    cutout_top: Ints  # the painted box, cut off at the border of the view; height 0 = none
    cutout_left: Ints
    cutout_height: Ints
    cutout_width: Ints

    def __len__(self) -> int:
        return len(self.crop_top)

    def take(self, rows: NDArray[np.int64] | slice) -> "Parameters":
        """The parameters of some of the samples."""
        return Parameters(*(getattr(self, field.name)[rows] for field in fields(self)))


def draw(config: ViewsConfig, *, seed: int, epoch: int, indices: NDArray[np.int64], view: int, side: int) -> Parameters:
    """Draw the parameters of one view of each image.

    `indices` [n] are the images' numbers in the data set, `view` is 0 or 1 (any number of views is allowed), `side` is
    that of the images, in pixels; that of their views is `view_side`. What is drawn for an image depends on (seed,
    epoch, index, view) alone. View 1 is the second view, which may be blurred or solarised more or less often than the
    first; views above 1 are drawn as the first is.
    """
    draws = _Draws(_sample_keys(seed, epoch, indices, view))
    top, left, height, width = _draw_crop(config.crop, draws, side)
    jitter, (brightness, contrast, saturation, hue), order = _draw_jitter(config.jitter, draws)
    box_top, box_left, box_height, box_width = _draw_cutout(config.cutout, draws, view_side(config, side))
    turned = draws.happens(_Stream.ROTATION, config.rotation.probability)
    angle = draws.between(_Stream.ROTATION, 1, -config.rotation.degrees, config.rotation.degrees)
    blurred = draws.happens(_Stream.BLUR, _probability(config.blur, view))
    sigma = draws.between(_Stream.BLUR, 1, config.blur.sigma_min, config.blur.sigma_max)
    solarized = draws.happens(_Stream.SOLARIZE, _probability(config.solarize, view))
    noisy = draws.happens(_Stream.NOISE, config.noise.probability)
    return Parameters(
        crop_top=top,
        crop_left=left,
        crop_height=height,
        crop_width=width,
        flip=draws.happens(_Stream.FLIP, config.flip.probability),
        angle=_where(turned, angle, 0.0),
        jitter=jitter,
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        hue=hue,
        jitter_order=order,
        grayscale=draws.happens(_Stream.GRAYSCALE, config.grayscale.probability),
        sigma=_where(blurred, sigma, 0.0),
        threshold=_where(solarized, config.solarize.threshold, NO_SOLARIZE),
        noise_std=_where(noisy, config.noise.std, 0.0),
        noise_seed=draws.bits(_Stream.NOISE, 1),
        cutout_top=box_top,
        cutout_left=box_left,
        cutout_height=box_height,
        cutout_width=box_width,
    )


def view_side(config: ViewsConfig, side: int) -> int:
    """How many pixels wide the views of images of that `side` are."""
    return max(SMALLEST_SIDE, round(config.crop.side * side))


def blur_kernel_size(side: int) -> int:
    """The odd number nearest to a tenth of the side (upwards from the middle), at least 3: SimCLR, appendix A."""
    return max(3, 2 * (side // 20) + 1)


class _Draws:
    """Random numbers of n samples, addressed by operation and slot; slot 0 decides whether the operation happens."""

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        self.keys = keys

    def bits(self, stream: _Stream, slot: int) -> NDArray[np.uint64]:
        """64 random bits each [n]: number `stream * _SLOTS + slot` of the SplitMix64 sequence seeded with the key."""
        bits: NDArray[np.uint64] = self.many_bits(stream, range(slot, slot + 1))[0]
        return bits

    def many_bits(self, stream: _Stream, slots: range) -> NDArray[np.uint64]:
        """The same of several slots at once [slots, n]."""
        steps = [((stream * _SLOTS + slot + 1) * _GAMMA) & _MASK for slot in slots]
        return _mix(self.keys + np.array(steps, dtype=np.uint64)[:, None])

    def uniform(self, stream: _Stream, slot: int) -> NDArray[np.float64]:
        """Uniform in [0, 1), 53 bits [n]."""
        numbers: NDArray[np.float64] = self.many_uniform(stream, range(slot, slot + 1))[0]
        return numbers

    def many_uniform(self, stream: _Stream, slots: range) -> NDArray[np.float64]:
        """The same of several slots at once [slots, n]."""
        return (self.many_bits(stream, slots) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def between(self, stream: _Stream, slot: int, low: float, high: float) -> NDArray[np.float64]:
        """Uniform between two bounds [n]."""
        return low + (high - low) * self.uniform(stream, slot)

    def below(self, stream: _Stream, slot: int, end: NDArray[np.int32] | int) -> Ints:
        """A whole number from 0 to end - 1 [n]."""
        return np.floor(self.uniform(stream, slot) * end).astype(np.int32)

    def happens(self, stream: _Stream, probability: float) -> Flags:
        """Whether the operation is applied [n]: never at 0, always at 1."""
        return self.uniform(stream, 0) < probability


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The output function of SplitMix64, a bijection on 64 bits.

    Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014, doi:10.1145/2660193.2660195;
    constants of variant 13 by D. Stafford, as in https://prng.di.unimi.it/splitmix64.c
    """
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _sample_keys(seed: int, epoch: int, indices: NDArray[np.int64], view: int) -> NDArray[np.uint64]:
    """One key per sample [n]. Each coordinate is mixed in before the next: none can make up for another."""
    key = np.zeros(1, dtype=np.uint64)
    for coordinate in (seed, epoch, view):
        key = _mix(key + np.uint64(((coordinate + 1) * _GAMMA) & _MASK))
    numbers = np.asarray(indices, dtype=np.int64).astype(np.uint64) + np.uint64(1)
    return _mix(key + numbers * np.uint64(_GAMMA))


def _probability(config: BlurConfig | SolarizeConfig, view: int) -> float:
    """Of the operation in that view: BYOL's two views are drawn differently, arXiv:2006.07733, appendix B."""
    second = config.second_probability
    return second if view == 1 and second is not None else config.probability


def _where(flags: Flags, value: NDArray[np.float64] | float, otherwise: float) -> Floats:
    return np.where(flags, value, otherwise).astype(np.float32)


def _draw_crop(config: CropConfig, draws: _Draws, side: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Top, left, height, width as torchvision's RandomResizedCrop.get_params draws them (Inception, arXiv:1409.4842).

    The ten tries are drawn at once and the first that fits is taken. Where none fits, torchvision falls back to the
    central crop of an allowed ratio: that of a square image is the whole image.
    """
    uniforms = draws.many_uniform(_Stream.CROP, range(3, 3 + 2 * _TRIES))  # [20, n]
    area = side * side * (config.scale_min + (config.scale_max - config.scale_min) * uniforms[:_TRIES])
    ratio = np.exp(math.log(config.ratio_max) * (2 * uniforms[_TRIES:] - 1))
    widths, heights = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
    fits = (widths > 0) & (widths <= side) & (heights > 0) & (heights <= side)
    first, n = fits.argmax(axis=0), np.arange(fits.shape[1])
    cropped = fits[first, n] & draws.happens(_Stream.CROP, config.probability)
    height = np.where(cropped, heights[first, n], side).astype(np.int32)
    width = np.where(cropped, widths[first, n], side).astype(np.int32)
    top = draws.below(_Stream.CROP, 1, side - height + 1)
    left = draws.below(_Stream.CROP, 2, side - width + 1)
    return top, left, height, width


def _draw_jitter(config: JitterConfig, draws: _Draws) -> tuple[Flags, list[Floats], NDArray[np.int8]]:
    """Flag, four factors and their order, as torchvision's ColorJitter draws them, but per sample."""
    applied = draws.happens(_Stream.JITTER, config.probability)
    middles = ((config.brightness, 1.0), (config.contrast, 1.0), (config.saturation, 1.0), (config.hue, 0.0))
    factors = [
        _where(applied, draws.between(_Stream.JITTER, slot, middle - reach, middle + reach), middle)
        for slot, (reach, middle) in enumerate(middles, start=1)
    ]
    return applied, factors, _ORDERS[draws.below(_Stream.JITTER, 5, len(_ORDERS))]


def _draw_cutout(config: CutoutConfig, draws: _Draws, side: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Top, left, height, width of the painted box.

    The square's centre may be any pixel, so that part of the square may lie outside: arXiv:1708.04552, section 3.2.
    """
    applied = draws.happens(_Stream.CUTOUT, config.probability)
    size = max(1, round(config.size * side))
    starts = [draws.below(_Stream.CUTOUT, slot, side) - size // 2 for slot in (1, 2)]
    low = [np.maximum(start, 0).astype(np.int32) for start in starts]
    extent = [
        np.where(applied, np.minimum(start + size, side) - first, 0).astype(np.int32)
        for start, first in zip(starts, low, strict=True)
    ]
    return low[0], low[1], extent[0], extent[1]
