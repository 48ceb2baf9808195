"""Near-duplicates, from the pixels alone: where there are no labels, these are the false negatives. Numpy only.

Two images are near-duplicates where one, moved by at most a pixel or cropped by at most a pixel at each edge, looks
like the other but for brightness and contrast: where the cosine of their descriptions is at least `ALIKE`.
A description is a coarse picture: the luma of 12 x 12 cells, less its mean, and the chroma of 4 x 4 cells.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # [n, side, side, 3]
Floats = NDArray[np.float32]
Window = tuple[int, int]  # how far the first and the last edge of what is seen are moved, in px
View = tuple[Window, Window]  # of the rows and of the columns

# Calibrated on copies and on all pairs of different images of CIFAR-10, shapes and digits: see the tests.
ALIKE: Final = 0.994
WORTH_A_LOOK: Final = 0.8  # of coarser descriptions, not moved: of all copies none was below 0.82
FINE, COARSE, CHROMA = 12, 8, 4  # cells along a side
NOISE = 2.0  # grey levels, too few to count beside a picture: without them blank images had no direction
# Rec. ITU-R BT.601: red, green, blue -> luma and two chroma. JPEG keeps less of the chroma, hence so few cells of it.
YCC = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)

WHOLE: Window = (0, 0)
CROPPED: tuple[Window, ...] = (WHOLE, (1, 0), (0, -1), (1, -1))
MOVED: tuple[Window, ...] = (WHOLE, (1, 1), (-1, -1))
VIEWS: Final[Sequence[View]] = sorted({*product(CROPPED, CROPPED), *product(MOVED, MOVED)})
AS_IT_IS: Final[View] = (WHOLE, WHOLE)
CHUNK, FEW = 250, 16  # images compared with all others at a time, coarsely and closely


def near_duplicates(images: Images) -> NDArray[np.bool_]:
    """Whether two of `images` [n, side, side, 3] are near-duplicates: [n, n], symmetric, no image of itself.

    `side` >= 4. Only pairs that are roughly alike are looked at closely, so it takes longer the more alike images are.
    """
    n = len(images)
    alike = np.zeros((n, n), np.bool_)
    coarse, plain = _described(images, COARSE)[:, 0], _described(images, FINE)[:, 0]
    for start in range(0, n, CHUNK):
        candidates = coarse[start : start + CHUNK] @ coarse.T >= WORTH_A_LOOK
        candidates[np.arange(len(candidates)), np.arange(start, start + len(candidates))] = False
        rows = np.flatnonzero(candidates.any(axis=1))
        for few in (rows[first : first + FEW] for first in range(0, len(rows), FEW)):
            others = np.flatnonzero(candidates[few].any(axis=0))
            views = _described(images[start + few], FINE, VIEWS)  # [r, views, cells]
            cosines = views.reshape(-1, views.shape[2]) @ plain[others].T
            nearest = cosines.reshape(len(few), len(VIEWS), -1).max(axis=1)  # [r, others]
            alike[start + few[:, None], others] = candidates[few[:, None], others] & (nearest >= ALIKE)
    return alike | alike.T


def _described(images: Images, grid: int, views: Sequence[View] = (AS_IT_IS,)) -> Floats:
    """Descriptions of length one of `images` as seen through each of `views`: [n, views, cells]."""
    parts = [np.empty((0, len(views), grid**2 + 2 * CHROMA**2 + 1), np.float32)]
    for start in range(0, len(images), CHUNK):
        channels = np.moveaxis(images[start : start + CHUNK].astype(np.float32) @ YCC.T, 3, 1)  # [m, 3, side, side]
        parts.append(np.stack([_seen(np.ascontiguousarray(channels), grid, *view) for view in views], axis=1))
    return np.concatenate(parts)


def _seen(channels: Floats, grid: int, down: Window, across: Window) -> Floats:
    m, side = len(channels), channels.shape[2]
    luma = _cells(side, grid, down) @ channels[:, 0] @ _cells(side, grid, across).T
    chroma = _cells(side, CHROMA, down) @ channels[:, 1:] @ _cells(side, CHROMA, across).T
    luma -= luma.mean(axis=(1, 2), keepdims=True)
    noise = np.full((m, 1), NOISE, np.float32)
    # Each part by its number of cells: what counts is the mean over the picture.
    cells = np.concatenate([luma.reshape(m, -1) / grid, chroma.reshape(m, -1) / CHROMA, noise], axis=1)
    return np.asarray(cells / np.linalg.norm(cells, axis=1, keepdims=True), np.float32)


@cache
def _cells(side: int, grid: int, window: Window) -> Floats:
    """[grid, side]: the share of each pixel in the mean of each cell. Beyond an edge its last pixel goes on."""
    edges = np.linspace(window[0], side + window[1], grid + 1)
    left, right = np.arange(side, dtype=np.float64), np.arange(1.0, side + 1)
    left[0], right[-1] = -np.inf, np.inf
    shared = np.minimum(edges[1:, None], right) - np.maximum(edges[:-1, None], left)
    return np.asarray(np.clip(shared, 0, None) / (edges[1] - edges[0]), np.float32)
