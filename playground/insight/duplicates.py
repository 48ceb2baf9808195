"""Finds near-duplicates by their pixels: without labels, these are the known false negatives. Numpy only.

Two images are near-duplicates where one, shifted by at most a pixel or cropped by at most a pixel at each edge, equals
the other up to brightness and contrast: where the cosine of their descriptors is at least `ALIKE_COSINE`. A descriptor
is a coarse picture: the luma of 12 x 12 cells, minus its mean, and the chroma of 4 x 4 cells.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from playground.records import FloatArray, Images

Window = tuple[int, int]  # shifts of the first and the last edge of the visible part, in pixels
View = tuple[Window, Window]  # for rows and for columns

# Calibrated on copies and on all pairs of different images of CIFAR-10, shapes and digits: see the tests.
ALIKE_COSINE: Final = 0.994
WORTH_A_LOOK: Final = 0.8  # cosine of coarser descriptors, without shifts: of all copies none was below 0.82
FINE_CELLS, COARSE_CELLS, CHROMA_CELLS = 12, 8, 4  # along a side
NOISE_LEVELS = 2.0  # grey levels: negligible in a picture, but blank images would have no direction without it
# Rec. ITU-R BT.601: red, green, blue -> luma and two chroma. JPEG keeps less chroma, hence fewer cells.
YCC = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]], np.float32)

WHOLE: Window = (0, 0)
CROPPED_WINDOWS: tuple[Window, ...] = (WHOLE, (1, 0), (0, -1), (1, -1))
MOVED_WINDOWS: tuple[Window, ...] = (WHOLE, (1, 1), (-1, -1))
SHIFTED_VIEWS: Final[Sequence[View]] = sorted(
    {*product(CROPPED_WINDOWS, CROPPED_WINDOWS), *product(MOVED_WINDOWS, MOVED_WINDOWS)}
)
AS_IT_IS: Final[View] = (WHOLE, WHOLE)
COARSE_CHUNK, CLOSE_CHUNK = 250, 16  # images compared with all others at a time, coarsely and closely


def near_duplicates(images: Images) -> NDArray[np.bool_]:
    """Mask [n, n] of near-duplicates among `images` [n, side, side, 3], side >= 4; symmetric, False on the diagonal.

    Only pairs with similar coarse descriptors are compared closely, so it takes longer for similar images.
    """
    n = len(images)
    alike = np.zeros((n, n), np.bool_)
    coarse, plain = _descriptors(images, COARSE_CELLS)[:, 0], _descriptors(images, FINE_CELLS)[:, 0]
    for start in range(0, n, COARSE_CHUNK):
        candidates = coarse[start : start + COARSE_CHUNK] @ coarse.T >= WORTH_A_LOOK
        candidates[np.arange(len(candidates)), np.arange(start, start + len(candidates))] = False
        rows = np.flatnonzero(candidates.any(axis=1))
        for few in (rows[first : first + CLOSE_CHUNK] for first in range(0, len(rows), CLOSE_CHUNK)):
            others = np.flatnonzero(candidates[few].any(axis=0))
            views = _descriptors(images[start + few], FINE_CELLS, SHIFTED_VIEWS)  # [r, views, cells]
            cosines = views.reshape(-1, views.shape[2]) @ plain[others].T
            nearest = cosines.reshape(len(few), len(SHIFTED_VIEWS), -1).max(axis=1)  # [r, others]
            alike[start + few[:, None], others] = candidates[few[:, None], others] & (nearest >= ALIKE_COSINE)
    return alike | alike.T


def _descriptors(images: Images, grid: int, views: Sequence[View] = (AS_IT_IS,)) -> FloatArray:
    """Unit descriptors [n, views, cells] of `images` [n, side, side, 3] in each of `views`."""
    parts = [np.empty((0, len(views), grid**2 + 2 * CHROMA_CELLS**2 + 1), np.float32)]
    for start in range(0, len(images), COARSE_CHUNK):
        channels = np.moveaxis(
            images[start : start + COARSE_CHUNK].astype(np.float32) @ YCC.T, 3, 1
        )  # [m, 3, side, side]
        parts.append(np.stack([_descriptor(np.ascontiguousarray(channels), grid, *view) for view in views], axis=1))
    return np.concatenate(parts)


def _descriptor(channels: FloatArray, grid: int, down: Window, across: Window) -> FloatArray:
    m, side = len(channels), channels.shape[2]
    luma = _cell_weights(side, grid, down) @ channels[:, 0] @ _cell_weights(side, grid, across).T
    chroma = _cell_weights(side, CHROMA_CELLS, down) @ channels[:, 1:] @ _cell_weights(side, CHROMA_CELLS, across).T
    luma -= luma.mean(axis=(1, 2), keepdims=True)
    noise = np.full((m, 1), NOISE_LEVELS, np.float32)
    # Each part is divided by its number of cells a side, so that means over the picture count.
    cells = np.concatenate([luma.reshape(m, -1) / grid, chroma.reshape(m, -1) / CHROMA_CELLS, noise], axis=1)
    return np.asarray(cells / np.linalg.norm(cells, axis=1, keepdims=True), np.float32)


@cache
def _cell_weights(side: int, grid: int, window: Window) -> FloatArray:
    """Weights [grid, side] of the pixels in the mean of each cell. Beyond an edge the last pixel is repeated."""
    edges = np.linspace(window[0], side + window[1], grid + 1)
    left, right = np.arange(side, dtype=np.float64), np.arange(1.0, side + 1)
    left[0], right[-1] = -np.inf, np.inf
    shared = np.minimum(edges[1:, None], right) - np.maximum(edges[:-1, None], left)
    return np.asarray(np.clip(shared, 0, None) / (edges[1] - edges[0]), np.float32)
