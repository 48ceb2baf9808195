"""How much of the image the two views of a pair have in common: the larger the crops, the more. Numpy only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # importing the views brings their compiler with it, which takes a second
    from playground.views import Parameters

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Overlap:
    """The crops of n pairs, compared pair by pair."""

    shared: Floats  # [n] the area in both crops, as a share of the smaller crop: 1 where one lies in the other
    iou: Floats  # [n] the same as a share of the area in either: 1 where they are the same crop

    @property
    def disjoint(self) -> float:
        """The share of pairs that have no pixel in common: what is learned from them is that parts go together."""
        return float((self.shared == 0).mean()) if len(self.shared) else 0.0


def crop_overlap(first: "Parameters", second: "Parameters") -> Overlap:
    """Compare the crop boxes of both views of n images.

    Only the crops count. A flip moves no pixel out of the view; the corners that a rotation turns out of it and the
    square that cutout paints over are left out of account, so that with these the views share somewhat less than is
    said here. Raises ValueError where there are not as many first views as second ones.
    """
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} first views, but {len(second)} second ones")
    one, other = first["crop"], second["crop"]
    shared = _common(one["top"], one["height"], other["top"], other["height"])
    shared = shared * _common(one["left"], one["width"], other["left"], other["width"])
    areas = [box["height"].astype(np.int64) * box["width"] for box in (one, other)]
    return Overlap(
        (shared / np.minimum(*areas)).astype(np.float32), (shared / (areas[0] + areas[1] - shared)).astype(np.float32)
    )


def _common(
    start: NDArray[np.int32], size: NDArray[np.int32], other: NDArray[np.int32], other_size: NDArray[np.int32]
) -> NDArray[np.int64]:
    """How many pixels two stretches of a line have in common [n]."""
    end = np.minimum(start + size, other + other_size)
    common: NDArray[np.int64] = np.maximum(end - np.maximum(start, other), 0).astype(np.int64)
    return common
