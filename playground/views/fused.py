"""The CPU executor: many images through all operations in one compiled loop, on all cores.

Flow: `Parameters` -> `apply` -> float32 NHWC, normalised; an encoder in channels_last takes it without a copy. The
pixel work is in `kernel`. Compiling takes some seconds, once per machine; after that it is read from numba's cache.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.config.augmentations import ViewsConfig
from playground.records import FloatArray
from playground.views import kernel
from playground.views.operations import OPERATIONS
from playground.views.policy import RECORD, SMALLEST_SIDE, Parameters, draw, view_side

_one_at_a_time = Lock()  # numba's fallback threading layer ends the process if two threads enter it together


def apply(
    images: NDArray[np.uint8],
    indices: NDArray[np.int64],
    parameters: Parameters,
    side: int,
    mean: Sequence[float],
    std: Sequence[float],
    out: FloatArray | None = None,
) -> FloatArray:
    """Make one view of each chosen image: gather, augment, normalise.

    `images` uint8 [N, whole, whole, 3], C-contiguous, may be a memory map; `indices` [n] into it; `parameters` of
    length n, drawn for images of that size and views of `side` pixels; `mean`, `std` [3] for pixels in [0, 1]. Returns
    float32 [n, side, side, 3], in `out` if given. numba.set_num_threads sets how many cores are used. Not to be called
    in a process forked from one that has called it: GNU OpenMP forbids that.

    Raises ValueError for arrays that do not fit together.
    """
    indices = np.ascontiguousarray(indices, dtype=np.int64)
    _check_images(images)
    check_indices(indices, len(images))
    check_parameters(parameters, len(indices), images.shape[1], side)
    shape = (len(indices), side, side, 3)
    result = np.empty(shape, np.float32) if out is None else _checked_out(out, shape)
    scale, shift = scale_and_shift(mean, std)
    table = np.ascontiguousarray(parameters)
    with _one_at_a_time:
        kernel.render(_sealed(images), _sealed(indices), _sealed(table), scale, shift, result)
    return result


def two_views(
    images: NDArray[np.uint8],
    indices: NDArray[np.int64],
    config: ViewsConfig,
    *,
    seed: int,
    epoch: int,
    mean: Sequence[float],
    std: Sequence[float],
    out: tuple[FloatArray, FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Two independent views of each chosen image, each float32 [n, side, side, 3], of the side that `config` says.

    See `draw` and `apply`. Reusing `out` saves the page faults of new memory: half of the time where the allocator
    returns it to the system.
    """
    whole = images.shape[1]
    side = view_side(config, whole)
    first, second = (draw(config, seed=seed, epoch=epoch, indices=indices, view=view, side=whole) for view in (0, 1))
    out_1, out_2 = out if out is not None else (None, None)
    return apply(images, indices, first, side, mean, std, out_1), apply(images, indices, second, side, mean, std, out_2)


def _check_images(images: NDArray[np.uint8]) -> None:
    side = images.shape[1]
    expected = (len(images), side, side, 3)
    if images.dtype != np.uint8 or images.shape != expected or not images.flags.c_contiguous:
        raise ValueError(f"images must be contiguous uint8 {list(expected)}, got {images.dtype} {list(images.shape)}")
    if side < SMALLEST_SIDE:
        raise ValueError(f"images must be at least {SMALLEST_SIDE} pixels wide, got {side}")


def check_indices(indices: NDArray[np.int64], count: int) -> None:
    """Raise ValueError for an index that is none of `count` images."""
    if len(indices) and not (indices.min() >= 0 and indices.max() < count):
        raise ValueError(f"indices must lie in 0..{count - 1}, got {indices.min()}..{indices.max()}")


def check_parameters(parameters: Parameters, n: int, whole: int, side: int) -> None:
    """Raise ValueError for parameters of another number of views, or drawn for other sides of images and views."""
    if parameters.dtype != RECORD:
        raise ValueError(f"parameters must be records that `draw` made, got {parameters.dtype}")
    if len(parameters) != n:
        raise ValueError(f"there are {n} indices, but parameters of {len(parameters)} views")
    if side < SMALLEST_SIDE:
        raise ValueError(f"views must be at least {SMALLEST_SIDE} pixels wide, got {side}")
    for operation in OPERATIONS:
        operation.check(parameters[operation.name], whole, side)


def _checked_out(out: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if out.dtype != np.float32 or out.shape != shape or not out.flags.c_contiguous:
        raise ValueError(f"out must be contiguous float32 {list(shape)}, got {out.dtype} {list(out.shape)}")
    return out


def scale_and_shift(mean: Sequence[float], std: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """(x - mean) / std as x * scale + shift. Raises ValueError for what is not three numbers each, std above 0."""
    centre, spread = np.asarray(mean, dtype=np.float64), np.asarray(std, dtype=np.float64)
    if centre.shape != (3,) or spread.shape != (3,) or not (spread > 0).all():
        raise ValueError(f"mean and std must be three numbers each, std above 0, got {mean} and {std}")
    return (1 / spread).astype(np.float32), (-centre / spread).astype(np.float32)


def _sealed(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view: numba compiles once more for an array that is read-only, as memory maps are."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
