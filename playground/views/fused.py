"""The CPU executor: applies all operations to many images in one compiled loop, on all cores.

Flow: `Parameters` -> `augment_images` -> float32 NHWC, normalised; an encoder in channels_last takes it without a copy.
The compiled code is in `kernel`. Compiling takes some seconds, once per machine; then numba's cache is used.
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
from playground.views.policy import PARAMETERS_DTYPE, SMALLEST_SIDE, Parameters, draw_parameters, view_side

_render_lock = Lock()  # numba's fallback threading layer ends the process if two threads enter it together


def augment_images(
    images: NDArray[np.uint8],
    indices: NDArray[np.int64],
    parameters: Parameters,
    side: int,
    mean: Sequence[float],
    std: Sequence[float],
    out: FloatArray | None = None,
) -> FloatArray:
    """One view of each selected image: gather, augment, normalise.

    `images` uint8 [N, whole, whole, 3], C-contiguous, may be a memory map; `indices` int64 [n] into them; `parameters`
    [n], drawn for images of that size and views of `side` pixels; `mean`, `std` [3] for pixels in [0, 1]. Returns
    float32 [n, side, side, 3], in `out` if given. numba.set_num_threads sets how many cores are used. Not to be called
    in a process forked from one that has called it: GNU OpenMP forbids that.

    Raises ValueError for arguments that do not fit together.
    """
    indices = np.ascontiguousarray(indices, dtype=np.int64)
    _check_images(images)
    check_indices(indices, len(images))
    check_parameters(parameters, len(indices), images.shape[1], side)
    shape = (len(indices), side, side, 3)
    result = np.empty(shape, np.float32) if out is None else _checked_out(out, shape)
    scale, shift = scale_and_shift(mean, std)
    table = np.ascontiguousarray(parameters)
    with _render_lock:
        kernel.render(_read_only(images), _read_only(indices), _read_only(table), scale, shift, result)
    return result


def make_two_views(
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
    """Two independent views of each selected image, each float32 [n, side, side, 3] with `side` as in `view_side`.

    Arguments and errors as for `draw_parameters` and `augment_images`. Reusing `out` saves the page faults of new
    memory: half of the time where the allocator returns memory to the system.
    """
    whole = images.shape[1]
    side = view_side(config, whole)
    first, second = (
        draw_parameters(config, seed=seed, epoch=epoch, indices=indices, view=view, side=whole) for view in (0, 1)
    )
    out_1, out_2 = out if out is not None else (None, None)
    return augment_images(images, indices, first, side, mean, std, out_1), augment_images(
        images, indices, second, side, mean, std, out_2
    )


def _check_images(images: NDArray[np.uint8]) -> None:
    side = images.shape[1]
    expected = (len(images), side, side, 3)
    if images.dtype != np.uint8 or images.shape != expected or not images.flags.c_contiguous:
        raise ValueError(f"images must be contiguous uint8 {list(expected)}, got {images.dtype} {list(images.shape)}")
    if side < SMALLEST_SIDE:
        raise ValueError(f"images must be at least {SMALLEST_SIDE} pixels wide, got {side}")


def check_indices(indices: NDArray[np.int64], count: int) -> None:
    """Raises ValueError where an index [n] is not in 0..`count` - 1."""
    if len(indices) and not (indices.min() >= 0 and indices.max() < count):
        raise ValueError(f"indices must lie in 0..{count - 1}, got {indices.min()}..{indices.max()}")


def check_parameters(parameters: Parameters, n: int, whole: int, side: int) -> None:
    """Raises ValueError unless `parameters` [n] are those of n views, drawn for images and views of these sides."""
    if parameters.dtype != PARAMETERS_DTYPE:
        raise ValueError(f"parameters must be records that `draw_parameters` made, got {parameters.dtype}")
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
    """Scale and shift, float32 [3] each, with x * scale + shift = (x - mean) / std.

    Raises ValueError unless `mean` and `std` are three numbers each, std above 0.
    """
    centre, spread = np.asarray(mean, dtype=np.float64), np.asarray(std, dtype=np.float64)
    if centre.shape != (3,) or spread.shape != (3,) or not (spread > 0).all():
        raise ValueError(f"mean and std must be three numbers each, std above 0, got {mean} and {std}")
    return (1 / spread).astype(np.float32), (-centre / spread).astype(np.float32)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view: numba would compile once more for a read-only array, as memory maps are."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
