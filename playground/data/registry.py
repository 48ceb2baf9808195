"""Registry of loaders: every data set a person can choose, by its name in the config.

A new data set of images is a class in `playground.config.data`, a file in `images/` and one line in LOADERS; one of
sentences is a class in `playground.config.sentences`, a file in `sentences/` and one line in SENTENCE_LOADERS.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from playground.config.dataset import DataConfig
from playground.data.dataset import Contents, Dataset
from playground.data.errors import DataError
from playground.data.images.digits import inspect_digits, load_digits
from playground.data.images.folder import inspect_folder, load_folder
from playground.data.images.public import PUBLIC_SETS, inspect_public, load_public
from playground.data.images.shapes import inspect_shapes, load_shapes
from playground.data.sentences.corpus import inspect_corpus, load_corpus
from playground.data.sentences.dataset import SentenceDataset
from playground.data.sentences.user_sentences import inspect_lines, load_lines
from playground.records import Progress
from playground.wording.escape import printable

AnyDataset = TypeVar("AnyDataset", bound=Dataset | SentenceDataset)


@dataclass(frozen=True)
class Loader(Generic[AnyDataset]):
    """Reads and inspects one kind of data set. Both functions take its config and the home folder of the app."""

    load: Callable[[Any, Path], Generator[Progress, None, AnyDataset]]
    inspect: Callable[[Any, Path], Contents]  # sizes of the training set, from names alone


LOADERS: dict[str, Loader[Dataset]] = {
    "shapes": Loader(load_shapes, inspect_shapes),
    "digits": Loader(load_digits, inspect_digits),
    "folder": Loader(load_folder, inspect_folder),
    **{name: Loader(load_public, inspect_public) for name in PUBLIC_SETS},
}

SENTENCE_LOADERS: dict[str, Loader[SentenceDataset]] = {
    "corpus": Loader(load_corpus, inspect_corpus),
    "sentences": Loader(load_lines, inspect_lines),
}


def load(config: DataConfig, *, home: Path) -> Generator[Progress, None, Dataset]:
    """Load the images of `config`: `dataset = yield from load(...)`. Yields its progress.

    Downloads and the cache are kept under `home`. Raises DataError, of one sentence, where the data cannot be used.
    """
    return (yield from LOADERS[config.name].load(config, home))


def load_sentences(config: DataConfig, *, home: Path) -> Generator[Progress, None, SentenceDataset]:
    """Load the sentences of `config`, as `load` does images. Raises DataError."""
    return (yield from SENTENCE_LOADERS[config.name].load(config, home))


def check(config: DataConfig, *, home: Path, batch_size: int, needs_classes: bool = False) -> int:
    """Number of training samples. Raises DataError where they cannot be used with this batch size or have no classes.

    Fast enough for a click: reads names but no images, and downloads nothing.
    """
    what = "images" if config.name in LOADERS else "sentences"
    inspect = LOADERS[config.name].inspect if config.name in LOADERS else SENTENCE_LOADERS[config.name].inspect
    contents = inspect(config, home)
    count = contents.images
    if count < 2:
        raise DataError(f"{_quote_data_setting(config)} has fewer than two training {what}: at least two are needed.")
    if batch_size > count:
        raise DataError(
            f"batch_size: {batch_size:,} was given, but the data set has {count:,} training {what}: "
            f"choose at most {count:,}."
        )
    if needs_classes:
        _check_classes(contents, _quote_data_setting(config))
    return count


def _check_classes(contents: Contents, given: str) -> None:
    """Raises DataError where a method that learns from classes cannot use the data."""
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


def _quote_data_setting(config: DataConfig) -> str:
    """The setting that chooses the data, with its value."""
    path = getattr(config, "path", None)
    return f"data.name: {config.name}" if path is None else f"data.path: {printable(path)!r}"
