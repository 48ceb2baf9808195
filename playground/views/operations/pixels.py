"""What the operations of both executors share: constants, luma, how functions are compiled."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# numba infers every type of the compiled functions here from those that `kernel.render` is called with.

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from torch import Tensor

ZERO, HALF, ONE = (np.float32(value) for value in (0, 0.5, 1))
RED, GREEN, BLUE = np.float32(0.2989), np.float32(0.587), np.float32(0.114)  # luma as torchvision rounds it
LUMA = float(RED), float(GREEN), float(BLUE)

OPTIONS: Any = {"fastmath": True, "nogil": True, "error_model": "numpy"}
compiled = njit(**OPTIONS)  # not cached by themselves: they become part of `kernel.render`


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


def luma_of_batch(pixels: "Tensor") -> "Tensor":
    """Brightness to the eye [m, side, side, 1]: ITU-R BT.601."""
    red, green, blue = pixels.unbind(dim=-1)
    return (red * LUMA[0] + green * LUMA[1] + blue * LUMA[2])[..., None]


def each(numbers: "Tensor") -> "Tensor":
    """One number a sample, against pixels."""
    return numbers[:, None, None, None]
