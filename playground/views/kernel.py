"""The compiled pixel work of the CPU executor: one image at a time, through every operation that is on.

Flow: `fused.apply` -> `render` (here) -> float32 NHWC. All compiled functions are in this one file because numba's
cache notices a change in the file of the cached function only. An image is held as three planes of float32 in
[0, 1], small enough for the first-level cache, so that each operation is a few vector loops. Each operation follows
torchvision's functional of the same name on float tensors; the tests compare them.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# numba infers every type of this file from those of `render`, which are written in its docstring.

import math
from typing import Any

import numpy as np
from numba import njit, prange

from playground.views.policy import BRIGHTNESS, CONTRAST, SATURATION

ZERO, HALF, ONE, TWO, THREE, FOUR, SIX = (np.float32(value) for value in (0, 0.5, 1, 2, 3, 4, 6))
RED, GREEN, BLUE = np.float32(0.2989), np.float32(0.587), np.float32(0.114)  # luma as torchvision rounds it
BYTE = np.float32(1 / 255)
TWO_PI = np.float32(2 * math.pi)
GAMMA, MIX_1, MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
U16, U27, U30, U31, U40 = (np.uint64(value) for value in (16, 27, 30, 31, 40))
LOW_24 = np.uint64((1 << 24) - 1)
UNIT_24 = np.float32(2.0**-24)
BLOCK = 8  # images per unit of parallel work

OPTIONS: Any = {"fastmath": True, "nogil": True, "error_model": "numpy"}
compiled = njit(**OPTIONS)  # not cached by themselves: they become part of `render`


@njit(cache=True, parallel=True, **OPTIONS)
def render(images, indices, table, taps, scale, shift, out):
    """out[i] = augment(images[indices[i]]) * scale + shift, on as many cores as numba is allowed.

    images uint8 [N, whole, whole, 3]; indices int64 [n]; table: records [n], one field per parameter; taps: length of
    the blur kernel; scale, shift float32 [3]; out float32 [n, side, side, 3]. No bounds are checked here.
    """
    n = indices.size
    for block in prange((n + BLOCK - 1) // BLOCK):
        augment(images, indices, table, taps, scale, shift, out, block * BLOCK, min(n, (block + 1) * BLOCK))


@compiled
def augment(images, indices, table, taps, scale, shift, out, first, last):
    """Views number `first` to `last - 1`, one after the other, in the same scratch memory."""
    side = out.shape[1]
    planes, spare = np.empty((3, side, side), np.float32), np.empty((3, side, side), np.float32)
    strip = np.empty((3, images.shape[1], side), np.float32)
    weights = np.empty(taps, np.float32)
    for i in range(first, last):
        sample = table[i]
        crop(images[indices[i]], sample, planes, strip)
        if sample.angle != ZERO:
            rotate(planes, sample.angle, spare)
            planes, spare = spare, planes
        if sample.jitter:
            jitter(planes, sample)
        if sample.grayscale:
            grayscale(planes)
        if sample.sigma > ZERO:
            gaussian_weights(sample.sigma, weights)
            blur(planes, weights, spare)
        if sample.threshold <= ONE:
            solarize(planes, sample.threshold)
        if sample.noise_std > ZERO:
            gaussian_field(sample.noise_seed, spare)
            add_noise(planes, spare, sample.noise_std)
        if sample.cutout_height > 0:
            cutout(planes, sample)
        write(planes, scale, shift, out[i])


@compiled
def crop(image, sample, planes, strip):
    """Cut out a box, mirror it if asked, scale it to the view's side: bilinear, pixel centres at halves.

    Columns first, then rows. A box that is larger than the view is scaled down without antialiasing.
    """
    side, height = planes.shape[1], sample.crop_height
    if image.shape[0] == side and height == side and sample.crop_width == side:
        copy(image, sample.flip, planes)
        return
    step = np.float32(sample.crop_width) / np.float32(side)
    for x in range(side):
        low, high, weight = source(x, step, sample.crop_width)
        low, high = low + sample.crop_left, high + sample.crop_left
        column = side - 1 - x if sample.flip else x
        for y in range(height):
            for c in range(3):
                left, right = (
                    np.float32(image[sample.crop_top + y, low, c]),
                    np.float32(image[sample.crop_top + y, high, c]),
                )
                strip[c, y, column] = BYTE * (left + weight * (right - left))
    step = np.float32(height) / np.float32(side)
    for y in range(side):
        low, high, weight = source(y, step, height)
        for c in range(3):
            upper, lower, row = strip[c, low], strip[c, high], planes[c, y]
            for x in range(side):
                row[x] = upper[x] + weight * (lower[x] - upper[x])


@compiled
def source(position, step, size):
    """The two pixels of a line of `size` between which a pixel of the view lies, and the share of the second."""
    place = max((np.float32(position) + HALF) * step - HALF, ZERO)
    low = int(place)
    return low, min(low + 1, size - 1), place - np.float32(low)


@compiled
def copy(image, flip, planes):
    """Bytes to [0, 1], mirrored if asked."""
    side = planes.shape[1]
    for y in range(side):
        for x in range(side):
            column = side - 1 - x if flip else x
            for c in range(3):
                planes[c, y, column] = np.float32(image[y, x, c]) * BYTE


@compiled
def rotate(planes, angle, out):
    """Turn counter-clockwise about the centre, bilinear; what comes from outside is black.

    At the border torchvision multiplies the zero-padded image by the equally interpolated mask of the inside.
    """
    side = planes.shape[1]
    cosine, sine = np.float32(math.cos(math.radians(angle))), np.float32(math.sin(math.radians(angle)))
    middle = np.float32(side - 1) * HALF
    for y in range(side):
        for x in range(side):
            dx, dy = np.float32(x) - middle, np.float32(y) - middle
            bilinear(planes, cosine * dx - sine * dy + middle, sine * dx + cosine * dy + middle, out, y, x)


@compiled
def bilinear(planes, px, py, out, y, x):
    """out[:, y, x] = planes at the place (py, px), times the share of the four neighbours that is inside."""
    side = planes.shape[1]
    column, row = math.floor(px), math.floor(py)  # numba's floor gives an integer
    left, right = shares(column, px - np.float32(column), side)
    upper, lower = shares(row, py - np.float32(row), side)
    inside = (left + right) * (upper + lower)
    x0, x1, y0, y1 = within(column, side), within(column + 1, side), within(row, side), within(row + 1, side)
    for c in range(3):
        above = left * planes[c, y0, x0] + right * planes[c, y0, x1]
        below = left * planes[c, y1, x0] + right * planes[c, y1, x1]
        out[c, y, x] = inside * (upper * above + lower * below)


@compiled
def shares(position, weight, side):
    """The shares of a pixel and of the next one, 0 for those outside."""
    return ONE - weight if 0 <= position < side else ZERO, weight if -1 <= position < side - 1 else ZERO


@compiled
def within(position, side):
    """The nearest pixel that exists."""
    return min(max(position, 0), side - 1)


@compiled
def jitter(planes, sample):
    """Brightness, contrast, saturation and hue in the order drawn."""
    red, green, blue = flat(planes, 0), flat(planes, 1), flat(planes, 2)
    for k in range(4):
        operation = sample.jitter_order[k]
        if operation == BRIGHTNESS:
            if sample.brightness != ONE:
                blend(planes, ZERO, sample.brightness)
        elif operation == CONTRAST:
            if sample.contrast != ONE:
                blend(planes, mean_luma(planes), sample.contrast)
        elif operation == SATURATION:
            if sample.saturation != ONE:
                saturate(red, green, blue, sample.saturation)
        elif sample.hue != ZERO:
            turn_hue(red, green, blue, sample.hue)


@compiled
def flat(planes, c):
    """One plane as a vector."""
    return planes[c].reshape(planes.shape[1] * planes.shape[2])


@compiled
def unit(value):
    """Clamped to [0, 1]."""
    return min(max(value, ZERO), ONE)


@compiled
def luma(red, green, blue):
    """Brightness to the eye: ITU-R BT.601."""
    return RED * red + GREEN * green + BLUE * blue


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


@compiled
def grayscale(planes):
    """Every channel becomes the luma."""
    red, green, blue = flat(planes, 0), flat(planes, 1), flat(planes, 2)
    for i in range(red.size):
        gray = luma(red[i], green[i], blue[i])
        red[i], green[i], blue[i] = gray, gray, gray


@compiled
def gaussian_weights(sigma, weights):
    """A normalised Gaussian of `sigma` pixels on len(weights) pixels."""
    middle, total = weights.size // 2, 0.0
    for k in range(weights.size):
        weights[k] = math.exp(-0.5 * ((k - middle) / sigma) ** 2)
        total += weights[k]
    for k in range(weights.size):
        weights[k] /= np.float32(total)


@compiled
def mirrored(position, side):
    """The pixel that stands for one beyond the border, which is itself not repeated."""
    position = abs(position)
    return 2 * (side - 1) - position if position >= side else position


@compiled
def blur(planes, weights, spare):
    """Blur columns into `spare`, then rows back, with the border mirrored."""
    side, middle = planes.shape[1], weights.size // 2
    line = np.empty(side + 2 * middle, np.float32)
    for c in range(3):
        for y in range(side):
            accumulate_rows(planes[c], y, weights, spare[c, y])
        for y in range(side):
            for x in range(-middle, side + middle):
                line[x + middle] = spare[c, y, mirrored(x, side)]
            accumulate_shifts(line, weights, planes[c, y])


@compiled
def accumulate_rows(plane, y, weights, out):
    """out = the weighted sum of the rows about row y."""
    out[:] = ZERO
    for k in range(weights.size):
        row, weight = plane[mirrored(y + k - weights.size // 2, plane.shape[0])], weights[k]
        for x in range(out.size):
            out[x] += weight * row[x]


@compiled
def accumulate_shifts(line, weights, out):
    """out[x] = the weighted sum of line[x], line[x + 1], ..."""
    out[:] = ZERO
    for k in range(weights.size):
        part, weight = line[k : k + out.size], weights[k]
        for x in range(out.size):
            out[x] += weight * part[x]


@compiled
def solarize(planes, threshold):
    """Invert what is at or above the threshold."""
    pixels = planes.reshape(planes.size)
    for i in range(pixels.size):
        pixels[i] = ONE - pixels[i] if pixels[i] >= threshold else pixels[i]


@compiled
def random_bits(seed, number):
    """Output `number` of SplitMix64 started at `seed`; see `playground.views.policy`."""
    bits = seed + (np.uint64(number) + np.uint64(1)) * GAMMA
    bits = (bits ^ (bits >> U30)) * MIX_1
    bits = (bits ^ (bits >> U27)) * MIX_2
    return bits ^ (bits >> U31)


@compiled
def gaussian_field(seed, planes):
    """Fill with independent standard normals: Box and Muller, doi:10.1214/aoms/1177706645, two from 64 bits."""
    field = planes.reshape(planes.size)
    for pair in range((field.size + 1) // 2):
        bits = random_bits(seed, pair)
        radius = math.sqrt(-TWO * math.log((np.float32(bits >> U40) + HALF) * UNIT_24))
        angle = TWO_PI * UNIT_24 * np.float32((bits >> U16) & LOW_24)
        field[2 * pair] = radius * math.cos(angle)
        if 2 * pair + 1 < field.size:
            field[2 * pair + 1] = radius * math.sin(angle)


@compiled
def add_noise(planes, field, std):
    """Add the field, `std` strong, and clamp."""
    pixels, grain = planes.reshape(planes.size), field.reshape(field.size)
    for i in range(pixels.size):
        pixels[i] = unit(pixels[i] + std * grain[i])


@compiled
def cutout(planes, sample):
    """Paint a box grey."""
    for c in range(3):
        for y in range(sample.cutout_top, sample.cutout_top + sample.cutout_height):
            for x in range(sample.cutout_left, sample.cutout_left + sample.cutout_width):
                planes[c, y, x] = HALF


@compiled
def write(planes, scale, shift, out):
    """Planes to normalised, interleaved pixels."""
    red, green, blue, pixels = flat(planes, 0), flat(planes, 1), flat(planes, 2), out.reshape(out.size)
    for i in range(red.size):
        pixels[3 * i] = red[i] * scale[0] + shift[0]
        pixels[3 * i + 1] = green[i] * scale[1] + shift[1]
        pixels[3 * i + 2] = blue[i] * scale[2] + shift[2]
