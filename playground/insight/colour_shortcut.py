"""How far colour alone solves the task: can a view be matched to its image's other view by its colour histogram?

SimCLR (arXiv:2002.05709, section 3.1, figure 6): crops of one image have nearly the same colour histogram, so that a
network can tell images apart by it and learn nothing else; colour distortion closes this shortcut. Histograms are
compared by their intersection: Swain and Ballard, Color Indexing, 1991, doi:10.1007/BF00130487. Numpy only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 4  # a channel: 64 joint bins, as few as a small view's pixels can fill

Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a colour histogram finds among n images."""

    accuracy: float  # share of first views whose own second view is most similar of all n
    percentile: float  # mean share of the other images that are less similar than their own: 1 at best, 0.5 by chance
    images: int

    @property
    def chance(self) -> float:
        """The accuracy of guessing."""
        return 1 / self.images


def colour_shortcut(view_1: NDArray[np.float32], view_2: NDArray[np.float32], bins: int = BINS) -> Shortcut:
    """Match n first views to n second views [n, side, side, 3], values from 0 to 1, by colour histograms alone.

    An image that is as similar as the own one counts as half before it and half behind it, and k of them on the first
    place as 1/(k + 1) found: what drawing lots gives on average. Raises ValueError below two images.
    """
    if len(view_1) < 2 or view_1.shape != view_2.shape:
        raise ValueError(f"two views each of two images at least are needed, not {view_1.shape} and {view_2.shape}")
    first, second = histograms(view_1, bins), histograms(view_2, bins)
    found = behind = 0.0
    for row, histogram in enumerate(first):
        alike = np.minimum(histogram, second).sum(axis=1)  # pixels in common: whole numbers, so that ties are exact
        more, same = int((alike > alike[row]).sum()), int((alike == alike[row]).sum())
        found += 1 / same if more == 0 else 0
        behind += len(alike) - more - same + (same - 1) / 2
    n = len(first)
    return Shortcut(found / n, behind / n / (n - 1), n)


def histograms(views: NDArray[np.float32], bins: int = BINS) -> Counts:
    """How many pixels of each view [n, side, side, 3] have each joint colour: [n, bins**3], red the slowest."""
    levels = np.clip(views * bins, 0, bins - 1).astype(np.int32)
    colours = (levels[..., 0] * bins + levels[..., 1]) * bins + levels[..., 2]
    places = colours.reshape(len(views), -1) + np.arange(len(views))[:, None] * bins**3
    return np.bincount(places.ravel(), minlength=len(views) * bins**3).reshape(len(views), -1).astype(np.int32)
