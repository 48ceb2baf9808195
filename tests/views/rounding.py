"""How far apart two executors of views may be by rounding alone. Imported as `tests.views.rounding`."""

import math

import numpy as np
from numpy.typing import NDArray

from playground.views import Parameters

UNIT = 2.0**-24  # the most that one rounding to float32 changes a number of size 1
# Roundings of a pixel's place, in both directions and by two executors. Each is of a number of up to `side`, and a whole
# pixel further a value may be another by 1.
OF_A_CROP = 2 * 2 * 3  # the step, times the place, less a half
OF_A_ROTATION = 2 * 2 * 8  # the angle counts for three; its sine and cosine, two products, their sum, plus the middle
OF_A_VALUE = 50  # both executors' interpolations, blends and sums of a blur, of numbers of up to 1
# Of noise: radius (up to 5.9) times the cosine of an angle (up to 2 pi) that each executor rounds twice.
OF_NOISE = 2 * 2 * (5.9 * 2 * math.pi) ** 2


def rounding(p: Parameters, side: int) -> NDArray[np.float64]:
    """The most by which the views of two executors differ where both are right: [n, 1, 1, 1], for pixels in [0, 1].

    Roundings are independent of each other and uniform within their unit, so that of n of them the standard deviation
    is sqrt(n / 3) units (Higham and Mary, doi:10.1137/18M1226312); five of these are reached by one pixel in two
    millions. What a rounding changed, jitter then enlarges.
    """
    cropped = (p["crop"]["height"] != side) | (p["crop"]["width"] != side)
    turned = p["rotation"]["angle"] != 0
    of_places = side**2 * (OF_A_CROP * cropped + OF_A_ROTATION * turned)
    squares = _enlargement(p) ** 2 * (of_places + OF_A_VALUE) + OF_NOISE * p["noise"]["std"].astype(float) ** 2
    deviation: NDArray[np.float64] = 5 * UNIT * np.sqrt(squares / 3)
    return deviation[:, None, None, None]


def _enlargement(p: Parameters) -> NDArray[np.float64]:
    """By how much jitter enlarges a small difference between pixels at most: [n].

    A mix f x + (1 - f) y of values that are both off does it by |f| + |1 - f|; y is black, and never off, for
    brightness. A turn of the hue is the middle channel plus up to once the range of all three: by 3.
    """
    jitter = p["jitter"]
    mixes = [np.abs(f) + np.abs(1 - f) for f in (jitter[name].astype(float) for name in ("contrast", "saturation"))]
    enlarged = np.maximum(jitter["brightness"], 1) * mixes[0] * mixes[1] * np.where(jitter["hue"] != 0, 3, 1)
    return np.where(jitter["on"], enlarged, 1)
