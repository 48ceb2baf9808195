"""Interface of an augmentation, for the executors, the pages and the tests.

Flow: settings (`config.augmentations`) -> `draw_fields` -> fields [n] -> `fused` on the CPU or `batch_steps` on a GPU,
and `describe` for pages. Each file of this folder is one augmentation and ends with its entry, an `Operation`.

torch is imported within the functions of the GPU executor, as the pages and the CPU executor do not need it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from playground.views.random_numbers import Draws

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[Any]
Drawn = Any  # parameters of one operation: `drawn["field"]` is an array [n], or one number for one view


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the GPU executor, with its arguments for all n samples."""

    change: "Callable[..., Tensor]"  # (pixels [m, side, side, 3] in [0, 1], *numbers [m, ...]) -> the same shape
    used: NDArray[np.bool_]  # [n], whether the step changes a sample
    numbers: tuple[Array, ...] = ()  # [n, ...] each


def record_dtype(**fields: DTypeLike) -> np.dtype[Any]:
    """A structured dtype of the parameters of one operation for one view."""
    return np.dtype(list(fields.items()), align=True)


def accept_any(drawn: Drawn, whole: int, side: int) -> None:
    """Accepts all parameters, for operations that need no check."""


def check_box_within(name: str, drawn: Drawn, most: int) -> None:
    """Raises ValueError where a box [n] (top, left, height, width) reaches beyond `most` pixels.

    Compiled code does not check bounds: with such a box it would read or write other memory, or fail on a GPU.
    """
    top, left, height, width = (drawn[field] for field in ("top", "left", "height", "width"))
    inside = (top >= 0) & (left >= 0) & (top + height <= most) & (left + width <= most)
    if not inside.all():
        raise ValueError(f"a {name} box reaches beyond the side of {most} pixels: were they drawn for another side?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An augmentation without a pixel operation: crop and flip, which are applied while pixels are read."""

    name: str  # of its settings in `ViewsConfig`
    stream: int  # of its random numbers; runs depend on it: a new operation takes the next free one
    record: np.dtype[Any]  # parameters of one view: named fields
    draw_fields: Callable[[Any, Draws], Mapping[str, Array]]  # (settings, random numbers of n views) -> each field [n]
    describe: Callable[[Drawn, int], str]  # (drawn for one view, side of its image) -> text for a page
    check: Callable[[Drawn, int, int], None] = accept_any  # (drawn, side of images, of views); raises ValueError


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelOperation(Operation):
    """An augmentation that changes the pixels of a view."""

    used: Callable[[Drawn], Any]  # whether it changes a view: a bool for one, flags [n] for many; compiled as well
    fused: Any  # compiled: (planes float32 [3, side, side] in [0, 1], spare of that shape, drawn for one view) -> None
    batch_steps: Callable[[Drawn], Iterable[Step]]
