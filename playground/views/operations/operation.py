"""One augmentation, as the executors, the pages and the tests know it.

Flow: settings (`config.augmentations`) -> `draw` -> records [n] -> `fused` on the CPU or `batch_steps` on a GPU, and
`words` for people. Each file of this folder is one augmentation and ends with its entry.

torch is imported within the functions of the GPU executor: the pages and the CPU executor do without it.
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
Drawn = Any  # what was drawn for one operation: `drawn["field"]` is an array [n], or one number of one view


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the GPU executor, and the numbers of all n samples for it."""

    change: "Callable[..., Tensor]"  # (pixels [m, side, side, 3] in [0, 1], *numbers [m, ...]) -> the same shape
    used: NDArray[np.bool_]  # [n]
    numbers: tuple[Array, ...] = ()  # [n, ...] each


def record(**fields: DTypeLike) -> np.dtype[Any]:
    """The type of what is drawn for one view: named numbers."""
    return np.dtype(list(fields.items()), align=True)


def accept(drawn: Drawn, whole: int, side: int) -> None:
    """Any numbers will do."""


def box_within(name: str, drawn: Drawn, most: int) -> None:
    """Raise ValueError where a box (top, left, height, width) reaches beyond `most` pixels.

    Compiled code checks no bounds, so that a box from outside would read or write foreign memory; on a GPU it would end
    the process.
    """
    top, left, height, width = (drawn[field] for field in ("top", "left", "height", "width"))
    inside = (top >= 0) & (left >= 0) & (top + height <= most) & (left + width <= most)
    if not inside.all():
        raise ValueError(f"a {name} box reaches beyond the side of {most} pixels: were they drawn for another side?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One augmentation without pixel work of its own: the crop and the flip, which are done while pixels are read."""

    name: str  # of its settings in `ViewsConfig`
    stream: int  # of its random numbers, part of every run's reproducibility: a new operation takes the next free one
    record: np.dtype[Any]  # what is drawn for one view: named fields
    draw: Callable[[Any, Draws], Mapping[str, Array]]  # (settings, random numbers of n views) -> each field [n]
    words: Callable[[Drawn, int], str]  # (drawn for one view, side of its image) -> "flipped"; "" where nothing is done
    check: Callable[[Drawn, int, int], None] = accept  # (drawn, side of images, of views): ValueError for a misfit


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelOperation(Operation):
    """One augmentation of a view's pixels."""

    used: Callable[[Drawn], Any]  # whether it changes a view: a bool of one, flags [n] of many; compiled as well
    fused: Any  # compiled: (planes float32 [3, side, side] in [0, 1], spare of that shape, drawn for one view) -> None
    batch_steps: Callable[[Drawn], Iterable[Step]]
