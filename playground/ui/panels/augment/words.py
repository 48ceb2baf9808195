"""Augmentations in words: the operations on one view, and a whole policy."""

from typing import TYPE_CHECKING

from playground.config.augmentations import ViewsConfig

if TYPE_CHECKING:  # importing it loads the compiler, which takes a second
    from playground.views import Parameters

UNCHANGED_VIEW = "unchanged"
NO_BREAK = "\N{NO-BREAK SPACE}"


def view_words(drawn: "Parameters", i: int, side: int) -> str:
    """The operations on view `i` of an image of `side` px: "crop 43 % · flipped · hue +0.08 · grey"."""
    from playground.views import OPERATIONS

    words = [operation.describe(drawn[operation.name][i], side) for operation in OPERATIONS]
    told = " · ".join(filter(None, words)).replace("-", "−")
    for unit in ("%", "px"):
        told = told.replace(f" {unit}", NO_BREAK + unit)
    return told or UNCHANGED_VIEW


def policy_words(views: ViewsConfig) -> str:
    """The operations of a policy with their probabilities, and the strengths of the main ones."""
    told = " · ".join(filter(None, (group.words() for group in views.augmentations().values())))
    return told[:1].upper() + told[1:] or "No augmentation: both views are the image itself"
