"""The GPU executor: a whole batch through one operation after the other, on the device where the images lie.

Flow: `Parameters` -> `apply` -> float32 [n, 3, side, side], normalised, channels last in memory. It gives what
`fused.apply` gives, up to rounding: the same parameters, operations and order.

What is done to which samples is decided on the host from the drawn numbers, which then travel in one copy. So an
operation that no sample uses costs nothing, and nothing ever waits for the device. There is no convolution and no
matrix product in here: a GPU may round those to TF32.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config.augmentations import ViewsConfig
from playground.views import kernel
from playground.views.fused import check_indices, check_parameters, scale_and_shift
from playground.views.policy import (
    BRIGHTNESS,
    CONTRAST,
    HUE,
    SATURATION,
    Flags,
    Parameters,
    blur_kernel_size,
    draw,
    view_side,
)

Array = NDArray[Any]
LUMA = float(kernel.RED), float(kernel.GREEN), float(kernel.BLUE)
HUES = (3.0, 2.0, 4.0)  # in sixths of the circle: the opposite of red; green and blue
_ALIGNED = 8  # bytes: where a number of any type may begin
_TYPES = {np.bool_: torch.bool, np.int64: torch.int64, np.float32: torch.float32}


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation, and the numbers of all n samples for it."""

    change: Callable[..., Tensor]  # (pixels [m, side, side, 3] in [0, 1], *numbers [m, ...]) -> the same shape
    used: Flags  # [n]
    numbers: tuple[Array, ...] = ()  # [n, ...] each


def apply(
    images: Tensor,
    indices: NDArray[np.int64],
    parameters: Parameters,
    side: int,
    mean: Sequence[float],
    std: Sequence[float],
) -> Tensor:
    """Make one view of each chosen image: gather, augment, normalise.

    `images` uint8 [N, whole, whole, 3] on any device; `indices` [n] into it; `parameters` of length n, drawn for images
    of that size and views of `side` pixels; `mean`, `std` [3] for pixels in [0, 1]. Returns float32 [n, 3, side, side]
    on that device, channels last.

    Raises ValueError for arrays that do not fit together.
    """
    check_indices(indices, len(images))
    check_parameters(parameters, len(indices), images.shape[1], side)
    steps = [step for step in _steps(parameters) if step.used.any()]
    source, scaling, *numbers = _sent(
        [_source(indices, parameters), scale_and_shift(mean, std), *(_selected(step) for step in steps)], images.device
    )
    pixels = _crop(images, side, *source)
    for step, (rows, *chosen) in zip(steps, numbers, strict=True):
        if len(rows) == len(pixels):
            pixels = step.change(pixels, *chosen)
        else:
            pixels.index_copy_(0, rows, step.change(pixels.index_select(0, rows), *chosen))
    scale, shift = scaling
    return (pixels * scale + shift).permute(0, 3, 1, 2)


def two_views(
    images: Tensor,
    indices: NDArray[np.int64],
    config: ViewsConfig,
    *,
    seed: int,
    epoch: int,
    mean: Sequence[float],
    std: Sequence[float],
) -> tuple[Tensor, Tensor]:
    """Two independent views of each chosen image, each [n, 3, side, side], made in one go; see `draw` and `apply`."""
    whole = images.shape[1]
    pair = [draw(config, seed=seed, epoch=epoch, indices=indices, view=view, side=whole) for view in (0, 1)]
    both = Parameters(*(np.concatenate([getattr(one, field.name) for one in pair]) for field in fields(Parameters)))
    first, second = apply(images, np.tile(indices, 2), both, view_side(config, whole), mean, std).chunk(2)
    return first, second


def _steps(p: Parameters) -> Iterator[_Step]:
    """All operations after the crop, in their order."""
    yield _Step(_rotate, p.angle != 0, (p.angle,))
    yield from _jitter_steps(p)
    yield _Step(_grayscale, p.grayscale)
    yield _Step(_blur, p.sigma > 0, (p.sigma,))
    yield _Step(_solarize, p.threshold <= 1, (p.threshold,))
    yield _Step(_add_noise, p.noise_std > 0, (p.noise_std, p.noise_seed.view(np.int64)))
    boxes = tuple(box.astype(np.int64) for box in (p.cutout_top, p.cutout_left, p.cutout_height, p.cutout_width))
    yield _Step(_cutout, p.cutout_height > 0, boxes)


def _jitter_steps(p: Parameters) -> Iterator[_Step]:
    """Each sample has an order of its own: what comes before its hue, then hue for all of them, then what comes after.

    Brightness, contrast and saturation are one formula, so that samples which differ in these go together.
    """
    turned = p.jitter & (p.hue != 0)
    place_of_hue = np.where(turned, (p.jitter_order == HUE).argmax(axis=1), 4)
    blends = [_blend_step(p, place) for place in range(4)]
    for place, blend in enumerate(blends):
        yield _Step(blend.change, blend.used & (place < place_of_hue), blend.numbers)
    yield _Step(_turn_hue, turned, (p.hue,))
    for place, blend in enumerate(blends):
        yield _Step(blend.change, blend.used & (place > place_of_hue), blend.numbers)


def _blend_step(p: Parameters, place: int) -> _Step:
    """What each sample has at one place of its order, unless that is hue."""
    kind = p.jitter_order[:, place]
    factor = np.select(
        [kind == BRIGHTNESS, kind == CONTRAST, kind == SATURATION], [p.brightness, p.contrast, p.saturation], 1.0
    ).astype(np.float32)
    rest = 1 - factor
    return _Step(_blend, p.jitter & (factor != 1), (factor, rest * (kind == SATURATION), rest * (kind == CONTRAST)))


def _source(indices: NDArray[np.int64], p: Parameters) -> list[Array]:
    boxes = [box.astype(np.int64) for box in (p.crop_top, p.crop_left, p.crop_height, p.crop_width)]
    return [indices.astype(np.int64), *boxes, p.flip]


def _selected(step: _Step) -> list[Array]:
    """The rows that are changed, and their numbers."""
    rows = np.flatnonzero(step.used)
    return [rows, *(array[rows] for array in step.numbers)]


def _sent(groups: Sequence[Sequence[Array]], device: torch.device) -> list[list[Tensor]]:
    """Arrays of any types as tensors on `device`, in one copy for which the host does not wait."""
    arrays = [np.ascontiguousarray(array) for group in groups for array in group]
    starts = np.cumsum([0, *(-(-array.nbytes // _ALIGNED) * _ALIGNED for array in arrays)])
    packed = torch.empty(int(starts[-1]), dtype=torch.uint8, pin_memory=device.type == "cuda")
    into = packed.numpy()
    for start, array in zip(starts, arrays, strict=False):
        into[start : start + array.nbytes] = array.reshape(-1).view(np.uint8)
    there = packed.to(device, non_blocking=True)
    tensors = (
        there[start : start + array.nbytes].view(_TYPES[array.dtype.type]).view(array.shape)
        for start, array in zip(starts.tolist(), arrays, strict=False)
    )
    return [[next(tensors) for _ in group] for group in groups]


def _crop(
    images: Tensor, side: int, indices: Tensor, top: Tensor, left: Tensor, height: Tensor, width: Tensor, flip: Tensor
) -> Tensor:
    """Cut out a box, mirror it if asked, scale it to the view's side: bilinear, pixel centres at halves."""
    places = torch.arange(side, device=images.device).expand(len(indices), side)
    upper, lower, down = _between(places, top, height)
    first, second, across = _between(torch.where(flip[:, None], side - 1 - places, places), left, width)
    rows, columns = torch.cat([upper, lower], dim=1), torch.cat([first, second], dim=1)
    corners = images[indices[:, None, None], rows[:, :, None], columns[:, None, :]].float()  # [n, 2 side, 2 side, 3]
    one, other = corners.chunk(2, dim=2)
    one, other = torch.lerp(one, other, across[:, None, :, None]).chunk(2, dim=1)
    return torch.lerp(one, other, down[:, :, None, None]) / 255


def _between(places: Tensor, start: Tensor, size: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The two pixels of the image between which each pixel of the view lies, and the share of the second: [n, side]."""
    start, size, side = start[:, None], size[:, None], places.shape[1]
    place = ((places + 0.5) * (size / side) - 0.5).clamp(min=0)
    low = place.long()
    return start + low, start + torch.minimum(low + 1, size - 1), place - low


def _rotate(pixels: Tensor, angle: Tensor) -> Tensor:
    """Turn counter-clockwise about the centre, bilinear; what comes from outside is black.

    At the border torchvision multiplies the zero-padded image by the equally interpolated mask of the inside.
    """
    side, radians = pixels.shape[1], torch.deg2rad(angle)[:, None, None]
    middle = (side - 1) / 2
    offset = torch.arange(side, device=pixels.device) - middle
    cosine, sine, dx, dy = radians.cos(), radians.sin(), offset[None, None, :], offset[None, :, None]
    columns, across = _neighbours(cosine * dx - sine * dy + middle, side)
    rows, down = _neighbours(sine * dx + cosine * dy + middle, side)
    samples, turned = torch.arange(len(pixels), device=pixels.device)[:, None, None], torch.zeros_like(pixels)
    for row, vertical in zip(rows, down, strict=True):
        for column, horizontal in zip(columns, across, strict=True):
            turned.addcmul_(pixels[samples, row, column], (vertical * horizontal)[..., None])
    return turned * ((across[0] + across[1]) * (down[0] + down[1]))[..., None]


def _neighbours(place: Tensor, side: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The two pixels of a line about each place, and their shares: 0 for a pixel outside, in whose stead one inside is
    named."""
    low = place.floor()
    share = place - low
    inside = [(pixel >= 0) & (pixel <= side - 1) for pixel in (low, low + 1)]
    pixels = [pixel.clamp(0, side - 1).long() for pixel in (low, low + 1)]
    return (pixels[0], pixels[1]), ((1 - share) * inside[0], share * inside[1])


def _luma(pixels: Tensor) -> Tensor:
    """Brightness to the eye [m, side, side, 1]: ITU-R BT.601."""
    red, green, blue = pixels.unbind(dim=-1)
    return (red * LUMA[0] + green * LUMA[1] + blue * LUMA[2])[..., None]


def _blend(pixels: Tensor, factor: Tensor, of_luma: Tensor, of_mean: Tensor) -> Tensor:
    """Mix with black (brightness), with the mean luma (contrast) or with each pixel's own (saturation)."""
    luma = _luma(pixels)
    other = luma * _each(of_luma) + luma.mean(dim=(1, 2), keepdim=True) * _each(of_mean)
    return torch.addcmul(other, pixels, _each(factor)).clamp_(0, 1)


def _each(numbers: Tensor) -> Tensor:
    """One number a sample, against pixels."""
    return numbers[:, None, None, None]


def _turn_hue(pixels: Tensor, share: Tensor) -> Tensor:
    """Turn the hue by a share of the circle: RGB -> HSV -> RGB in the closed form of `kernel.turn_hue`."""
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


def _grayscale(pixels: Tensor) -> Tensor:
    """Every channel becomes the luma."""
    return _luma(pixels).expand_as(pixels).contiguous()


def _blur(pixels: Tensor, sigma: Tensor) -> Tensor:
    """A normalised Gaussian of `sigma` pixels over rows, then over columns, with the border mirrored."""
    side = pixels.shape[1]
    reach = blur_kernel_size(side) // 2
    offsets = torch.arange(-reach, reach + 1, device=pixels.device)
    weights = torch.softmax(-0.5 * (offsets / sigma[:, None]).square(), dim=1)
    places = torch.arange(-reach, side + reach, device=pixels.device).abs()
    mirrored = side - 1 - (side - 1 - places).abs()
    for dim in (1, 2):
        wider, blurred = pixels.index_select(dim, mirrored), torch.zeros_like(pixels)
        for number in range(2 * reach + 1):
            blurred.addcmul_(wider.narrow(dim, number, side), _each(weights[:, number]))
        pixels = blurred
    return pixels


def _solarize(pixels: Tensor, threshold: Tensor) -> Tensor:
    """Invert what is at or above the threshold."""
    return torch.where(pixels >= _each(threshold), 1 - pixels, pixels)


def _add_noise(pixels: Tensor, std: Tensor, seed: Tensor) -> Tensor:
    """Add the field of each seed, `std` strong, and clamp."""
    return torch.addcmul(pixels, noise_fields(seed, pixels.shape[1]), _each(std)).clamp_(0, 1)


def noise_fields(seeds: Tensor, side: int) -> Tensor:
    """`fused.noise_field` of each seed [m], 64 bits each as int64: [m, side, side, 3]."""
    numbers = 3 * side * side
    bits = _random_bits(seeds[:, None], torch.arange((numbers + 1) // 2, device=seeds.device))
    radius = (-2 * ((_shifted(bits, 40).float() + 0.5) * 2.0**-24).log()).sqrt()
    angle = ((bits >> 16) & int(kernel.LOW_24)).float() * (2 * math.pi * 2.0**-24)
    pairs = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)
    return pairs.flatten(1)[:, :numbers].reshape(-1, 3, side, side).permute(0, 2, 3, 1)


def _random_bits(seed: Tensor, number: Tensor) -> Tensor:
    """Output `number` of SplitMix64 started at `seed`; see `playground.views.policy`. int64 wraps as uint64 does."""
    bits = seed + (number + 1) * _signed(int(kernel.GAMMA))
    bits = (bits ^ _shifted(bits, 30)) * _signed(int(kernel.MIX_1))
    bits = (bits ^ _shifted(bits, 27)) * _signed(int(kernel.MIX_2))
    return bits ^ _shifted(bits, 31)


def _signed(bits: int) -> int:
    """The int64 with the bits of a uint64."""
    return bits - (1 << 64) if bits >> 63 else bits


def _shifted(bits: Tensor, by: int) -> Tensor:
    """To the right with zeros moving in, as uint64 is shifted: int64 would repeat its sign."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


def _cutout(pixels: Tensor, top: Tensor, left: Tensor, height: Tensor, width: Tensor) -> Tensor:
    """Paint a box grey."""
    places = torch.arange(pixels.shape[1], device=pixels.device)
    rows, columns = (
        (places >= start[:, None]) & (places < (start + size)[:, None])
        for start, size in ((top, height), (left, width))
    )
    return pixels.masked_fill((rows[:, :, None] & columns[:, None, :])[..., None], 0.5)
