"""The GPU executor: applies one operation after the other to a whole batch, on the device that holds the images.

Flow: `Parameters` -> `augment_batch` -> float32 [n, 3, side, side], normalised, channels last in memory. The result is
that of `fused.augment_images` up to rounding: the same parameters, operations and order.

The host decides from the drawn parameters which samples an operation changes, and sends them to the device in one copy.
So an operation that changes no sample costs nothing, and the host never waits for the device. There is no convolution
and no matrix product here, as a GPU may round those to TF32.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config.augmentations import ViewsConfig
from playground.views.fused import check_indices, check_parameters, scale_and_shift
from playground.views.operations import PIXEL_OPERATIONS
from playground.views.operations.crop import read_crops
from playground.views.operations.operation import Array, Step
from playground.views.policy import PARAMETERS_DTYPE, Parameters, draw_parameters, view_side

_ALIGNMENT = 8  # bytes, enough for an array of any of the types below
_TORCH_TYPES = {  # numpy type -> torch type with the same bits
    np.bool_: torch.bool,
    np.int8: torch.int8,
    np.int32: torch.int32,
    np.int64: torch.int64,
    np.uint64: torch.int64,
    np.float32: torch.float32,
}


def augment_batch(
    images: Tensor,
    indices: NDArray[np.int64],
    parameters: Parameters,
    side: int,
    mean: Sequence[float],
    std: Sequence[float],
) -> Tensor:
    """One view of each selected image: gather, augment, normalise.

    `images` uint8 [N, whole, whole, 3] on any device; `indices` int64 [n] into them; `parameters` [n], drawn for images
    of that size and views of `side` pixels; `mean`, `std` [3] for pixels in [0, 1]. Returns float32 [n, 3, side, side]
    on the device of `images`, channels last.

    Raises ValueError for arguments that do not fit together.
    """
    check_indices(indices, len(images))
    check_parameters(parameters, len(indices), images.shape[1], side)
    steps = [step for step in _pixel_steps(parameters) if step.used.any()]
    source, scaling, *numbers = _send_to_device(
        [_crop_arguments(indices, parameters), scale_and_shift(mean, std), *(_changed_rows(step) for step in steps)],
        images.device,
    )
    pixels = read_crops(images, side, *source)
    for step, (rows, *chosen) in zip(steps, numbers, strict=True):
        if len(rows) == len(pixels):
            pixels = step.change(pixels, *chosen)
        else:
            pixels.index_copy_(0, rows, step.change(pixels.index_select(0, rows), *chosen))
    scale, shift = scaling
    return (pixels * scale + shift).permute(0, 3, 1, 2)


def make_two_views_of_batch(
    images: Tensor,
    indices: NDArray[np.int64],
    config: ViewsConfig,
    *,
    seed: int,
    epoch: int,
    mean: Sequence[float],
    std: Sequence[float],
) -> tuple[Tensor, Tensor]:
    """Two independent views of each selected image, each float32 [n, 3, side, side], made as one batch.

    Arguments and errors as for `draw_parameters` and `augment_batch`.
    """
    whole = images.shape[1]
    pair = [draw_parameters(config, seed=seed, epoch=epoch, indices=indices, view=view, side=whole) for view in (0, 1)]
    both = np.concatenate(pair, dtype=PARAMETERS_DTYPE)
    first, second = augment_batch(images, np.tile(indices, 2), both, view_side(config, whole), mean, std).chunk(2)
    return first, second


def _pixel_steps(parameters: Parameters) -> Iterator[Step]:
    """All steps after the crop, in the order in which they are applied."""
    for operation in PIXEL_OPERATIONS:
        yield from operation.batch_steps(parameters[operation.name])


def _crop_arguments(indices: NDArray[np.int64], parameters: Parameters) -> list[Array]:
    """The arguments of `read_crops` that differ from view to view, [n] each."""
    box = parameters["crop"]
    return [
        indices.astype(np.int64),
        parameters["flip"]["mirrored"],
        *(box[field] for field in ("top", "left", "height", "width")),
    ]


def _changed_rows(step: Step) -> list[Array]:
    """The rows [m] that `step` changes, and its arguments for them, [m, ...] each."""
    rows = np.flatnonzero(step.used)
    return [rows, *(array[rows] for array in step.numbers)]


def _send_to_device(groups: Sequence[Sequence[Array]], device: torch.device) -> list[list[Tensor]]:
    """Arrays of any types as tensors on `device`, sent in one copy that the host does not wait for."""
    arrays = [np.ascontiguousarray(array) for group in groups for array in group]
    starts = np.cumsum([0, *(-(-array.nbytes // _ALIGNMENT) * _ALIGNMENT for array in arrays)])
    packed = torch.empty(int(starts[-1]), dtype=torch.uint8, pin_memory=device.type == "cuda")
    into = packed.numpy()
    for start, array in zip(starts, arrays, strict=False):
        into[start : start + array.nbytes] = array.reshape(-1).view(np.uint8)
    there = packed.to(device, non_blocking=True)
    tensors = (
        there[start : start + array.nbytes].view(_TORCH_TYPES[array.dtype.type]).view(array.shape)
        for start, array in zip(starts.tolist(), arrays, strict=False)
    )
    return [[next(tensors) for _ in group] for group in groups]
