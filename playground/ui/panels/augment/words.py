"""Augmentations in words: what was done to one view, and what a policy does to all of them."""

from typing import TYPE_CHECKING

from playground.config.augmentations import ViewsConfig

if TYPE_CHECKING:  # importing the views brings their compiler with it, which takes a second
    from playground.views import Parameters

UNCHANGED = "unchanged"
NO_BREAK = "\N{NO-BREAK SPACE}"


def view_words(drawn: "Parameters", i: int, side: int) -> str:
    """What was drawn for view `i`, of an image of `side` pixels: "crop 43 % · flipped · hue +0.08 · grey"."""
    from playground.views import OPERATIONS

    words = [operation.describe(drawn[operation.name][i], side) for operation in OPERATIONS]
    told = " · ".join(filter(None, words)).replace("-", "−")
    for unit in ("%", "px"):
        told = told.replace(f" {unit}", NO_BREAK + unit)
    return told or UNCHANGED


def policy_words(views: ViewsConfig) -> str:
    """How often each operation is applied, and how strongly the two that matter most."""
    told = " · ".join(filter(None, (group.words() for group in views.augmentations().values())))
    return told[:1].upper() + told[1:] or "No augmentation: both views are the image itself"
