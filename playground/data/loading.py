"""The way in: every data set a person can choose, under the name it has in the config.

A new data set is a class in `playground.config.data`, a file beside this one, and one line in LOADERS.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.config.data import DataConfig
from playground.data.dataset import Dataset
from playground.data.digits import count_digits, load_digits
from playground.data.errors import DataError
from playground.data.folder import count_folder, load_folder
from playground.data.public import PUBLIC_SETS, count_public, load_public
from playground.data.shapes import count_shapes, load_shapes
from playground.records import Progress


@dataclass(frozen=True)
class Loader:
    """How one kind of data set is read. Both take its config and the folder of the app."""

    load: Callable[[Any, Path], Generator[Progress, None, Dataset]]
    count: Callable[[Any, Path], int]  # training images, from names alone


LOADERS: dict[str, Loader] = {
    "shapes": Loader(load_shapes, count_shapes),
    "digits": Loader(load_digits, count_digits),
    "folder": Loader(load_folder, count_folder),
    **{name: Loader(load_public, count_public) for name in PUBLIC_SETS},
}


def load(config: DataConfig, *, home: Path) -> Generator[Progress, None, Dataset]:
    """Read the data set of `config`: `dataset = yield from load(...)`. Yields how far it is.

    Files are kept under `home`. Raises DataError with one sentence for a person where the data cannot be used.
    """
    return (yield from LOADERS[config.name].load(config, home))


def check(config: DataConfig, *, home: Path, batch_size: int) -> int:
    """How many training images a run would have; raises DataError where it could not begin.

    Quick enough for a click: looks at names, not into images, and downloads nothing.
    """
    count = LOADERS[config.name].count(config, home)
    if batch_size > count:
        raise DataError(
            f"batch_size: {batch_size:,} was given, but the data set has {count:,} training "
            f"image{'s' if count > 1 else ''}: choose at most {count:,}."
        )
    return count
