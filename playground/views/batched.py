"""The GPU executor: a whole batch through one operation after the other, on the device where the images lie.

Flow: `Parameters` -> `apply` -> float32 [n, 3, side, side], normalised, channels last in memory. It gives what
`fused.apply` gives, up to rounding: the same parameters, operations and order.

What is done to which samples is decided on the host from the drawn numbers, which then travel in one copy. So an
operation that no sample uses costs nothing, and nothing ever waits for the device. There is no convolution and no
matrix product in here: a GPU may round those to TF32.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config.augmentations import ViewsConfig
from playground.views.fused import check_indices, check_parameters, scale_and_shift
from playground.views.operations import PIXEL_OPERATIONS
from playground.views.operations.crop import read_batch
from playground.views.operations.operation import Step
from playground.views.policy import RECORD, Parameters, draw, view_side

Array = NDArray[Any]
_ALIGNED = 8  # bytes: where a number of any type may begin
_TYPES = {  # of a tensor that holds the same bits
    np.bool_: torch.bool,
    np.int8: torch.int8,
    np.int32: torch.int32,
    np.int64: torch.int64,
    np.uint64: torch.int64,
    np.float32: torch.float32,
}


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
    pixels = read_batch(images, side, *source)
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
    both = np.concatenate(pair, dtype=RECORD)
    first, second = apply(images, np.tile(indices, 2), both, view_side(config, whole), mean, std).chunk(2)
    return first, second


def _steps(parameters: Parameters) -> Iterator[Step]:
    """All changes after the crop, in their order."""
    for operation in PIXEL_OPERATIONS:
        yield from operation.batch_steps(parameters[operation.name])


def _source(indices: NDArray[np.int64], parameters: Parameters) -> list[Array]:
    """What `read_batch` is told of each view."""
    box = parameters["crop"]
    return [
        indices.astype(np.int64),
        parameters["flip"]["mirrored"],
        *(box[field] for field in ("top", "left", "height", "width")),
    ]


def _selected(step: Step) -> list[Array]:
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
