"""The way in: every data set a person can choose, under the name it has in the config.

A new data set is a class in `playground.config.data`, a file beside this one, and one line in LOADERS; of sentences, in
`playground.config.sentences`, `sentences/` and SENTENCE_LOADERS.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from playground.config.dataset import DataConfig
from playground.data.dataset import Contents, Dataset
from playground.data.errors import DataError
from playground.data.images.digits import load_digits, look_at_digits
from playground.data.images.folder import load_folder, look_at_folder
from playground.data.images.public import PUBLIC_SETS, load_public, look_at_public
from playground.data.images.shapes import load_shapes, look_at_shapes
from playground.data.sentences.corpus import load_corpus, look_at_corpus
from playground.data.sentences.dataset import SentenceDataset
from playground.data.sentences.user_sentences import load_lines, look_at_lines
from playground.records import Progress
from playground.wording.escape import printable

Read = TypeVar("Read", bound=Dataset | SentenceDataset)


@dataclass(frozen=True)
class Loader(Generic[Read]):
    """How one kind of data set is read: a Dataset, or a SentenceDataset. Both take its config and the app's folder."""

    load: Callable[[Any, Path], Generator[Progress, None, Read]]
    look: Callable[[Any, Path], Contents]  # what there will be, from names alone


LOADERS: dict[str, Loader[Dataset]] = {
    "shapes": Loader(load_shapes, look_at_shapes),
    "digits": Loader(load_digits, look_at_digits),
    "folder": Loader(load_folder, look_at_folder),
    **{name: Loader(load_public, look_at_public) for name in PUBLIC_SETS},
}


# Those of sentences.
SENTENCE_LOADERS: dict[str, Loader[SentenceDataset]] = {
    "corpus": Loader(load_corpus, look_at_corpus),
    "sentences": Loader(load_lines, look_at_lines),
}


def load(config: DataConfig, *, home: Path) -> Generator[Progress, None, Dataset]:
    """Read the images of `config`: `dataset = yield from load(...)`. Yields how far it is.

    Files are kept under `home`. Raises DataError with one sentence for a person where the data cannot be used.
    """
    return (yield from LOADERS[config.name].load(config, home))


def load_sentences(config: DataConfig, *, home: Path) -> Generator[Progress, None, SentenceDataset]:
    """The same for sentences."""
    return (yield from SENTENCE_LOADERS[config.name].load(config, home))


def check(config: DataConfig, *, home: Path, batch_size: int, needs_classes: bool = False) -> int:
    """How many training images a run would have; raises DataError where it could not begin.

    Quick enough for a click: looks at names, not into images, and downloads nothing.
    """
    what = "images" if config.name in LOADERS else "sentences"
    look = LOADERS[config.name].look if config.name in LOADERS else SENTENCE_LOADERS[config.name].look
    contents = look(config, home)
    count = contents.images
    if count < 2:
        raise DataError(f"{_given(config)} has fewer than two training {what}: at least two are needed.")
    if batch_size > count:
        raise DataError(
            f"batch_size: {batch_size:,} was given, but the data set has {count:,} training {what}: "
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
