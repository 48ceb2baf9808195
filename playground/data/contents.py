"""What a data set will hold, as far as it is known before an image is opened."""

from dataclasses import dataclass

import numpy as np

from playground.data.dataset import Labels


@dataclass(frozen=True, slots=True)
class Contents:
    """The training images of a data set."""

    images: int
    classes: int  # with training images; 0 where there are no classes
    largest_class: int  # images in it, at least; 0 where there are no classes


def contents_of(images: int, labels: Labels | None) -> Contents:
    """From the class ids [images], or None where there are no classes."""
    if labels is None:
        return Contents(images, 0, 0)
    sizes = np.bincount(labels)
    return Contents(images, int((sizes > 0).sum()), int(sizes.max(initial=0)))
