"""Overlap of the crops of two views of an image. Numpy only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playground.records import FloatArray

if TYPE_CHECKING:  # importing the views brings their compiler with it, which takes a second
    from playground.views import Parameters

if TYPE_CHECKING:  # importing the views imports their compiler, which takes a second
    from playground.views.policy import Parameters


@dataclass(frozen=True, slots=True)
class Overlap:
    """Overlap of the crops of n pairs of views."""

    shared: FloatArray  # [n] the area in both crops, as a share of the smaller crop: 1 where one contains the other
    iou: FloatArray  # [n] intersection over union: 1 where the crops are equal

    @property
    def disjoint(self) -> float:
        """Share of pairs without a common pixel; 0 without pairs."""
        return float((self.shared == 0).mean()) if len(self.shared) else 0.0


def crop_overlap(first: "Parameters", second: "Parameters") -> Overlap:
    """Overlap of the crop boxes of both views of n images, from their parameters [n].

    Other operations are neglected: with rotation and cutout the views share somewhat less. Raises ValueError where
    `first` and `second` differ in length.
    """
    if len(first) != len(second):
        raise ValueError(f"there are {len(first)} first views, but {len(second)} second ones")
    one, other = first["crop"], second["crop"]
    shared = _common_length(one["top"], one["height"], other["top"], other["height"])
    shared = shared * _common_length(one["left"], one["width"], other["left"], other["width"])
    areas = [box["height"].astype(np.int64) * box["width"] for box in (one, other)]
    return Overlap(
        (shared / np.minimum(*areas)).astype(np.float32), (shared / (areas[0] + areas[1] - shared)).astype(np.float32)
    )


def _common_length(
    start: NDArray[np.int32], size: NDArray[np.int32], other: NDArray[np.int32], other_size: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Number of pixels [n] in both of two intervals, given by start and size [n]."""
    end = np.minimum(start + size, other + other_size)
    common: NDArray[np.int64] = np.maximum(end - np.maximum(start, other), 0).astype(np.int64)
    return common
