"""Concatenates two views without a copy where they are adjacent in memory."""

import torch
from torch import Tensor


def concat_views(first: Tensor, second: Tensor) -> Tensor:
    """`torch.cat([first, second])` of [n, ...] and [m, ...]; no copy where `second` follows `first` in memory.

    The result may share their memory, so it must not be changed in place.
    """
    if not _is_right_behind(first, second):
        return torch.cat([first, second])
    shape = (len(first) + len(second), *first.shape[1:])
    return first.as_strided(shape, first.stride())


def _is_right_behind(first: Tensor, second: Tensor) -> bool:
    """Whether `second` begins in the storage of `first` where its next row would, and neither needs a gradient."""
    if first.requires_grad or second.requires_grad or first.dtype != second.dtype:
        return False
    alike = first.shape[1:] == second.shape[1:] and first.stride() == second.stride()
    behind = second.storage_offset() == first.storage_offset() + len(first) * first.stride(0)
    return bool(alike and behind) and first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()
