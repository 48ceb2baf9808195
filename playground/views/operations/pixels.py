"""Helpers of the operations: constants, luma, and the options of the compiler."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# numba infers the types of the compiled functions here from the arguments of `kernel.render`.

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from torch import Tensor

ZERO, HALF, ONE, TWO = (np.float32(value) for value in (0, 0.5, 1, 2))
LUMA_RED, LUMA_GREEN, LUMA_BLUE = (np.float32(weight) for weight in (0.2989, 0.587, 0.114))  # as torchvision rounds
LUMA_WEIGHTS = float(LUMA_RED), float(LUMA_GREEN), float(LUMA_BLUE)

OPTIONS: Any = {"fastmath": True, "nogil": True, "error_model": "numpy"}
compiled = njit(**OPTIONS)  # not cached by themselves: they become part of `kernel.render`
# For sums: additions may not be reordered ("reassoc"). Code that numba had just compiled and code from its cache were
# vectorised in different ways, so that the contrast of the same view differed by 1e-6 between two processes.
compiled_in_order = njit(**OPTIONS | {"fastmath": {"nnan", "ninf", "nsz", "arcp", "contract", "afn"}})


@compiled
def plane_vector(planes, c):
    """Plane `c` of `planes` [3, side, side] as a vector [side * side]."""
    return planes[c].reshape(planes.shape[1] * planes.shape[2])


@compiled
def clamp_unit(value):
    """`value` clamped to [0, 1]."""
    return min(max(value, ZERO), ONE)


@compiled
def luma(red, green, blue):
    """Luma of a pixel: ITU-R BT.601."""
    return LUMA_RED * red + LUMA_GREEN * green + LUMA_BLUE * blue


def luma_of_batch(pixels: "Tensor") -> "Tensor":
    """Luma [m, side, side, 1] of `pixels` [m, side, side, 3]: ITU-R BT.601."""
    red, green, blue = pixels.unbind(dim=-1)
    return (red * LUMA_WEIGHTS[0] + green * LUMA_WEIGHTS[1] + blue * LUMA_WEIGHTS[2])[..., None]


def per_sample(numbers: "Tensor") -> "Tensor":
    """`numbers` [m] as [m, 1, 1, 1], to be broadcast over pixels."""
    return numbers[:, None, None, None]
