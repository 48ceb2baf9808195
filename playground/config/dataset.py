"""What the settings of all data sets share, be they of images or of sentences."""

from collections.abc import Mapping
from typing import ClassVar

from playground.config.settings import Settings


class DataConfig(Settings):
    """The names that people see, and what suits the data.

    `suggested` holds settings that suit a set better than the defaults, `quick` those with which it learns faster in
    the small recipe, `captioned` those that keep its captions true.
    """

    labels: ClassVar[Mapping[str, str]] = {}
    suggested: ClassVar[Mapping[str, object]] = {}
    quick: ClassVar[Mapping[str, object]] = {}
    captioned: ClassVar[Mapping[str, object]] = {}

    name: str
