"""The way in: every data set a person can choose, under the name it has in the config.

A new data set is a class in `playground.config.data`, a file beside this one, and one line in LOADERS.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.config import RunConfig
from playground.config.data import DataConfig
from playground.data.contents import Contents
from playground.data.dataset import Dataset
from playground.data.digits import load_digits, look_at_digits
from playground.data.errors import DataError
from playground.data.folder import load_folder, look_at_folder
from playground.data.layout import printable
from playground.data.public import PUBLIC_SETS, load_public, look_at_public
from playground.data.shapes import load_shapes, look_at_shapes
from playground.records import Progress


@dataclass(frozen=True)
class Loader:
    """How one kind of data set is read. Both take its config and the folder of the app."""

    load: Callable[[Any, Path], Generator[Progress, None, Dataset]]
    look: Callable[[Any, Path], Contents]  # what there will be, from names alone


LOADERS: dict[str, Loader] = {
    "shapes": Loader(load_shapes, look_at_shapes),
    "digits": Loader(load_digits, look_at_digits),
    "folder": Loader(load_folder, look_at_folder),
    **{name: Loader(load_public, look_at_public) for name in PUBLIC_SETS},
}


def load(config: DataConfig, *, home: Path) -> Generator[Progress, None, Dataset]:
    """Read the data set of `config`: `dataset = yield from load(...)`. Yields how far it is.

    Files are kept under `home`. Raises DataError with one sentence for a person where the data cannot be used.
    """
    return (yield from LOADERS[config.name].load(config, home))


def check_run(config: RunConfig, *, home: Path) -> None:
    """Raises DataError where the run of `config` could not begin with its images."""
    check(config.data, home=home, batch_size=config.batch_size, needs_classes=config.method.uses_labels)


def check(config: DataConfig, *, home: Path, batch_size: int, needs_classes: bool = False) -> int:
    """How many training images a run would have; raises DataError where it could not begin.

    Quick enough for a click: looks at names, not into images, and downloads nothing.
    """
    contents = LOADERS[config.name].look(config, home)
    count = contents.images
    if count < 2:
        raise DataError(f"{_given(config)} has fewer than two training images: at least two are needed.")
    if batch_size > count:
        raise DataError(
            f"batch_size: {batch_size:,} was given, but the data set has {count:,} training images: "
            f"choose at most {count:,}."
        )
    if needs_classes:
        _check_classes(contents, _given(config))
    return count


def _check_classes(contents: Contents, given: str) -> None:
    """For a method that learns from classes."""
    remedy = "or choose a method without labels (for triplet: method.positives=views)"
    if contents.classes == 0:
        raise DataError(
            f"{given} has no classes, but the method learns from them: "
            f"put the images of each class into a folder of their own, {remedy}."
        )
    if contents.classes == 1:
        raise DataError(
            f"{given} has training images of one class only, but the method learns to tell classes apart: "
            f"give at least two classes, {remedy}."
        )
    if contents.largest_class < 2:
        raise DataError(
            f"{given} has one training image of each class only, but the method learns what the images of a class "
            f"have in common: give more images of each class, {remedy}."
        )


def _given(config: DataConfig) -> str:
    """The setting that says which images, and what it says."""
    path = getattr(config, "path", None)
    return f"data.name: {config.name}" if path is None else f"data.path: {printable(path)!r}"
