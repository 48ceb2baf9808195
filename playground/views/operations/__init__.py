"""The registry of augmentations, in the order in which they are applied.

To add an augmentation, add its settings in `config.augmentations`, its file in this folder, and its entry here. The
executors, the texts of the pages and the conformance tests use the entry.
"""

from collections.abc import Iterable

from playground.config.augmentations import ViewsConfig
from playground.views.operations.blur import BLUR
from playground.views.operations.crop import CROP
from playground.views.operations.cutout import CUTOUT
from playground.views.operations.flip import FLIP
from playground.views.operations.grayscale import GRAYSCALE
from playground.views.operations.jitter import JITTER
from playground.views.operations.noise import NOISE
from playground.views.operations.operation import Operation, PixelOperation
from playground.views.operations.rotation import ROTATION
from playground.views.operations.solarize import SOLARIZE

ENTRIES: tuple[Operation, ...] = (CROP, FLIP, ROTATION, JITTER, GRAYSCALE, BLUR, SOLARIZE, NOISE, CUTOUT)
READ_OPERATIONS = ("crop", "flip")  # applied while pixels are read


def order_entries(entries: Iterable[Operation], settings: Iterable[str]) -> tuple[Operation, ...]:
    """`entries` in the order of the names in `settings`.

    Raises ValueError where an entry or its settings are missing, where it has no pixel operation, or where two entries
    share a random stream.
    """
    by_name = {entry.name: entry for entry in entries}
    names = tuple(settings)
    for name in names:
        if name not in by_name:
            raise ValueError(f"The augmentation {name} has settings, but no entry in views.operations.ENTRIES.")
    owners = dict[int, str]()
    for name, entry in by_name.items():
        if name not in names:
            raise ValueError(
                f"The augmentation {name} has an entry, but no settings in config.augmentations.ViewsConfig."
            )
        if name not in READ_OPERATIONS and not isinstance(entry, PixelOperation):
            raise ValueError(f"The augmentation {name} has no pixel work: its entry is to be a PixelOperation.")
        if entry.stream in owners:
            raise ValueError(f"The augmentations {owners[entry.stream]} and {name} share random stream {entry.stream}.")
        owners[entry.stream] = name
    return tuple(by_name[name] for name in names)


OPERATIONS = order_entries(ENTRIES, ViewsConfig.model_fields)
PIXEL_OPERATIONS = tuple(entry for entry in OPERATIONS if isinstance(entry, PixelOperation))

__all__ = ["OPERATIONS", "PIXEL_OPERATIONS", "Operation", "PixelOperation"]
