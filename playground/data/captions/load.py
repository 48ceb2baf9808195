"""The way in for methods that learn from images and text: as `loading`, with at least one wording for every image.

Captions of a person's own images are looked for where most people have them:

1. in `captions.csv` (columns `file` and `caption`; several rows for a file are several wordings) at the top of the
   folder or zip, or in a folder that all images are in;
2. where there is none, in text files: `dog.txt` beside `dog.jpg`, each line a wording;
3. and every image without one gets the prompts of its class. Without classes either, the data is refused: to make
   something up would teach that images which have nothing in common are described alike.

They are read anew each time and are no part of the cache: who edits a caption does not wait for images. Nothing of
this is looked at for other methods.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from playground.config.data import FolderConfig
from playground.config.dataset import DataConfig
from playground.data.caption_sequences import Captions, ClassCaptions, Wordings
from playground.data.captions.caption_tables import captions_in_lines, captions_in_table
from playground.data.captions.prompts import prompts_for
from playground.data.captions.text_files import Texts, texts_of
from playground.data.dataset import Dataset, Labels, Split
from playground.data.errors import DataError
from playground.data.images.folder import called, load_named, located, names_in
from playground.data.images.folder_layout import Layout, arrange, folders_around, natural
from playground.data.registry import load
from playground.data.run_generator import finish
from playground.records import Progress
from playground.wording.escape import printable

TABLE = "captions.csv"
MAX_TABLE_BYTES = 50_000_000
MAX_LINES_BYTES = 64_000  # of one text file beside an image

_REPORT_EVERY = 1000
_REMEDY = f"write captions into {TABLE} (columns file and caption) or into a .txt beside each image"


class Found(NamedTuple):
    """Captions that a person wrote."""

    by_name: Mapping[str, Wordings]  # name of the image -> its wordings, one at least
    where: str  # in words, for a person


def load_captioned(config: DataConfig, *, home: Path) -> Generator[Progress, None, Dataset]:
    """As `load`, with captions for every image of both splits. A note says where they come from.

    Raises DataError as `load`, and as `check_captions`.
    """
    if isinstance(config, FolderConfig):
        return (yield from _load_folder(config, home))
    return _from_what_is_known((yield from load(config, home=home)), config.name)


def check_captions(config: DataConfig, *, home: Path) -> None:
    """Raises DataError where a run of `config` could not begin with its captions.

    Quick enough for a click: looks at names and into captions.csv, into no image and no other text file.
    """
    if not isinstance(config, FolderConfig):
        return
    path = located(config.path)
    names = names_in(path)
    layout = arrange(names, called(path), in_order=False)
    with texts_of(path) as texts:
        found = finish(_found(texts, names, lambda file: (file,)))
    _refuse_undescribed(layout, names, found, called(path))


def _from_what_is_known(dataset: Dataset, data_name: str) -> Dataset:
    """Described by factors where there are any, else by classes."""
    if dataset.train.captions:
        return _noted(dataset, f"{_images(len(dataset.train) + len(dataset.test))} from their factors")
    wordings = prompts_for(dataset.class_names, data_name)
    train, test = (_by_class(split, wordings) for split in (dataset.train, dataset.test))
    return _noted(replace(dataset, train=train, test=test), _classes_note(len(train) + len(test)))


def _load_folder(config: FolderConfig, home: Path) -> Generator[Progress, None, Dataset]:
    path = located(config.path)
    dataset, names = yield from load_named(config, home)
    yield Progress("reading captions", 0, 0)
    layout = arrange(names, called(path))
    with texts_of(path) as texts:
        found = yield from _found(texts, names, lambda file: captions_in_lines(texts.read(file, MAX_LINES_BYTES), file))
    _refuse_undescribed(layout, names, found, called(path))
    wordings = prompts_for(dataset.class_names, config.name)
    train = _with(dataset.train, layout.train, names, found, wordings)
    test = _with(dataset.test, layout.test, names, found, wordings)
    return _noted(replace(dataset, train=train, test=test), _note(layout, names, found))


def _found(texts: Texts, names: Sequence[str], lines: Callable[[str], Wordings]) -> Generator[Progress, None, Found]:
    """The captions of images with these names; `lines` reads one text file."""
    table = _table(texts, names)
    if table is not None:
        return Found(captions_in_table(texts.read(table, MAX_TABLE_BYTES), table, names), printable(table))
    by_name: dict[str, Wordings] = {}
    beside = _beside(texts, names)
    for done, (name, file) in enumerate(beside.items()):
        if done % _REPORT_EVERY == 0:
            yield Progress("reading captions", done, len(beside))
        wordings = lines(file)
        if wordings:
            by_name[name] = wordings
    return Found(by_name, "text files beside them")


def _table(texts: Texts, names: Sequence[str]) -> str | None:
    """The relative name of captions.csv, in the outermost folder that has one."""
    around = folders_around(tuple(name.split("/")[:-1]) for name in names)
    for depth in range(len(around) + 1):
        folder = "".join(f"{part}/" for part in around[:depth])
        for name in texts.names_in(folder):
            if name.lower() == TABLE:
                return folder + name
    return None


def _beside(texts: Texts, names: Sequence[str]) -> dict[str, str]:
    """Name of an image -> that of the text file with its stem."""
    files: dict[str, dict[str, str]] = {}
    beside: dict[str, str] = {}
    for name in names:
        parent, slash, file = name.rpartition("/")
        folder = parent + slash
        if folder not in files:
            found = texts.names_in(folder)
            files[folder] = {text[:-4]: folder + text for text in found if text.lower().endswith(".txt")}
        stem = file.rpartition(".")[0]
        if stem in files[folder]:
            beside[name] = files[folder][stem]
    return beside


def _refuse_undescribed(layout: Layout, names: Sequence[str], found: Found, what: str) -> None:
    """Without a caption an image needs a class, and without any captions classes have to differ."""
    if layout.train_labels is not None:
        if not found.by_name and len(set(layout.train_labels.tolist())) < 2:
            raise DataError(
                f"data.path: {what} has no captions, and training images of one class only, which would all be "
                f"described alike; {_REMEDY}."
            )
        return
    used = [names[place] for place in (*layout.train, *layout.test)]
    without = [name for name in used if name not in found.by_name]
    if len(without) == len(used):
        raise DataError(
            f"data.path: {what} has neither captions nor classes; {_REMEDY}, or put the images of each class into a "
            "folder of their own."
        )
    if without:
        first = printable(min(without, key=natural))
        raise DataError(
            f"data.path: {len(without):,} of {len(used):,} images in {what} have no caption, the first is {first!r}; "
            "write what is missing, or remove those images."
        )


def _with(
    split: Split, places: Sequence[int], names: Sequence[str], found: Found, by_class: tuple[Wordings, ...]
) -> Split:
    """`split`, whose row i is the image names[places[i]], with its captions."""
    if not found.by_name:
        return _by_class(split, by_class)
    classes = split.labels.tolist() if split.labels is not None else [0] * len(places)
    captions = tuple(
        found.by_name.get(names[place]) or by_class[number] for place, number in zip(places, classes, strict=True)
    )
    return replace(split, captions=captions)


def _by_class(split: Split, wordings: tuple[Wordings, ...]) -> Split:
    labels: Labels | None = split.labels
    captions: Captions | tuple[()] = () if labels is None else ClassCaptions(labels, wordings)
    return replace(split, captions=captions)


def _note(layout: Layout, names: Sequence[str], found: Found) -> str:
    used = [names[place] for place in (*layout.train, *layout.test)]
    written = sum(name in found.by_name for name in used)
    if not written:
        return _classes_note(len(used))
    rest = len(used) - written
    return f"{_images(written)} from {found.where}" + (f", {_images(rest)} from the names of classes" if rest else "")


def _classes_note(count: int) -> str:
    return f"{_images(count)} from the names of their classes, so all of a class are described alike"


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _noted(dataset: Dataset, sentence: str) -> Dataset:
    return replace(dataset, notes=(*dataset.notes, f"Captions: {sentence}."))
