"""Colour shortcut: how well a view can be matched to the other view of its image by colour histograms alone.

SimCLR (arXiv:2002.05709, section 3.1, figure 6): crops of one image have nearly the same colour histogram, so that a
network can tell images apart by it and learn nothing else; colour distortion closes this shortcut. Histograms are
compared by their intersection: Swain and Ballard, Color Indexing, 1991, doi:10.1007/BF00130487. Numpy only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANNEL_BINS = 4  # for each channel: 64 joint bins, few enough for the pixels of a small view

Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Accuracy of matching n images by colour histograms."""

    accuracy: float  # share of first views whose own second view is most similar of all n
    percentile: float  # mean share of the other images that are less similar than their own: 1 at best, 0.5 by chance
    images: int

    @property
    def chance(self) -> float:
        """The accuracy of random guesses."""
        return 1 / self.images


def colour_shortcut(view_1: NDArray[np.float32], view_2: NDArray[np.float32], bins: int = CHANNEL_BINS) -> Shortcut:
    """Match `view_1` to `view_2` [n, side, side, 3], values from 0 to 1, by colour histograms alone.

    Ties count as decided by lot: an image as similar as the right one counts half, and k of them at the first place
    count as 1/(k + 1) found. Raises ValueError below two images and for views of different shapes.
    """
    if len(view_1) < 2 or view_1.shape != view_2.shape:
        raise ValueError(f"two views each of two images at least are needed, not {view_1.shape} and {view_2.shape}")
    first, second = colour_histograms(view_1, bins), colour_histograms(view_2, bins)
    found = behind = 0.0
    for row, histogram in enumerate(first):
        alike = np.minimum(histogram, second).sum(axis=1)  # pixels in common, as integers, so that ties are exact
        more, same = int((alike > alike[row]).sum()), int((alike == alike[row]).sum())
        found += 1 / same if more == 0 else 0
        behind += len(alike) - more - same + (same - 1) / 2
    n = len(first)
    return Shortcut(found / n, behind / n / (n - 1), n)


def colour_histograms(views: NDArray[np.float32], bins: int = CHANNEL_BINS) -> Counts:
    """Counts [n, bins**3] of the joint colours of the pixels of views [n, side, side, 3]; red varies slowest."""
    levels = np.clip(views * bins, 0, bins - 1).astype(np.int32)
    colours = (levels[..., 0] * bins + levels[..., 1]) * bins + levels[..., 2]
    places = colours.reshape(len(views), -1) + np.arange(len(views))[:, None] * bins**3
    return np.bincount(places.ravel(), minlength=len(views) * bins**3).reshape(len(views), -1).astype(np.int32)
