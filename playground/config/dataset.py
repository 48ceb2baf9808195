"""Base class of the settings of all data sets, of images and of sentences."""

from collections.abc import Mapping
from typing import ClassVar

from playground.config.settings import Settings


class DataConfig(Settings):
    """Labels of the data sets, and the settings suggested for them.

    `suggested` replaces defaults, `quick` speeds up learning in the small recipe, and `captioned` keeps captions true
    for their augmented images; all by dotted key.
    """

    labels: ClassVar[Mapping[str, str]] = {}
    suggested: ClassVar[Mapping[str, object]] = {}
    quick: ClassVar[Mapping[str, object]] = {}
    captioned: ClassVar[Mapping[str, object]] = {}

    name: str
