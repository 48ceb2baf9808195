"""Gaussian noise on every pixel and channel, clamped to [0, 1]: torchvision's `gaussian_noise` with its own field."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from playground.config.augmentations import NoiseConfig
from playground.records import FloatArray
from playground.views.operations.operation import Array, Drawn, PixelOperation, Step, record_dtype
from playground.views.operations.pixels import HALF, TWO, clamp_unit, compiled, per_sample
from playground.views.random_numbers import Draws, value_or_neutral

if TYPE_CHECKING:
    from torch import Tensor

RECORD = record_dtype(std=np.float32, seed=np.uint64)  # std 0 = none
TWO_PI = np.float32(2 * math.pi)
GAMMA, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
U16, U27, U30, U31, U40 = (np.uint64(value) for value in (16, 27, 30, 31, 40))
LOW_24 = np.uint64((1 << 24) - 1)
UNIT_24 = np.float32(2.0**-24)


def draw_fields(config: NoiseConfig, draws: Draws) -> dict[str, Array]:
    """Draws the noise's standard deviation and the seed of its field, [n] each."""
    return {"std": value_or_neutral(draws.happens(), config.std, 0.0), "seed": draws.bits(1)}


def used(drawn: Drawn) -> Drawn:
    """Whether views get noise."""
    return drawn["std"] > 0


def describe(drawn: Drawn, whole: int) -> str:
    """Text for a page, such as "noise 0.05"; "" without noise."""
    return f"noise {drawn['std']:.2f}" if used(drawn) else ""


@compiled
def add_noise(planes, spare, drawn):
    """Adds the field of the drawn seed times `std` to `planes` [3, side, side], and clamps."""
    gaussian_field(drawn.seed, spare)
    pixels, grain, std = planes.reshape(planes.size), spare.reshape(spare.size), drawn.std
    for i in range(pixels.size):
        pixels[i] = clamp_unit(pixels[i] + std * grain[i])


@compiled
def gaussian_field(seed, planes):
    """Fills `planes` with independent standard normals: Box and Muller, doi:10.1214/aoms/1177706645, two of 64 bits."""
    field = planes.reshape(planes.size)
    for pair in range((field.size + 1) // 2):
        bits = random_bits(seed, pair)
        radius = math.sqrt(-TWO * math.log((np.float32(bits >> U40) + HALF) * UNIT_24))
        angle = TWO_PI * UNIT_24 * np.float32((bits >> U16) & LOW_24)
        field[2 * pair] = radius * math.cos(angle)
        if 2 * pair + 1 < field.size:
            field[2 * pair + 1] = radius * math.sin(angle)


@compiled
def random_bits(seed, number):
    """Output `number` of SplitMix64 started at `seed`; see `playground.views.random_numbers`."""
    bits = seed + (np.uint64(number) + np.uint64(1)) * GAMMA
    bits = (bits ^ (bits >> U30)) * MIX_1
    bits = (bits ^ (bits >> U27)) * MIX_2
    return bits ^ (bits >> U31)


def noise_field(seed: int, side: int) -> FloatArray:
    """The standard normal field of `seed`, float32 [side, side, 3], before it is scaled by the standard deviation."""
    planes = np.empty((3, side, side), np.float32)
    gaussian_field(np.uint64(seed), planes)
    return np.ascontiguousarray(planes.transpose(1, 2, 0))


def batch_steps(drawn: Drawn) -> Iterator[Step]:
    """The steps of the GPU executor."""
    yield Step(add_noise_to_batch, used(drawn), (drawn["std"], drawn["seed"]))


def add_noise_to_batch(pixels: "Tensor", std: "Tensor", seed: "Tensor") -> "Tensor":
    """Adds the fields of `seed` [m] times `std` [m] to `pixels` [m, side, side, 3], and clamps."""
    return pixels.addcmul(noise_fields(seed, pixels.shape[1]), per_sample(std)).clamp_(0, 1)


def noise_fields(seeds: "Tensor", side: int) -> "Tensor":
    """`noise_field` of each of `seeds` [m], int64 with the bits of uint64: float32 [m, side, side, 3]."""
    import torch

    numbers = 3 * side * side
    bits = random_bits_of_batch(seeds[:, None], torch.arange((numbers + 1) // 2, device=seeds.device))
    radius = (-2 * ((_shifted(bits, 40).float() + 0.5) * 2.0**-24).log()).sqrt()
    angle = ((bits >> 16) & int(LOW_24)).float() * (2 * math.pi * 2.0**-24)
    pairs = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)
    return pairs.flatten(1)[:, :numbers].reshape(-1, 3, side, side).permute(0, 2, 3, 1)


def random_bits_of_batch(seed: "Tensor", number: "Tensor") -> "Tensor":
    """`random_bits` [m, k] for `seed` [m, 1] and `number` [k], in int64, which wraps as uint64 does."""
    bits = seed + (number + 1) * _signed(int(GAMMA))
    bits = (bits ^ _shifted(bits, 30)) * _signed(int(MIX_1))
    bits = (bits ^ _shifted(bits, 27)) * _signed(int(MIX_2))
    return bits ^ _shifted(bits, 31)


def _signed(bits: int) -> int:
    """The int64 with the bits of a uint64."""
    return bits - (1 << 64) if bits >> 63 else bits


def _shifted(bits: "Tensor", by: int) -> "Tensor":
    """`bits` shifted to the right with zeros moving in, as for uint64; int64 would repeat its sign."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


NOISE = PixelOperation(
    name="noise",
    stream=7,
    record=RECORD,
    draw_fields=draw_fields,
    describe=describe,
    used=used,
    fused=add_noise,
    batch_steps=batch_steps,
)
